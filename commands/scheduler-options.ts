import { toInterval } from '../domain/time/timeperiod.ts';
import type { Timeperiod } from '../domain/time/timeperiod.ts';
import type { Logger } from '../domain/logger.ts';
import type { SchedulerOptions } from '../scheduler/assemble.ts';
import type { Ground } from './ground.ts';
import { loadContext } from './load-context.ts';
import type { LoadedContext } from './load-context.ts';
import { startTimeperiod } from './start-timeperiod.ts';

const HOUR = 3_600_000;

/** What a scheduler is made of, and what it came from. */
export interface Prepared {
  readonly options: SchedulerOptions;
  readonly loaded: LoadedContext;
  /** First hour of the timetable. */
  readonly start: Timeperiod;
}

/** Loads the context for this store. Throws `INVALID_CONTEXT` or, for a start that is too late, `INVALID_SETTING`. */
export const prepare = async (ground: Ground, log: Logger): Promise<Prepared> => {
  const { settings, store, queue, clock, timetableClock } = ground;
  const start = await startTimeperiod(store, settings.startTimeperiod, timetableClock.now());
  const loaded = await loadContext({ ...settings, startTimeperiod: start });
  const limits = {
    sweepInterval: settings.sweepInterval,
    resubmitAfter: settings.resubmitAfter,
    lifeSupport: settings.lifeSupportHours * HOUR,
    maxCrashes: settings.maxCrashes,
    lease: settings.lease,
    logTtl: settings.logTtlDays * 24 * HOUR,
  };
  return {
    options: {
      context: loaded.context,
      store,
      queue,
      clock,
      timetableClock,
      start: toInterval('hourly', start).start,
      limits,
      log,
    },
    loaded,
    start,
  };
};
