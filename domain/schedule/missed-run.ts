import type { MissedPolicy } from '../model/process.ts';
import type { Schedule } from './schedule.ts';

/** The absence to look back upon; instants and lengths in milliseconds. */
export interface Absence {
  /** The last firing that was seen to, or the instant from which firings count. */
  readonly since: number;
  readonly now: number;
  readonly policy: MissedPolicy;
  /** How old a missed firing may be. */
  readonly window: number;
}

/**
 * The firings to run now, oldest first: later than `since`, not later than `now`, not older than the
 * window. A firing due at `now` itself is not missed, so that even the policy `none` returns it, and going
 * on with `schedule.next(now)` loses nothing and repeats nothing.
 */
export const missedRuns = (
  schedule: Pick<Schedule, 'next' | 'previous'>,
  { since, now, policy, window }: Absence,
): number[] => {
  const after = Math.max(since, now - 1 - (policy === 'none' ? 0 : window));
  if (policy === 'last') {
    const run = schedule.previous(now + 1);
    return run !== undefined && run > after ? [run] : [];
  }
  const runs: number[] = [];
  for (let at = schedule.next(after); at !== undefined && at <= now; at = schedule.next(at)) runs.push(at);
  return runs;
};
