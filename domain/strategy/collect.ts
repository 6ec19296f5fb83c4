import type { RetryPolicy } from '../model/process.ts';
import type { UowRecord } from '../model/record.ts';
import { afterCrash } from './crash.ts';
import type { CrashRemedy } from './crash.ts';
import { attemptsOf } from './retry.ts';

/** What holds for a unit of work when the collector looks at it. Times in milliseconds. */
export interface Care {
  readonly now: number;
  /** The process or entry is on. */
  readonly on: boolean;
  readonly retry: RetryPolicy;
  readonly resubmitAfter: number;
  readonly lifeSupport: number;
  readonly maxCrashes: number;
}

/** What the collector does about a unit of work. */
export type Remedy =
  | { readonly do: 'wait' }
  /** The ring may have been lost. */
  | { readonly do: 'ring' }
  | CrashRemedy
  | { readonly do: 'cancel'; readonly because: string };

const wait: Remedy = { do: 'wait' };

/** Decides about one unit of work; pure. Nothing of a process that is off is touched. */
export const collect = (uow: UowRecord, care: Care): Remedy => {
  if (!care.on) return wait;
  switch (uow.state) {
    case 'REQUESTED':
      return uow.submittedAt + care.resubmitAfter <= care.now ? { do: 'ring' } : wait;
    case 'IN_PROGRESS':
      return uow.lease === null || uow.lease.expiresAt <= care.now
        ? afterCrash(uow, care.maxCrashes, `lease lost by ${uow.lease?.owner ?? 'unknown'}`)
        : wait;
    case 'INVALID':
      return uow.retryAt !== null && uow.retryAt <= care.now ? afterFailure(uow, care) : wait;
    default:
      return wait;
  }
};

const afterFailure = (uow: UowRecord, care: Care): Remedy => {
  const last = uow.error ?? 'no reason given';
  const attempts = attemptsOf(uow);
  if (attempts >= care.retry.maxAttempts)
    return { do: 'cancel', because: `gave up after ${attempts} attempts: ${last}` };
  if (care.now - (uow.released?.at ?? uow.createdAt) > care.lifeSupport)
    return { do: 'cancel', because: `life support ended: ${last}` };
  return { do: 'repost', crashes: 0, because: `retry after: ${last}` };
};
