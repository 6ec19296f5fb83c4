import type { MessagePort } from 'node:worker_threads';
import { SynergyError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import { createScheduler } from '../scheduler/scheduler.ts';
import type { Scheduler, SchedulerSettings } from '../scheduler/scheduler.ts';
import { createStandby } from '../scheduler/standby.ts';
import type { Standby } from '../scheduler/standby.ts';
import type { Timetable } from '../domain/timetable/timetable.ts';
import { expireHistory } from '../scheduler/maintenance/expire-history.ts';
import { expireLogs } from '../scheduler/maintenance/expire-logs.ts';
import type { HousekeepingPlan } from '../scheduler/maintenance/housekeeping.ts';
import type { RunInChild } from '../worker/isolation/child-pool.ts';
import { runHeartbeat } from '../worker/leases/heartbeat.ts';
import type { StartHeartbeat } from '../worker/leases/heartbeat.ts';
import { createWorkerHost } from '../worker/worker-host.ts';
import type { WorkerHostOptions } from '../worker/worker-host.ts';
import type { Connections, Network } from './network.ts';
import type { Handlers } from './handler.ts';
import type { Workload } from './workload.ts';
import type { Life } from './world.ts';

/** What a process runs, for one life of it; resolves once it is at work, to what asks it to end. */
export type Main = (life: Life, connections: Connections) => Promise<() => Promise<void>>;

/** What the processes of a run share. */
export interface MainOptions {
  readonly network: Network;
  readonly workload: Workload;
  readonly handlers: Handlers;
  /** Bugs of the workers. */
  readonly worker: Partial<WorkerHostOptions> | undefined;
  /** Told of the timetable that a scheduler has followed and begins to lead with. */
  readonly onFollowed: (timetable: Timetable) => void;
}

/** Between two renewals of leases, ms. */
const HEARTBEAT = 5_000;
/** Between asking a run to end and killing it, ms. */
const KILL_GRACE = 5_000;
/** A scheduler that stands by tries the lock so often, ms. */
const STANDBY = 5_000;
/** Between two runs of a housekeeping task, ms. */
const BETWEEN_RUNS = 60_000;

const createLog = ({ world }: Network): Logger => {
  const at =
    (level: string) =>
    (message: string): void =>
      world.note(() => `${level}: ${message}`);
  return { info: at('info'), warn: at('warn'), error: at('error') };
};

/** The heart beats in the life of its process: the real one has a thread, and a connection, of its own. */
const heartIn =
  (network: Network, { store }: Connections, life: Life): StartHeartbeat =>
  (settings, onRenewal) => {
    let hear: ((message: 'stop') => void) | undefined;
    const port = {
      on: (_: string, listener: typeof hear) => (hear = listener),
      off: () => undefined,
      postMessage: (message: { type: string; renewal: Parameters<typeof onRenewal>[0] }) => {
        if (message.type !== 'renewal') return;
        network.world.after(0, { life, label: 'renewal', run: () => onRenewal(message.renewal) });
      },
    };
    const { clock } = network.world;
    const beating = runHeartbeat({
      ...{ store, clock, settings, stopwatch: () => clock.now() },
      port: port as unknown as MessagePort,
    });
    return {
      stop: async () => {
        hear?.('stop');
        await beating;
      },
    };
  };

/** On virtual time, whatever the expressions say: each task is due again and again. */
const housekeeping: HousekeepingPlan = {
  tasks: [
    {
      ...{ name: 'expiry', cron: '* * * * *', atStart: true, advice: '' },
      run: async (shared, stopping) => ({ counts: { lines: await expireLogs(shared, stopping) } }),
    },
    {
      ...{ name: 'retention', cron: '* * * * *', atStart: true, advice: '' },
      run: async (shared, stopping) => ({ counts: { ...(await expireHistory(shared, stopping)) } }),
    },
  ],
  timeZone: 'UTC',
  schedule: (_, __, run) => {
    const timer = setInterval(run, BETWEEN_RUNS);
    return () => clearInterval(timer);
  },
};

/** Never aborted: a process ends by its life. */
const neverStopping = new AbortController().signal;

/** A standby whose timetable is told of once it is taken over, unless yet another scheduler leads by then. */
const toldStandby = (
  settings: SchedulerSettings,
  { network, onFollowed }: Pick<MainOptions, 'network' | 'onFollowed'>,
  ownEpoch: () => number,
): Standby => {
  const standby = createStandby(settings);
  return {
    ...standby,
    take: async () => {
      const timetable = await standby.take();
      if (timetable !== undefined && network.store.latestEpoch() === ownEpoch()) onFollowed(timetable);
      return timetable;
    },
  };
};

/** A scheduler; where several are, they stand by, and follow, until one may lead. */
export const schedulerMain =
  (
    options: MainOptions,
    news: { onLeading: (scheduler: Scheduler, life: Life) => void; onDeposed: (life: Life) => void },
  ): Main =>
  async (life, { store, queue }) => {
    const { clock } = options.network.world;
    const { deployed, start, limits, context: first } = options.workload;
    const context = clock.now() < deployed.at ? first : deployed.context;
    let epoch = 0;
    const beginEpoch = async (): Promise<number> => (epoch = await store.beginEpoch());
    const settings = {
      ...{ context, queue, clock, start, limits, timetableClock: clock, log: createLog(options.network) },
      ...{ housekeeping, store: { ...store, beginEpoch } },
      onDeposed: () => news.onDeposed(life),
    };
    let standby: Standby | undefined;
    for (;;) {
      try {
        const scheduler = await createScheduler(settings, standby);
        news.onLeading(scheduler, life);
        await scheduler.start();
        return () => scheduler.stop();
      } catch (error) {
        if (!(error instanceof SynergyError) || error.code !== 'STORE_LOCKED') throw error;
        standby ??= toldStandby(settings, options, () => epoch);
        await standby.look(neverStopping);
        await new Promise((resolve) => setTimeout(resolve, STANDBY));
      }
    }
  };

/** A worker host for all processes. */
export const workerMain =
  ({ network, workload, handlers, worker }: MainOptions): Main =>
  (life, connections) => {
    const { store, queue } = connections;
    const { limits, context } = workload;
    const { clock } = network.world;
    const childRuns: RunInChild = (call, scope) => handlers.childRuns(call, scope, store.data);
    const host = createWorkerHost({
      ...{ store, queue, clock, stopwatch: () => clock.now(), logger: createLog(network) },
      processes: context.processes,
      owner: life.name,
      startHeartbeat: heartIn(network, connections, life),
      loadModule: () => Promise.resolve({ default: handlers.here }),
      handlerChild: new URL('file:///simulated/child.ts'),
      childRuns: { isolated: childRuns, shared: childRuns, alone: childRuns, close: () => undefined },
      environment: {},
      maxCrashes: limits.maxCrashes,
      timings: { lease: limits.lease, heartbeat: HEARTBEAT, killGrace: KILL_GRACE },
      ...worker,
    });
    host.start();
    return Promise.resolve(() => host.stop());
  };
