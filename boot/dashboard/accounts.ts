import { randomBytes } from 'node:crypto';
import { DAY } from '../../domain/time/calendar.ts';
import type { Store } from '../../db/store.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { Accounts } from '../../scheduler/accounts/api.ts';
import { createAccounts } from '../../scheduler/accounts/service.ts';
import type { Settings } from '../../settings.ts';

/** The accounts of a store, as the settings have them. */
export const openAccounts = (
  store: Pick<Store, 'collection'>,
  {
    sessionIdle,
    sessionLife,
    historyTtlDays,
  }: Pick<Settings, 'sessionIdle' | 'sessionLife' | 'historyTtlDays'>,
): Accounts =>
  createAccounts({
    ...{ store, clock: systemClock, random: randomBytes },
    ...{ sessionIdle, sessionLife, historyTtl: historyTtlDays * DAY },
  });
