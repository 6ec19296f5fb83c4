import type { AccountRecord } from '../../domain/accounts/record.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { Collection } from '../../db/collection.ts';
import { accountSpec } from '../../db/account-collections.ts';
import { createAudited } from './audited.ts';
import type { Audited, AuditedOptions } from './audited.ts';
import { createPasswordHashes, scryptCost } from './password-hash.ts';
import type { PasswordHashes, ScryptCost } from './password-hash.ts';
import type { RandomSource } from './secret.ts';

/** Of sessions, ms. */
export interface SessionLimits {
  /** Without use it ends after so long. */
  readonly sessionIdle: number;
  /** It ends so long after it began. */
  readonly sessionLife: number;
}

export interface AccountsOptions extends AuditedOptions, SessionLimits {
  readonly random: RandomSource;
  readonly cost?: ScryptCost;
}

/** What all parts of the accounts share. */
export interface AccountsParts extends AccountsOptions {
  readonly accounts: Collection<AccountRecord, 'name'>;
  readonly audited: Audited;
  readonly hashes: PasswordHashes;
  /** The account of a name, unless it was removed. */
  readonly find: (name: string) => Promise<AccountRecord | undefined>;
  /** Throws NOT_FOUND. */
  readonly get: (name: string) => Promise<AccountRecord>;
}

export const createParts = (options: AccountsOptions): AccountsParts => {
  const accounts = options.store.collection(accountSpec);
  const find = async (name: string): Promise<AccountRecord | undefined> => {
    const account = await accounts.get({ name });
    return account?.removed === false ? account : undefined;
  };
  return {
    ...options,
    accounts,
    audited: createAudited(options),
    hashes: createPasswordHashes(options.random, options.cost ?? scryptCost),
    find,
    get: async (name) => {
      const account = await find(name);
      if (account === undefined)
        throw new SynergyError('NOT_FOUND', `no account is named '${name}': see 'synergy user list'`);
      return account;
    },
  };
};
