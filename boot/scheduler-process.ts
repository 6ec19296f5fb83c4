import { openSource } from '../demo/access.ts';
import { lateHours, lateHoursText } from '../demo/late-hours.ts';
import { openLog } from '../demo/log-import.ts';
import { SynergyError } from '../domain/errors.ts';
import { isJobFinished } from '../domain/machine/transition.ts';
import { jobKeyText } from '../domain/model/entity.ts';
import { SCHEDULER } from '../domain/model/service-name.ts';
import { describeRoot } from '../domain/timetable/blocker-sentence.ts';
import type { RequestContext, SchedulerApi } from '../scheduler/api/api.ts';
import { createScheduler } from '../scheduler/scheduler.ts';
import type { Ending, Scheduler, SchedulerEvents, SchedulerSettings } from '../scheduler/scheduler.ts';
import { createStandby } from '../scheduler/standby.ts';
import type { Standby } from '../scheduler/standby.ts';
import { createDashboard } from './dashboard/dashboard.ts';
import type { Dashboard } from './dashboard/dashboard.ts';
import { openServiceAdapters } from './box/membership.ts';
import { housekeepingPlan } from './housekeeping/plan.ts';
import type { Adapters } from './adapters.ts';
import { prepare } from './scheduler-options.ts';
import type { Prepared } from './scheduler-options.ts';
import type { RunEvent } from './run-event.ts';
import { contextDigest, keepContext } from './running-context.ts';
import { keepStartTimeperiod } from './start-timeperiod.ts';
import { keepClockOffset } from './timetable-clock.ts';
import type { Running, ServiceBegin } from './service-process.ts';
import { openTracing } from './tracing.ts';
import { sleep } from '../lib/sleep.ts';

/** Jobs given up that are told one by one. */
const MOST_GIVEN_UP = 5;
/** How often a scheduler that stands by follows the one at work, and tries the lock, ms. */
const STANDBY = 500;

type Tell = ServiceBegin['tell'];

/** What this process asks for itself. */
const itself: RequestContext = { actor: 'scheduler', signal: new AbortController().signal };

const tellFirstJob = (api: SchedulerApi, tell: Tell): void => {
  const stop = api.subscribe((event) => {
    if (event.topic !== 'jobs') return;
    const first = event.changed.find((key) => isJobFinished(api.node(key).state));
    if (first === undefined) return;
    stop();
    tell({ kind: 'first-job', job: jobKeyText(first) });
  });
};

const doneNews = (ending: Ending): RunEvent => {
  const { total, givenUp } = ending.ok ? ending : { total: 0, givenUp: [] };
  const lines = givenUp
    .slice(0, MOST_GIVEN_UP)
    .map(({ processName, timeperiod, because }) => `${processName} ${timeperiod}: ${because}`);
  const blockers = ending.ok ? [] : ending.blockers.map(describeRoot);
  return { kind: 'done', ok: ending.ok, blockers, givenUp: { count: givenUp.length, total, lines } };
};

/** Of a demo over a log, the hours to be computed again. */
const tellLateHours = async (
  { store, settings }: Adapters,
  { tell, logger }: ServiceBegin,
): Promise<void> => {
  if (settings.accessLog === undefined) return;
  try {
    const text = lateHoursText(await lateHours(store));
    if (text !== undefined) tell({ kind: 'warning', text });
  } catch (error) {
    logger.warn(`cannot look for late lines: ${String(error)}`);
  }
};

const eventsFor = (adapters: Adapters, begin: ServiceBegin): SchedulerEvents => ({
  onProgress: ({ finished, total }) => begin.tell({ kind: 'progress', finished, total }),
  onEnding: (ending) => {
    void tellLateHours(adapters, begin).then(() => begin.tell(doneNews(ending)));
  },
  onDeposed: () => {
    const text = 'another scheduler has taken over: this one ends, and stands by when it is started again';
    begin.logger.error(text);
    begin.fail(new SynergyError('DEPOSED', text));
  },
});

/**
 * The scheduler of this store. Where boxes share the store another one may be at work: this one then stands by until
 * that is gone, with a timetable that follows; undefined when it is stopped before.
 */
const beginToLead = async (
  settings: SchedulerSettings,
  { tell, stopping }: ServiceBegin,
  dashboard: Dashboard,
): Promise<Scheduler | undefined> => {
  const stopped = new Promise<void>((resolve) => {
    stopping.addEventListener('abort', () => resolve(), { once: true });
  });
  let standby: Standby | undefined;
  while (!stopping.aborted) {
    try {
      return await createScheduler(settings, standby);
    } catch (error) {
      const isTaken = error instanceof SynergyError && error.code === 'STORE_LOCKED';
      if (!isTaken || !settings.store.capabilities.shared) throw error;
    }
    if (standby === undefined) tell({ kind: 'standing-by' });
    standby ??= createStandby(settings);
    await Promise.race([standby.look(stopping), stopped]);
    await dashboard.standBy(standby, stopping);
    await sleep(STANDBY, stopping);
  }
  return undefined;
};

/** A source that is not declared counts as complete, and so does a log that has grown since it was read. */
const openDemoSource = ({ store: { data }, settings: { accessLog } }: Adapters): Promise<void> =>
  accessLog === undefined ? openSource(data) : openLog({ data, path: accessLog });

/** Puts on record with what a scheduler begins to lead. */
const keepBeginning = async (
  adapters: Adapters,
  { loaded, start }: Pick<Prepared, 'loaded' | 'start'>,
): Promise<void> => {
  const { store, settings } = adapters;
  await keepStartTimeperiod(store, start);
  await keepContext(store, loaded);
  await keepClockOffset(store, settings);
  if (loaded.isDemo) await openDemoSource(adapters);
};

/** Runs the scheduler with the dashboard in this process. Throws when context, store, lock or port will not do. */
export const runScheduler = async (begin: ServiceBegin): Promise<Running> => {
  const { settings, tell, logger } = begin;
  const housekeeping = housekeepingPlan(settings);
  const adapters = await openServiceAdapters(settings, logger);
  try {
    const { options, loaded, start } = await prepare(adapters, logger);
    for (const text of loaded.warnings) tell({ kind: 'warning', text });
    const until = settings.until === undefined ? {} : { until: settings.until };
    const tracing = await openTracing(begin, 'scheduler');
    const { tracer } = tracing;
    const context = contextDigest(loaded);
    const joined = await adapters.join({ service: SCHEDULER, context, leads: false });
    const { cluster } = joined;
    const given = { ...options, ...until, tracer, housekeeping, cluster, ...eventsFor(adapters, begin) };
    const dashboard = createDashboard({ adapters, isDemo: loaded.isDemo, begin });
    const scheduler = await beginToLead(given, begin, dashboard).catch(async (error: unknown) => {
      await dashboard.stop();
      throw error;
    });
    if (scheduler === undefined) return { stop: () => dashboard.stop().then(() => adapters.close()) };
    joined.tell({ leads: true });
    await keepBeginning(adapters, { loaded, start });
    tellFirstJob(scheduler.apiFor(itself), tell);
    await scheduler.start();
    await dashboard.lead(scheduler.apiFor).catch(async (error: unknown) => {
      await scheduler.stop();
      throw error;
    });
    return {
      stop: async () => {
        void joined.leave();
        await dashboard.stop();
        await scheduler.stop();
        await tracing.close();
        await adapters.close();
      },
    };
  } catch (error) {
    await adapters.close();
    throw error;
  }
};
