import { buildScheduler } from '../../scheduler/build.ts';
import type { Assembly, SchedulerOptions } from '../../scheduler/build.ts';
import { benchLimits } from './limits.ts';

const silent = (): void => undefined;

/** What a scheduler in the process of a benchmark is put together from; by the clock where the timetable has none of its own. */
export type OwnSchedulerOptions = Pick<SchedulerOptions, 'context' | 'store' | 'queue' | 'clock' | 'start'> &
  Partial<Pick<SchedulerOptions, 'timetableClock' | 'limits'>>;

/** Puts a scheduler together in this process: it decides and writes as one at work, but logs nothing. */
export const buildOwnScheduler = async (options: OwnSchedulerOptions): Promise<Assembly> => {
  const epoch = await options.store.beginEpoch();
  return buildScheduler(
    {
      timetableClock: options.clock,
      limits: benchLimits,
      log: { info: silent, warn: silent, error: silent },
      ...options,
    },
    { isAtWork: () => true, epoch: () => epoch },
  );
};
