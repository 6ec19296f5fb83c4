import type { RetryPolicy } from '../model/process.ts';
import type { UowRecord } from '../model/record.ts';

/** Attempts that count: those since the unit was last released, without those that were given back. */
export const attemptsOf = ({ attempt, released }: Pick<UowRecord, 'attempt' | 'released'>): number =>
  attempt - (released?.attempt ?? 0);

/**
 * Milliseconds until a unit of work that failed its `attempt`-th run (1 for the first) may run again: the policy's
 * delay doubled with every failure up to its maximum, less up to a fifth of it, so that units that failed together
 * do not all come back together. `random` is in [0, 1). How many attempts there are is the collector's to decide.
 */
export const retryDelay = (policy: RetryPolicy, attempt: number, random: number): number => {
  const doubled = Math.min(policy.maxDelay, policy.delay * 2 ** (attempt - 1));
  return Math.round(doubled * (1 - random / 5));
};
