import { DAY, HOUR } from '../domain/time/calendar.ts';
import { toInterval } from '../domain/time/timeperiod.ts';
import type { ProcessContext } from '../domain/model/process.ts';
import type { Settings } from '../settings.ts';
import type { Logger } from '../domain/logger.ts';
import type { SchedulerOptions } from '../scheduler/build.ts';
import type { Adapters } from './adapters.ts';
import { openEventKey } from './event-key.ts';
import { loadContext } from './load-context.ts';
import type { LoadedContext } from './load-context.ts';
import { startTimeperiod } from './start-timeperiod.ts';

/** A run that is to finish what was over long ago. */
const isOverHistory = ({ asOf, untilDone }: Settings): boolean => untilDone && asOf !== undefined;

/** Start lags wait for what comes late. Over history nothing does, and the run would wait for them in real time. */
const withoutLags = (context: ProcessContext): ProcessContext => ({
  ...context,
  processes: context.processes.map((entry) => (entry.kind === 'managed' ? { ...entry, startLag: 0 } : entry)),
});

/**
 * Loads the context for this store; returns what a scheduler is made of, and what it came from. Throws `INVALID_CONTEXT`
 * or, for a start that is too late, `INVALID_SETTING`.
 */
export const prepare = async (
  adapters: Adapters,
  log: Logger,
  load: (settings: Settings) => Promise<LoadedContext> = loadContext,
) => {
  const { settings, store, timetableClock } = adapters;
  const start = await startTimeperiod(store, settings, timetableClock.now());
  const loaded = await load({ ...settings, startTimeperiod: start });
  const options: SchedulerOptions = {
    ...adapters,
    seal: openEventKey(settings, store).seal,
    context: isOverHistory(settings) ? withoutLags(loaded.context) : loaded.context,
    start: toInterval('hourly', start).start,
    limits: {
      sweepInterval: settings.sweepInterval,
      resubmitAfter: settings.resubmitAfter,
      lifeSupport: settings.lifeSupportHours * HOUR,
      maxCrashes: settings.maxCrashes,
      lease: settings.lease,
      logTtl: settings.logTtlDays * DAY,
      boxTtl: settings.boxTtlDays * DAY,
      eventTriggers: settings.eventTriggers,
      eventFirings: settings.eventFirings,
      retention: {
        uowTtl: settings.unitTtlDays * DAY,
        historyTtl: settings.historyTtlDays * DAY,
        keepUnits: settings.keepUnits,
      },
    },
    log,
  };
  return { options, loaded, /** First hour of the timetable. */ start };
};

export type Prepared = Awaited<ReturnType<typeof prepare>>;
