import { sleep } from '../../lib/sleep.ts';
import type { SchedulerContext } from '../context.ts';

/** Rows deleted in one step, since a store is closed to other writers while it deletes, and the pause between two, ms. */
const ROWS = 1_000;
const PAUSE = 20;

/** Deletes captured output that is older than `logTtl`, until none is left or `stopping` aborts; returns how many lines. */
export const expireLogs = async (
  { store, clock, limits }: Pick<SchedulerContext, 'store' | 'clock' | 'limits'>,
  stopping: AbortSignal,
): Promise<number> => {
  const before = clock.now() - limits.logTtl;
  for (let lines = 0; ;) {
    const deleted = await store.expireLogs(before, ROWS);
    lines += deleted;
    if (deleted < ROWS || stopping.aborted) return lines;
    await sleep(PAUSE, stopping);
  }
};
