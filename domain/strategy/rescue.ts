import type { RetryPolicy } from '../model/process.ts';
import type { UowRecord } from '../model/record.ts';
import { plural } from '../plural.ts';
import { isRetrying } from '../timetable/standing.ts';
import { afterCrash } from './crash.ts';
import type { CrashDecision } from './crash.ts';
import { attemptsOf, retryDelay } from './retry-delay.ts';

/** What holds for a unit of work when the collector looks at it. Times in milliseconds. */
export interface RescueTerms {
  readonly now: number;
  /** The process or entry is on. */
  readonly on: boolean;
  /** The queue holds a ring for it, most likely: there are as many as units that wait for a worker. */
  readonly rung: boolean;
  readonly retry: RetryPolicy;
  readonly resubmitAfter: number;
  readonly lifeSupport: number;
  readonly maxCrashes: number;
}

/** What the collector does about a unit of work. */
export type RescueDecision =
  | { readonly do: 'wait' }
  /** The ring may have been lost. */
  | { readonly do: 'ring' }
  | CrashDecision
  | { readonly do: 'cancel'; readonly because: string };

type DueFields = Pick<UowRecord, 'state' | 'submittedAt' | 'lease' | 'retryAt'>;

const wait: RescueDecision = { do: 'wait' };

/** An instant further ahead than can be was written before the clock was set back; those of boxes differ by less. Milliseconds. */
export const CLOCK_SLACK = 60_000;

/** Whether it is time for something, or never would be. `longest`: how far ahead the instant may have been put, ms. */
const isTime = (instant: number, now: number, longest: number): boolean =>
  instant <= now || instant > now + longest + CLOCK_SLACK;

/** Decides about one unit of work; pure. Nothing of a process that is off is touched. */
export const rescue = (uow: UowRecord, terms: RescueTerms): RescueDecision => {
  if (!terms.on) return wait;
  switch (uow.state) {
    case 'REQUESTED':
      return isTime(rungAt(uow) + pauseOf(uow, terms), terms.now, pauseOf(uow, terms))
        ? { do: 'ring' }
        : wait;
    case 'IN_PROGRESS':
      return uow.lease === null || uow.lease.expiresAt <= terms.now
        ? afterCrash(uow, terms.maxCrashes, `lease lost by ${uow.lease?.owner ?? 'unknown'}`)
        : wait;
    case 'INVALID':
      return isRetrying(uow) && isTime(uow.retryAt, terms.now, longestRetry(uow, terms))
        ? afterFailure(uow, terms)
        : wait;
    default:
      return wait;
  }
};

/**
 * How long a unit that waits for a worker is left alone after a ring, ms: while no worker comes and rings pile up in the
 * queue, twice as long each time.
 */
export const longestPause = (uow: UowRecord, resubmitAfter: number): number => {
  const since = Math.max(uow.createdAt, uow.startedAt ?? 0, uow.finishedAt ?? 0, uow.released?.at ?? 0);
  return Math.max(resubmitAfter, uow.submittedAt - since);
};

/** When a unit that waits for a worker was rung, ms; one that was prepared ahead of its instant as if on that. */
export const rungAt = ({ submittedAt, notBefore }: Pick<UowRecord, 'submittedAt' | 'notBefore'>): number =>
  Math.max(submittedAt, notBefore ?? 0);

/** The longest that the failure at hand may have put off the next try, ms. */
const longestRetry = (uow: UowRecord, { retry }: RescueTerms): number =>
  retryDelay(retry, attemptsOf(uow), 0);

const pauseOf = (uow: UowRecord, { rung, resubmitAfter }: RescueTerms): number =>
  rung ? longestPause(uow, resubmitAfter) : resubmitAfter;

/** When the collector has to look at a unit, ms; null while it need not. */
export const dueAt = ({ state, submittedAt, lease, retryAt }: DueFields): number | null => {
  switch (state) {
    case 'REQUESTED':
      return submittedAt;
    case 'IN_PROGRESS':
      return lease?.expiresAt ?? null;
    case 'INVALID':
      return retryAt;
    default:
      return null;
  }
};

const afterFailure = (uow: UowRecord, terms: RescueTerms): RescueDecision => {
  const last = uow.error ?? 'no reason given';
  const attempts = attemptsOf(uow);
  if (attempts >= terms.retry.maxAttempts)
    return { do: 'cancel', because: `gave up after ${plural(attempts, 'attempt')}: ${last}` };
  if (terms.now - (uow.released?.at ?? uow.createdAt) > terms.lifeSupport)
    return { do: 'cancel', because: `life support ended: ${last}` };
  return { do: 'repost', crashes: 0, because: `retry after: ${last}` };
};
