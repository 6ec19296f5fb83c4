import { randomBytes } from 'node:crypto';
import type { Store } from '../../../db/store.ts';
import type { Accounts, Refused, SignedIn } from '../../../scheduler/accounts/api.ts';
import type { AccountsOptions } from '../../../scheduler/accounts/parts.ts';
import { createAccounts } from '../../../scheduler/accounts/service.ts';
import { DAY, HOUR } from '../../../domain/time/calendar.ts';
import type { ManualClock } from '../../support/rig.ts';

export const NOW = Date.UTC(2026, 5, 1);
export const by = { actor: 'root' };
export const client = { address: '192.0.2.7', userAgent: 'browser/1' };
export const PASSWORD = 'a canary sang in the mine';

/** Quick to compute. */
export const lowCost = { ln: 4, r: 8, p: 1 };

export const accountsOf = (
  store: Pick<Store, 'collection'>,
  clock: ManualClock,
  other: Partial<AccountsOptions> = {},
): Accounts =>
  createAccounts({
    ...{ store, clock, random: randomBytes, cost: lowCost, historyTtl: 400 * DAY },
    ...{ sessionIdle: 12 * HOUR, sessionLife: 7 * DAY },
    ...other,
  });

/** Throws unless it is one. */
export const signedIn = (answer: SignedIn | Refused): SignedIn => {
  if ('session' in answer) return answer;
  throw new Error(`refused: ${answer.because}`);
};
