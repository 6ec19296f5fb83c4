import type { Fault } from './faults.ts';
import { simulate } from './simulate.ts';
import type { Run, SimulationOptions } from './simulate.ts';

/** Runs that shrinking may take at most. */
const MOST_RUNS = 100;

/** All but a part of the faults. */
const without = (faults: readonly Fault[], from: number, count: number): Fault[] =>
  faults.filter((_, index) => index < from || index >= from + count);

/**
 * Of a run that failed, one with fewer faults: parts of them are left out, halves first and single ones last, as long as it
 * still fails. `retry` runs a plan, and gives undefined when that does not fail in the same way.
 */
export const leaveOut = async <R extends Pick<Run, 'faults'>>(
  failed: R,
  retry: (plan: readonly Fault[]) => Promise<R | undefined>,
): Promise<R> => {
  let runs = 0;
  let smallest = failed;
  for (
    let part = Math.ceil(failed.faults.length / 2);
    part >= 1;
    part = part === 1 ? 0 : Math.ceil(part / 2)
  ) {
    for (let from = 0; from < smallest.faults.length;) {
      const less = runs++ < MOST_RUNS ? await retry(without(smallest.faults, from, part)) : undefined;
      if (less === undefined) from += part;
      else smallest = less;
    }
  }
  return smallest;
};

/** Of a run that failed, one that fails in the same way with fewer faults. */
export const shrink = (failed: Run, options: SimulationOptions): Promise<Run> => {
  const rules = new Set(failed.findings.map(({ rule }) => rule));
  return leaveOut(failed, async (plan) => {
    const run = await simulate({ ...options, plan });
    return run.findings.some(({ rule }) => rules.has(rule)) ? run : undefined;
  });
};
