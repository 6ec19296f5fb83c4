import { startRunner } from './child.ts';
import type { RunnerOptions } from './child.ts';
import type { ChildRuns } from '../runners/runner.ts';
import { createChildPool } from './child-pool.ts';

/** Children at once, which take 45 MB each and more: those that are shared, and those that are not. */
const MOST_SHARED = 16;
const MOST_ALONE = 4;
/** For so long a child waits for another call, ms. */
const IDLE = 10_000;

/** Child processes in which handlers run apart from the host. */
export const createChildRuns = (options: RunnerOptions): ChildRuns => {
  const start = () => startRunner(options);
  const shared = createChildPool({ start, most: MOST_SHARED, idle: IDLE, calls: 'run' });
  const alone = createChildPool({ start, most: MOST_ALONE, idle: IDLE, calls: 'runLast' });
  return {
    isolated: (call, scope) => start().runLast(call, scope),
    shared: shared.run,
    alone: alone.run,
    close: () => {
      shared.close();
      alone.close();
    },
  };
};
