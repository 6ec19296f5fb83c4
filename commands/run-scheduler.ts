import { openSource } from '../demo/access.ts';
import { demoPageData } from '../demo/page-data.ts';
import { isJobFinished } from '../domain/machine/transition.ts';
import { jobKeyText } from '../domain/model/record.ts';
import { describeRoot } from '../domain/timetable/sentence.ts';
import { startMx } from '../mx/server.ts';
import type { SchedulerApi } from '../scheduler/api.ts';
import { createScheduler } from '../scheduler/scheduler.ts';
import type { SchedulerEvents } from '../scheduler/scheduler.ts';
import { watchServers } from '../scheduler/watch.ts';
import { createLogger } from './create-logger.ts';
import { openGround } from './ground.ts';
import { prepare } from './scheduler-options.ts';
import { keepStartTimeperiod } from './start-timeperiod.ts';
import { keepClockOffset } from './timetable-clock.ts';
import type { Running, UnitBegin } from './unit-process.ts';

type Tell = UnitBegin['tell'];

const tellFirstJob = (api: SchedulerApi, tell: Tell): void => {
  const stop = api.subscribe(({ changed }) => {
    const first = changed.find((key) => isJobFinished(api.node(key).state));
    if (first === undefined) return;
    stop();
    tell({ kind: 'first-job', job: jobKeyText(first.processName, first.timeperiod) });
  });
};

const eventsFor = (tell: Tell): SchedulerEvents => ({
  onProgress: ({ finished, total }) => tell({ kind: 'progress', finished, total }),
  onEnding: (ending) =>
    tell({ kind: 'done', ok: ending.ok, blockers: ending.ok ? [] : ending.blockers.map(describeRoot) }),
});

/** Runs the scheduler with the dashboard in this process. Throws when context, store, lock or port will not do. */
export const runScheduler = async ({ settings, tell }: UnitBegin): Promise<Running> => {
  const ground = await openGround(settings);
  try {
    const logger = createLogger(settings, 'scheduler');
    const { options, loaded, start } = await prepare(ground, logger);
    for (const text of loaded.warnings) tell({ kind: 'warning', text });
    const until = settings.until === undefined ? {} : { until: settings.until };
    const scheduler = await createScheduler({ ...options, ...until, ...eventsFor(tell) });
    await keepStartTimeperiod(ground.store, start);
    await keepClockOffset(ground.store, settings);
    if (loaded.isDemo) await openSource(ground.store.data);
    const watch = watchServers({ ...ground, log: logger });
    const mx = await startMx({
      api: scheduler.api,
      clock: ground.clock,
      timetableClock: ground.timetableClock,
      troubles: watch.troubles,
      ...(loaded.isDemo ? { demoPage: () => demoPageData(ground.store.data) } : {}),
      host: settings.mxHost,
      port: settings.mxPort,
      logger,
    });
    tell({ kind: 'listening', address: mx.url });
    tellFirstJob(scheduler.api, tell);
    await scheduler.start();
    return {
      stop: async () => {
        watch.stop();
        await mx.stop();
        await scheduler.stop();
        await ground.close();
      },
    };
  } catch (error) {
    await ground.close();
    throw error;
  }
};
