import { accountNameRule, isAccountName } from '../../domain/accounts/account-name.ts';
import type { AccountRecord } from '../../domain/accounts/record.ts';
import { roles } from '../../domain/accounts/role.ts';
import type { Role } from '../../domain/accounts/role.ts';
import { SynergyError } from '../../domain/errors.ts';
import { pick } from '../../lib/pick.ts';
import { changedAccount, checkPassword, placeOf } from './account-changes.ts';
import type { AccountChanges } from './account-changes.ts';
import type { Account, AccountUsers, Author } from './api.ts';
import type { Need } from './need.ts';
import type { AccountsParts } from './parts.ts';
import type { Tokens } from './tokens.ts';

const shown = [
  ...(['name', 'role', 'invitedUntil', 'lastSignInAt', 'createdAt', 'updatedAt', 'version'] as const),
] as const;

const publicAccount = (account: AccountRecord): Account => ({
  ...pick(account, shown),
  hasPassword: account.password !== null,
  isProvided: account.subject !== null,
});

const checkRole = (role: Role): void => {
  if (roles.includes(role)) return;
  throw new SynergyError('INVALID_ARGUMENT', `role '${role as string}': expected one of ${roles.join(', ')}`);
};

const checkName = (name: string): void => {
  if (isAccountName(name)) return;
  throw new SynergyError('INVALID_ARGUMENT', `'${name}' cannot name an account: expected ${accountNameRule}`);
};

/** What a name has of itself, and keeps nothing of when it is given anew. */
const blank = {
  ...{ password: null, subject: null, stepsDown: false, removed: false },
  ...{ invitation: null, invitedUntil: null, lastSignInAt: null },
} as const;

/** A new account, with its name and what tells it from others. */
const createAdd = ({ clock, random, accounts, audited, hashes }: AccountsParts, need: Need) => {
  const checkFirst = async (role: Role): Promise<void> => {
    if (role === 'admin') return;
    const [admin] = await accounts.list({ where: { role: 'admin', removed: false }, limit: 1 });
    if (admin !== undefined) return;
    throw new SynergyError(
      'INVALID_ARGUMENT',
      `role '${role}': expected admin for the first account, so that there is one who may add others`,
    );
  };
  const insert = async (
    name: string,
    own: Pick<AccountRecord, 'role' | 'password' | 'subject'>,
    by: Author,
  ): Promise<AccountRecord> => {
    const place = placeOf(accounts, name);
    const told = { event: 'account-added', by, subject: name, detail: { role: own.role } } as const;
    const now = clock.now();
    const fresh = { ...blank, ...own, id: random(16).toString('hex'), createdAt: now, updatedAt: now };
    await audited.insert(place, { ...fresh, name, generation: 1 }, told);
    const account = await accounts.get({ name });
    if (account?.id === fresh.id) return account;
    if (account?.removed !== true)
      throw new SynergyError('CONFLICT', `there is an account '${name}' already: see 'synergy user list'`);
    const set = { ...fresh, generation: account.generation + 1 };
    return changedAccount(name, await audited.change(place, account, { set, told }));
  };
  return async (
    { name, role, password, subject }: Parameters<AccountUsers['add']>[0],
    by: Author,
  ): Promise<Account> => {
    checkName(name);
    checkRole(role);
    if (password !== undefined) checkPassword(password, name);
    await checkFirst(role);
    const hash = password === undefined ? null : await hashes.hash(password);
    await need.begin();
    return publicAccount(await insert(name, { role, password: hash, subject: subject ?? null }, by));
  };
};

/** Who may use the dashboard and the API. */
export const createUsers = (
  parts: AccountsParts,
  { changeAndEndSessions, withPassword, stepDown }: AccountChanges,
  { tokens, need }: { readonly tokens: Tokens; readonly need: Need },
): AccountUsers => {
  const { accounts, get } = parts;
  return {
    list: async ({ limit, after }) => {
      const from = after === undefined ? {} : { after: { name: after } };
      return (await accounts.list({ where: { removed: false }, ...from, limit })).map(publicAccount);
    },
    get: async (name) => publicAccount(await get(name)),
    add: createAdd(parts, need),
    setRole: async (name, role, by) => {
      checkRole(role);
      const account = await get(name);
      if (account.role === role && !account.stepsDown) return publicAccount(account);
      const ready = role === 'admin' ? account : await stepDown(account);
      const told = { event: 'role-set', by, detail: { from: account.role, to: role } } as const;
      return publicAccount(await changeAndEndSessions(ready, { role, stepsDown: false }, told));
    },
    setPassword: async (name, password, by) => {
      const account = await get(name);
      checkPassword(password, name);
      const told = { event: 'password-set', by } as const;
      return publicAccount(await changeAndEndSessions(account, await withPassword(password), told));
    },
    remove: async (name, by) => {
      const account = await stepDown(await get(name));
      await changeAndEndSessions(account, { ...blank, removed: true }, { event: 'account-removed', by });
      await tokens.revokeAllOf(name, by);
    },
  };
};
