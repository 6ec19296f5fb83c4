import { isPassword, passwordRule } from '../../domain/accounts/password.ts';
import type { AccountRecord } from '../../domain/accounts/record.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { Told } from './audited.ts';
import type { AccountsParts } from './parts.ts';
import type { Sessions } from './sessions.ts';

/** Throws PASSWORD_UNFIT for what cannot be the password of an account. The text does not tell it. */
export const checkPassword = (password: string, name: string): void => {
  if (isPassword(password, name)) return;
  throw new SynergyError(
    'PASSWORD_UNFIT',
    `the password is not fit: expected ${passwordRule}; choose another one`,
  );
};

/** Where an account is kept. */
export const placeOf = (accounts: AccountsParts['accounts'], name: string) => ({
  ...{ collection: accounts, key: { name }, name: `account ${name}` },
});

/** The account after a change. Throws CONFLICT where there was none, since another one came in between. */
export const changedAccount = (name: string, changed: AccountRecord | undefined): AccountRecord => {
  if (changed !== undefined) return changed;
  throw new SynergyError(
    'CONFLICT',
    `account '${name}' was changed by another user at the same time: nothing was done; look at it again, and repeat`,
  );
};

/** How an account is changed. */
export const createAccountChanges = (
  { clock, accounts, audited, hashes }: AccountsParts,
  { endAllOf }: Sessions,
) => {
  const change = async (
    before: AccountRecord,
    set: Partial<AccountRecord>,
    told?: Omit<Told, 'subject'>,
  ): Promise<AccountRecord> => {
    const { name } = before;
    const changed = await audited.change(placeOf(accounts, name), before, {
      set: { ...set, updatedAt: clock.now() },
      ...(told && { told: { ...told, subject: name } }),
    });
    return changedAccount(name, changed);
  };
  return {
    change,
    /** A change after which no session of before is good any more, whether its end is written down yet or not. */
    changeAndEndSessions: async (
      before: AccountRecord,
      set: Partial<AccountRecord>,
      told: Omit<Told, 'subject'>,
    ): Promise<AccountRecord> => {
      const changed = await change(before, { ...set, generation: before.generation + 1 }, told);
      await endAllOf(before.name, told.by, told.event);
      return changed;
    },
    /** What an account becomes with another password; its one-time link is over. */
    withPassword: async (password: string): Promise<Partial<AccountRecord>> => ({
      ...{ password: await hashes.hash(password), invitation: null, invitedUntil: null },
    }),
    /**
     * Sees that there is another admin before one is an admin no more: of two who do that to each other at once, each is
     * marked before it is looked who is left. Throws LAST_ADMIN.
     */
    stepDown: async (account: AccountRecord): Promise<AccountRecord> => {
      if (account.role !== 'admin') return account;
      const marked = await change(account, { stepsDown: true });
      const admins = await accounts.list({ where: { role: 'admin', removed: false } });
      if (admins.some(({ name, stepsDown }) => name !== account.name && !stepsDown)) return marked;
      await change(marked, { stepsDown: false });
      throw new SynergyError(
        'LAST_ADMIN',
        `'${account.name}' is the only admin: make another account an admin first, with 'synergy user role <name> admin'`,
      );
    },
  };
};

export type AccountChanges = ReturnType<typeof createAccountChanges>;
