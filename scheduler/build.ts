import type { JobKey, UowRecord } from '../domain/model/record.ts';
import type { Timetable } from '../domain/timetable/timetable.ts';
import type { ApiFor } from './api/api.ts';
import { TimerQueue } from '../lib/timer-queue.ts';
import { TurnLoop } from './engine/turn-loop.ts';
import { createSchedulerApi } from './api/service.ts';
import { createEvents } from './events/events.ts';
import { FreerunEntries } from './freerun/entries.ts';
import { createBell } from './context.ts';
import type { SchedulerContext, LeaderStatus } from './context.ts';
import type { Store } from '../db/store.ts';
import { createLiveFeed } from './api/live-feed.ts';
import type { EventFeed } from './api/live-feed.ts';
import { liveStore } from './live-store.ts';
import { readTimetable } from './engine/load-timetable.ts';
import { loadManagedEntries } from './engine/managed-entries.ts';
import { countEnd, createEndFilter, createMeasurements } from './measurements.ts';
import type { Measurements } from './measurements.ts';
import { measuredStore } from './measured-store.ts';
import { tracedStore } from './traced-store.ts';
import { traceEnd } from './trace-end.ts';
import type { SchedulerServices } from './services.ts';
import { createSweeps } from './maintenance/sweep.ts';

/** What a scheduler is made of; all of it handed in by the composition root. */
export interface SchedulerOptions extends Omit<
  SchedulerContext,
  'leader' | 'timetable' | 'entries' | 'bell' | 'measurements'
> {
  /** First instant of the timetable, ms. */
  readonly start: number;
}

/** A scheduler put together from the store: everything can be read and commanded, nothing moves by itself. */
export interface Assembly {
  readonly services: SchedulerServices;
  readonly apiFor: ApiFor;
  /** Tells those who listen to live events that jobs have changed, as turns do. */
  readonly tell: (changed: readonly JobKey[]) => void;
  /** Told after every turn that changed something. */
  onTurn(listener: (changed: readonly JobKey[]) => void): void;
  /** Told when a unit of work failed, with the instant, ms, at which it may be reposted. */
  onRetry(listener: (at: number) => void): void;
}

const armManaged = (
  { shared, alarms, turnLoop }: Pick<SchedulerServices, 'shared' | 'alarms' | 'turnLoop'>,
  processName: string,
): void => {
  const name = `managed ${processName}`;
  const entry = shared.entries.get(processName);
  const level = shared.timetable.levels.get(processName);
  alarms.clear(name);
  const next = entry?.schedule.next(shared.timetableClock.now());
  if (entry?.on !== true || level === undefined || next === undefined) return;
  alarms.set(name, next, () => {
    turnLoop.tick(level);
    // Resolves with the turn that takes the tick.
    void turnLoop.report([]).then((isDone) => {
      const late = (shared.timetableClock.now() - next) / 1_000;
      if (isDone) shared.measurements.triggers.observe(Math.max(0, late), processName);
    });
    armManaged({ shared, alarms, turnLoop }, processName);
  });
};

/** Alarms stand at instants of a clock that was set back by `ms`. */
const armAnew = ({ shared, freerun, rearm }: SchedulerServices, ms: number): void => {
  shared.log.warn('the clock was set back: triggers are armed anew', { byMs: ms });
  for (const name of shared.timetable.levels.keys()) rearm(name);
  const until = shared.timetableClock.now() + ms;
  freerun.setBack(until).catch((error: unknown) => {
    shared.log.error(`it is not on record that the clock was set back: ${String(error)}`);
  });
};

const measurementsOf = ({ processes }: SchedulerOptions['context']): Measurements =>
  createMeasurements(processes.filter(({ kind }) => kind !== 'daemon').map(({ name }) => name));

/** The store, through which it is measured, traced and told what happens. */
const storeThrough = (
  { store, tracer, clock }: SchedulerOptions,
  measurements: Measurements,
  { execution }: EventFeed,
): Store => {
  const measured = measuredStore(store, measurements);
  return liveStore(tracer === undefined ? measured : tracedStore(measured, tracer, clock), execution);
};

/** Loads the timetable, unless it is `known`, and puts a scheduler together. Throws QUALIFIER_CHANGED. */
export const buildScheduler = async (
  options: SchedulerOptions,
  leader: LeaderStatus,
  known?: Timetable,
): Promise<Assembly> => {
  const measurements = measurementsOf(options.context);
  const feed = createLiveFeed(options.log);
  const store = storeThrough(options, measurements, feed.events);
  const { timetable } = known ? { timetable: known } : await readTimetable({ ...options, store });
  const entries = await loadManagedEntries(options.context, store);
  const bell = createBell(options.log);
  const shared: SchedulerContext = { ...options, store, leader, bell, measurements, timetable, entries };
  const listeners: Parameters<Assembly['onTurn']>[0][] = [feed.add];
  const retryListeners: ((at: number) => void)[] = [];
  // Each alarm clock notices for itself: one may have slept while the clock was ahead for a moment.
  const alarms = new TimerQueue(options.timetableClock, (ms) => armAnew(services, ms));
  const isFirst = createEndFilter();
  const onEnd = (uow: UowRecord): void => (countEnd(measurements, uow), traceEnd(shared, uow));
  const turnLoop: TurnLoop = new TurnLoop(shared, {
    onTurn: (changed) => listeners.forEach((listener) => listener(changed)),
    onRetry: (at) => retryListeners.forEach((listener) => listener(at)),
    onFreerun: (uow) => {
      freerun.onReport(uow);
      events.onReport(uow);
      if (isFirst(uow)) onEnd(uow);
    },
    onEnd,
  });
  const events = createEvents(shared, feed.events);
  const freerun = new FreerunEntries({ shared, turnLoop, alarms });
  await freerun.load();
  const rearm = (name: string): void => {
    if (leader.isAtWork()) armManaged({ shared, alarms, turnLoop }, name);
  };
  const parts = { shared, turnLoop, freerun, events, alarms, rearm };
  const services: SchedulerServices = { ...parts, rounds: createSweeps() };
  return {
    services,
    apiFor: createSchedulerApi(services, { startedAt: shared.clock.now(), subscribe: feed.subscribe }),
    tell: feed.add,
    onTurn: (listener) => listeners.push(listener),
    onRetry: (listener) => retryListeners.push(listener),
  };
};
