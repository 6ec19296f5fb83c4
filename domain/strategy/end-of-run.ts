import { uncounted } from '../model/given-back.ts';
import type { ProcessEntry, RetryPolicy } from '../model/process.ts';
import type { UowRecord } from '../model/record.ts';
import type { Report } from '../model/report.ts';
import { afterCrash, mostLostLeases } from './crash.ts';
import { attemptsOf, retryDelay } from './retry-delay.ts';

/** How a run ended, as its worker found it. */
export interface RunResult extends Pick<Report, 'event' | 'processed' | 'aggregated'> {
  /** One line; with `fail` and `cancel`. */
  readonly error: string | null;
  /** A failure that is none of the unit's own: it may run again at once. */
  readonly retryNow?: boolean;
  /** With a failure: when to try again, ms, instead of by the policy. */
  readonly retryAt?: number;
  /** With a failure: the attempt does not count. */
  readonly uncounted?: boolean;
  /** The run died before it could say how it ended. */
  readonly crashed?: boolean;
  /** It did not die, but lost its lease, which says less against the unit. */
  readonly lapsed?: boolean;
}

/** What decides whether and when a unit of work runs again. */
export interface RunPolicy {
  readonly retry: RetryPolicy;
  /** So many crashes in a row and a unit is quarantined. */
  readonly maxCrashes: number;
  /** The same where leases were lost. */
  readonly maxLost: number;
}

/** The policy for the units of a process; `maxCrashes` is the setting. */
export const runPolicy = (entry: Pick<ProcessEntry, 'retry' | 'worker'>, maxCrashes: number): RunPolicy => ({
  retry: entry.retry,
  maxCrashes,
  maxLost: mostLostLeases(entry, maxCrashes),
});

type Attempt = Pick<UowRecord, 'id' | 'attempt' | 'token' | 'crashes' | 'released' | 'createdAt'>;

const reportOf = (
  { id, attempt, token }: Attempt,
  { event, processed, aggregated, error }: RunResult,
): Report => ({ id, attempt, token: token ?? '', event, processed, aggregated, error, retryAt: null });

/** The report that gives a unit back: no fault of its own, and an attempt that does not count. */
export const giveBack = (uow: Attempt, because: string | null): Report => ({
  ...reportOf(uow, { event: 'repost', processed: 0, aggregated: 0, error: because }),
  crashes: uow.crashes,
  released: uncounted(uow),
});

/**
 * What a worker, of this project or of another language, reports of the end of a run: fenced by attempt and token; pure. A
 * failure says at which instant (ms) to try again; how often is the collector's to decide. After a crash the unit is
 * given back and its crash counted, until it is quarantined. `random` is in [0, 1).
 */
export const endOfRun = (
  uow: Attempt,
  result: RunResult,
  { retry, maxCrashes, maxLost }: RunPolicy,
  { now, random }: { readonly now: number; readonly random: number },
): Report => {
  const report = reportOf(uow, result);
  if (result.crashed === true) {
    const most = result.lapsed === true ? maxLost : maxCrashes;
    const decision = afterCrash(uow, most, result.error ?? 'no reason given');
    const event = decision.do === 'repost' ? 'repost' : 'fail';
    return { ...report, event, error: decision.because, crashes: decision.crashes };
  }
  if (result.event === 'repost') return giveBack(uow, result.error);
  if (result.event !== 'fail') return report;
  const delay = result.retryNow === true ? 0 : retryDelay(retry, attemptsOf(uow), random);
  const ended = { ...report, retryAt: result.retryAt ?? now + delay };
  return result.uncounted === true ? { ...ended, released: uncounted(uow) } : ended;
};
