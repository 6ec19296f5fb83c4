import { twoBoxes } from './members.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventKey } from '../../boot/event-key.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Logger } from '../../domain/logger.ts';
import type { ProcessContext } from '../../domain/model/process.ts';
import type { JobRecord, UowRecord } from '../../domain/model/record.ts';
import type { UnitTracer } from '../../domain/model/unit-trace.ts';
import { levelOf, nodeOf } from '../../domain/timetable/timetable.ts';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import type { Report } from '../../domain/model/report.ts';
import { openQueue } from '../../mq/registry.ts';
import type { Queue } from '../../mq/queue.ts';
import type { RequestContext, SchedulerApi } from '../../scheduler/api/api.ts';
import { buildScheduler } from '../../scheduler/build.ts';
import type { Assembly, SchedulerOptions } from '../../scheduler/build.ts';
import { storeDeclared } from '../../scheduler/events/declared-triggers.ts';
import { registerProcesses } from '../../scheduler/register.ts';
import { sweep } from '../../scheduler/maintenance/collector.ts';
import type { HousekeepingPlan } from '../../scheduler/maintenance/housekeeping.ts';
import { cases } from './context.ts';

/** A clock that stands until it is moved. */
export interface ManualClock extends Clock {
  set(instant: number): void;
  advance(ms: number): void;
}

export const manualClock = (instant: number): ManualClock => {
  let now = instant;
  return { now: () => now, set: (to) => (now = to), advance: (ms) => (now += ms) };
};

export const quietLog: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** No task is ever due. */
export const noHousekeeping: HousekeepingPlan = {
  tasks: [],
  timeZone: 'UTC',
  schedule: () => () => undefined,
};

export const testLimits = {
  sweepInterval: 10_000,
  resubmitAfter: 60_000,
  lifeSupport: 48 * 3_600_000,
  maxCrashes: 3,
  lease: 15_000,
  logTtl: 30 * 86_400_000,
  boxTtl: 30 * 86_400_000,
  eventTriggers: 100_000,
  eventFirings: 5_000,
  retention: { uowTtl: 30 * 86_400_000, historyTtl: 400 * 86_400_000, keepUnits: 20 },
} as const;

/** Requests of a user who waits for every answer. */
export const asAnn: RequestContext = { actor: 'ann', signal: new AbortController().signal };

/** A scheduler over a real store and queue that moves only when told: its triggers are fired by hand, and its workers are played. */
export interface Rig extends Assembly {
  /** The interface as a user named ann has it, who waits for every answer. */
  readonly api: SchedulerApi;
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: ManualClock;
  /** The trigger of a process fires once. Resolves when nothing moves any more. */
  tick(processName: string): Promise<void>;
  /** Resolves when nothing moves any more. */
  quiet(): Promise<void>;
  state(processName: string, timeperiod: string): string;
  record(processName: string, timeperiod: string): Promise<JobRecord | undefined>;
  uows(processName: string, timeperiod: string): Promise<UowRecord[]>;
  /** The newest unit of work of a job. */
  uow(processName: string, timeperiod: string): Promise<UowRecord>;
  claim(uow: UowRecord): Promise<UowRecord>;
  /** A worker takes the newest unit of work of a job and ends it; the scheduler hears of it unless `silently`. */
  finish(
    processName: string,
    timeperiod: string,
    event?: Report['event'],
    silently?: 'silently',
  ): Promise<void>;
  sweep(): Promise<void>;
  /** The scheduler dies and a new one starts on the same store, with the same context unless another is given. */
  restart(deployed?: ProcessContext): Promise<Rig>;
  close(): Promise<void>;
}

const reportOf = (uow: UowRecord, event: Report['event'], at: number): Report => ({
  id: uow.id,
  attempt: uow.attempt,
  token: uow.token ?? '',
  event,
  processed: 1,
  aggregated: 0,
  error: event === 'fail' ? 'broken' : null,
  retryAt: event === 'fail' ? at + 30_000 : null,
});

/** `start` and `now` default to those of the cases. */
export const openRig = async (
  context: ProcessContext,
  given: { start?: number; now?: number; log?: Logger; tracer?: UnitTracer } = {},
): Promise<Rig> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'synergy-rig-'));
  const clock = manualClock(given.now ?? cases.now);
  const { start = cases.start, log = quietLog, tracer } = given;
  return build({ context, dataDir, clock, start, log, tracer });
};

const build = async (basis: {
  context: ProcessContext;
  dataDir: string;
  clock: ManualClock;
  start: number;
  log: Logger;
  tracer: UnitTracer | undefined;
}): Promise<Rig> => {
  const { context, dataDir, clock, start, log, tracer } = basis;
  const store = await openStore('embedded', { dataDir, clock });
  const queue = await openQueue('embedded', { dataDir, clock });
  const options: SchedulerOptions = {
    context,
    store,
    queue,
    clock,
    timetableClock: clock,
    start,
    limits: testLimits,
    cluster: () => twoBoxes(start),
    seal: openEventKey({ dataDir, eventKey: undefined }, store).seal,
    tracer,
    log,
  };
  const epoch = await store.beginEpoch();
  try {
    await registerProcesses(context, store, { actor: 'scheduler', at: clock.now(), epoch });
  } catch (error) {
    await queue.close();
    await store.close();
    throw error;
  }
  const assembly = await buildScheduler(options, { isAtWork: () => true, epoch: () => epoch });
  const { turnLoop, shared } = assembly.services;
  let turns = 0;
  assembly.onTurn(() => turns++);
  await assembly.services.freerun.reconcile();
  await assembly.services.events.planner.start();
  await storeDeclared(assembly.services);
  const quiet = async (): Promise<void> => {
    for (let before = -1; before !== turns;) {
      before = turns;
      await turnLoop.report([]);
      await turnLoop.report([]);
    }
  };
  const stop = async (): Promise<void> => {
    assembly.services.alarms.stop();
    await assembly.services.events.planner.stop();
    await turnLoop.stop();
    await queue.close();
    await store.close();
  };
  const rig: Rig = {
    ...assembly,
    api: assembly.apiFor(asAnn),
    store,
    queue,
    clock,
    quiet,
    tick: async (name) => {
      turnLoop.tick(levelOf(shared.timetable, name));
      await quiet();
    },
    state: (processName, timeperiod) => {
      const { level, index } = nodeOf(shared.timetable, { processName, timeperiod });
      return level.state(index);
    },
    record: (processName, timeperiod) => store.job({ processName, timeperiod }),
    uows: (processName, timeperiod) => store.findUows({ processName, timeperiod }),
    uow: async (processName, timeperiod) => {
      const [newest] = await store.findUows({ processName, timeperiod, limit: 1 });
      assert.ok(newest, `${processName} ${timeperiod} has no unit of work`);
      return newest;
    },
    claim: async (uow) => {
      const [claimed] = await store.claim([uow.id], {
        owner: 'hand',
        expiresAt: clock.now() + 15_000,
        now: clock.now(),
      });
      assert.ok(claimed, `${uow.id} (${uow.state}) could not be claimed`);
      return claimed;
    },
    finish: async (processName, timeperiod, event = 'complete', silently) => {
      const newest = await rig.uow(processName, timeperiod);
      const claimed = newest.state === 'REQUESTED' ? await rig.claim(newest) : newest;
      await store.report('hand', [reportOf(claimed, event, clock.now())], clock.now());
      if (silently !== undefined) return;
      await turnLoop.report([claimed.id]);
      await quiet();
    },
    sweep: async () => {
      await sweep(assembly.services);
      await quiet();
    },
    restart: async (deployed = context) => {
      await stop();
      return build({ ...basis, context: deployed });
    },
    close: async () => {
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return rig;
};
