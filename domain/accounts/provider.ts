import type { JsonObject } from '../model/process.ts';
import { isAccountName } from './account-name.ts';
import { isAtLeast, roles } from './role.ts';
import type { Role } from './role.ts';

/** Roles by groups of an OpenID provider; `*` stands for all users whom the provider knows. */
export type GroupRoles = Readonly<Record<string, Role>>;

/** Stands for every user in place of a group. */
const ALL_USERS = '*';

/** Claims of a provider that tell who a user is. */
export interface ClaimNames {
  /** What becomes the name of the account. */
  readonly name: string;
  /** Groups of the user: a text or a list of texts. */
  readonly groups: string;
}

/** A user as the provider tells of them. */
export interface ProvidedUser {
  readonly name: string;
  readonly role: Role;
}

/** `admins=admin,staff=viewer` or `*=viewer`; undefined for another text. */
export const readGroupRoles = (text: string): GroupRoles | undefined => {
  const pairs = text.split(',').map((pair) => /^\s*([^=]*[^=\s])\s*=\s*(\w+)\s*$/.exec(pair) ?? []);
  const read = pairs.flatMap(([, group, given]) => {
    const role = roles.find((each) => each === given);
    return group === undefined || role === undefined ? [] : [[group, role] as const];
  });
  return read.length === pairs.length ? Object.fromEntries(read) : undefined;
};

const textsIn = (claim: unknown): readonly string[] =>
  (Array.isArray(claim) ? claim : [claim]).filter((each): each is string => typeof each === 'string');

/** The highest role that the groups of a user have; undefined for a user who has none. */
export const roleOf = (groups: unknown, groupRoles: GroupRoles): Role | undefined => {
  const given = [...textsIn(groups), ALL_USERS].flatMap((group) =>
    Object.hasOwn(groupRoles, group) ? (groupRoles[group] ?? []) : [],
  );
  return given.reduce<Role | undefined>(
    (highest, role) => (highest !== undefined && isAtLeast(highest, role) ? highest : role),
    undefined,
  );
};

/**
 * Who signs in, by the claims of the provider. A problem says why there is no account for them, and what to do.
 */
export const readProvidedUser = (
  claims: JsonObject,
  names: ClaimNames,
  groupRoles: GroupRoles,
): ProvidedUser | { readonly problem: string } => {
  const given = claims[names.name];
  const name = typeof given === 'string' ? given.toLowerCase() : '';
  if (!isAccountName(name))
    return {
      problem: `the claim '${names.name}' of the provider, ${JSON.stringify(given)}, cannot name an account: set oidcNameClaim to another one`,
    };
  const role = roleOf(claims[names.groups], groupRoles);
  if (role === undefined)
    return {
      problem: `no group of '${name}' has a role here: the claim '${names.groups}' of the provider is ${JSON.stringify(claims[names.groups])}; set oidcRoles, or have the user added to a group`,
    };
  return { name, role };
};
