import {
  accountBackoff,
  addressBackoff,
  addressKey,
  lockedFor,
  withFailure,
  withoutFailure,
} from '../../domain/accounts/backoff.ts';
import type { BackoffRule, Failures } from '../../domain/accounts/backoff.ts';

/** Accounts, or addresses, whose failures are remembered; those of the longest ago are forgotten first. */
const MOST_REMEMBERED = 10_000;

/** Failures of many, by key. */
const createFailures = (rule: BackoffRule) => {
  const known = new Map<string, Failures>();
  const put = (key: string, failures: Failures | undefined): void => {
    known.delete(key);
    if (failures !== undefined) known.set(key, failures);
    const [oldest] = known.keys();
    if (known.size > MOST_REMEMBERED && oldest !== undefined) known.delete(oldest);
  };
  return {
    lockedFor: (key: string, now: number): number => lockedFor(known.get(key), rule, now),
    add: (key: string, now: number): void => put(key, withFailure(known.get(key), now)),
    takeBack: (key: string): void => put(key, withoutFailure(known.get(key))),
    forget: (key: string): void => void known.delete(key),
  };
};

/**
 * Tokens that were not valid, by address. None is looked at any less for it: users who share an address, as behind a
 * tunnel, are not to be refused for others' tokens.
 */
export const createTokenBook = () => {
  const byAddress = createFailures(addressBackoff);
  return {
    /** Counts one, unless its address is held up; milliseconds for which it is. */
    refuse: (address: string, now: number): number => {
      const key = addressKey(address);
      const remaining = byAddress.lockedFor(key, now);
      if (remaining === 0) byAddress.add(key, now);
      return remaining;
    },
  };
};

/** Who tries to sign in: from where, and as which account; none with a one-time link. */
export interface Try {
  readonly address: string;
  readonly account: string | undefined;
}

/** The failed sign-ins that this process has seen. */
export const createFailureBook = () => {
  const byAccount = createFailures(accountBackoff);
  const byAddress = createFailures(addressBackoff);
  const remaining = ({ address, account }: Try, now: number): number =>
    Math.max(
      byAddress.lockedFor(addressKey(address), now),
      account === undefined ? 0 : byAccount.lockedFor(account, now),
    );
  return {
    /** Milliseconds for which no try of these is looked at. */
    lockedFor: remaining,
    /** Counts a try as a failure until it has turned out right. */
    begin: ({ address, account }: Try, now: number): void => {
      byAddress.add(addressKey(address), now);
      if (account !== undefined) byAccount.add(account, now);
    },
    /** The account is its owner's: its failures are over. Those of the address are not, who may be trying others. */
    succeed: ({ address, account }: Try): void => {
      byAddress.takeBack(addressKey(address));
      if (account !== undefined) byAccount.forget(account);
    },
    /** It was not looked at. */
    takeBack: ({ address, account }: Try): void => {
      byAddress.takeBack(addressKey(address));
      if (account !== undefined) byAccount.takeBack(account);
    },
  };
};
