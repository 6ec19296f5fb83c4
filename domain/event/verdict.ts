import type { EventRetry } from './trigger.ts';
import { plural } from '../plural.ts';
import { retryDelay } from '../strategy/retry-delay.ts';

/** What a courier brings back from one attempt. */
export interface Receipt {
  /** The target has taken it. */
  readonly ok: boolean;
  /** Another attempt may fare better. */
  readonly retry: boolean;
  /** Milliseconds for which the target asked to be left alone, or after which it has room. */
  readonly retryAfter?: number;
  /** The target wants nothing any more. */
  readonly gone?: boolean;
  /** The target was not asked: its host is busy with as many deliveries as it may have. The attempt does not count. */
  readonly busy?: boolean;
  /** One line for people, such as `503 Service Unavailable`. */
  readonly summary: string;
  /** The beginning of what the target answered. */
  readonly body?: string;
}

/** What becomes of an execution. Instants in ms, reasons in one line. */
export type DeliveryVerdict =
  | { readonly is: 'success' }
  /** `counts`: the attempt is one of those that there are. */
  | { readonly is: 'retry'; readonly at: number; readonly because: string; readonly counts: boolean }
  /** No attempt was ever begun. */
  | { readonly is: 'expired'; readonly because: string }
  /** `pause`: the trigger is to be paused as well. */
  | { readonly is: 'failed'; readonly because: string; readonly pause: boolean };

/** When it is, and until when an attempt may begin. */
export interface DeliveryTime {
  /** Instant, ms. */
  readonly now: number;
  /** The last instant at which an attempt may begin, ms. */
  readonly expiresAt: number;
}

/** Of a delivery that waits since its host is busy with others, ms. */
const BUSY_DELAY = 1000;

const failed = (because: string): DeliveryVerdict => ({ is: 'failed', because, pause: false });

/** `12:00:10.250`, with the day where it is another one than that of `now`. */
export const clockTime = (instant: number, now: number): string => {
  const [text, today] = [new Date(instant).toISOString(), new Date(now).toISOString()];
  const time = text.slice(11, -1).replace(/\.000$/, '');
  return text.slice(0, 10) === today.slice(0, 10) ? time : `${text.slice(0, 10)} ${time}`;
};

/**
 * What becomes of an execution that a worker has claimed, before it begins its `attempt`-th attempt (1 for the first): undefined
 * when that may begin. `last` is what the one before got.
 */
export const verdictAtClaim = (
  attempt: number,
  { now, expiresAt }: DeliveryTime,
  last: string | null,
): DeliveryVerdict | undefined => {
  if (now <= expiresAt) return undefined;
  const late = `could have begun until ${clockTime(expiresAt, now)}, a worker was there at ${clockTime(now, now)}`;
  return attempt > 1
    ? failed(`no time for another try: it ${late}; last: ${last ?? 'no answer'}`)
    : { is: 'expired', because: late };
};

/** The attempt that has ended. */
interface Tried {
  /** From 1. */
  readonly attempt: number;
  readonly policy: EventRetry;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * What becomes of an execution after its `attempt`-th attempt (1 for the first), which has just ended. A retry comes
 * after the delay doubled with each attempt up to the longest, less up to a fifth, or after what the target asked for when that
 * is longer; never after the deadline. `random` is in [0, 1).
 */
export const verdictOf = (
  { ok, retry, retryAfter = 0, gone = false, busy = false, summary }: Receipt,
  { attempt, policy, random }: Tried,
  { now, expiresAt }: DeliveryTime,
): DeliveryVerdict => {
  if (ok) return { is: 'success' };
  if (gone) return { is: 'failed', because: summary, pause: true };
  if (busy) {
    // However long the others take: one try more is made before it is too late.
    const [soonest, latest] = [now + BUSY_DELAY, expiresAt - BUSY_DELAY];
    const at = Math.max(soonest, Math.min(now + retryAfter, latest));
    if (at <= expiresAt) return { is: 'retry', at, because: summary, counts: false };
    return attempt > 1 ? failed(noTime(summary)) : { is: 'expired', because: summary };
  }
  if (!retry) return failed(summary);
  if (attempt >= policy.attempts) return failed(`gave up after ${plural(attempt, 'attempt')}: ${summary}`);
  const own = retryDelay({ ...policy, maxAttempts: policy.attempts }, attempt, random);
  const at = now + Math.max(own, retryAfter);
  if (at > expiresAt) return failed(noTime(summary));
  return { is: 'retry', at, because: summary, counts: true };
};

/** The same for a test: what its only attempt got is what it is for, and says nothing about the trigger. */
export const verdictOfTest = (receipt: Receipt, tried: Tried, time: DeliveryTime): DeliveryVerdict =>
  verdictOf({ ...receipt, retry: false, gone: false }, tried, time);

const noTime = (summary: string): string => `no time for another try: ${summary}`;
