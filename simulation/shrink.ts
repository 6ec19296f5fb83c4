import type { Fault } from './faults.ts';
import { simulate } from './simulate.ts';
import type { Run, SimulationOptions } from './simulate.ts';

/** Runs that shrinking may take at most. */
const MOST_RUNS = 100;

/** All but a part of the faults. */
const without = (faults: readonly Fault[], from: number, count: number): Fault[] =>
  faults.filter((_, index) => index < from || index >= from + count);

/**
 * Of a run that failed, one that fails in the same way with fewer faults: parts of them are left out, halves first and
 * single ones last, as long as it still fails.
 */
export const shrink = async (failed: Run, options: SimulationOptions): Promise<Run> => {
  const rules = new Set(failed.findings.map(({ rule }) => rule));
  let runs = 0;
  const retry = async (plan: readonly Fault[]): Promise<Run | undefined> => {
    if (runs++ >= MOST_RUNS) return undefined;
    const run = await simulate({ ...options, plan });
    return run.findings.some(({ rule }) => rules.has(rule)) ? run : undefined;
  };
  let smallest = failed;
  for (
    let part = Math.ceil(failed.faults.length / 2);
    part >= 1;
    part = part === 1 ? 0 : Math.ceil(part / 2)
  ) {
    for (let from = 0; from < smallest.faults.length;) {
      const less = await retry(without(smallest.faults, from, part));
      if (less === undefined) from += part;
      else smallest = less;
    }
  }
  return smallest;
};
