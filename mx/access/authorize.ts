import { isAtLeast } from '../../domain/accounts/role.ts';
import type { Identity } from '../../scheduler/accounts/api.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { HttpError } from '../http/problem.ts';
import { policy } from './policy.ts';
import type { Access, Demand } from './policy.ts';

const isInScope = ({ scopes }: Identity, { scope }: Demand): boolean =>
  scopes === undefined || (scope !== undefined && scopes.includes(scope));

const isEnough = (identity: Identity, need: Demand): boolean =>
  isAtLeast(identity.role, need.role) && isInScope(identity, need);

/** The row of a name; what has none is for no caller. */
const rowOf = (name: string): Access => {
  const row = Object.hasOwn(policy, name) ? policy[name] : undefined;
  if (row === undefined) throw new Error(`'${name}' has no row in the policy table of mx/access/policy.ts`);
  return row;
};

/** Whether the row of this name asks for no account. */
export const isPublic = (name: string): boolean => rowOf(name) === 'public';

/** Whether who calls may do what the row of this name is about. */
export const isAllowed = (identity: Identity | undefined, name: string): boolean => {
  const row = rowOf(name);
  return row === 'public' || (identity !== undefined && isEnough(identity, row));
};

/** Whether a link of the dashboard leads to what who calls may do: only then it is shown. */
export const mayFollow = (identity: Identity | undefined, href: string): boolean => {
  const [path = ''] = href.split('?');
  const kind = /^\/actions\/([^/]+)$/.exec(path)?.[1];
  return isAllowed(identity, kind === undefined ? `GET ${path}` : `command ${kind}`);
};

const refusalText = ({ actor, role, scopes }: Identity, { role: needed, scope }: Demand): string => {
  if (!isAtLeast(role, needed))
    return `this needs the role ${needed}, and ${actor} is ${role}: ask an admin for the role, or for the work to be done`;
  return scope === undefined
    ? 'tokens are not taken here: sign in with the password of the account'
    : `this needs a token of the scope ${scope}, and this one has ${(scopes ?? []).join(', ') || 'none'}: create one that has it`;
};

/** Refuses what the row of this name does not allow, with UNAUTHENTICATED or FORBIDDEN. */
export const demand = (identity: Identity | undefined, name: string): void => {
  const row = rowOf(name);
  if (row === 'public' || (identity !== undefined && isEnough(identity, row))) return;
  if (identity === undefined)
    throw new HttpError(
      'UNAUTHENTICATED',
      'this needs an account: sign in at /login, or send a token as `Authorization: Bearer syn_…`',
    );
  throw new HttpError('FORBIDDEN', refusalText(identity, row));
};

/** The same API, whose commands are refused to who may not ask for their kind, whatever way they come in. */
export const authorized = (api: SchedulerApi, identity: Identity | undefined): SchedulerApi => ({
  ...api,
  execute: async (request) => {
    demand(identity, `command ${request.kind}`);
    return api.execute(request);
  },
});
