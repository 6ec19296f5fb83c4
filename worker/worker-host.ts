import { setMaxListeners } from 'node:events';
import { SynergyError } from '../domain/errors.ts';
import type { ProcessEntry } from '../domain/model/process.ts';
import type { LogRecord } from '../domain/model/record.ts';
import { createChildRuns } from './isolation/child-pool.ts';
import type { ChildRuns } from './isolation/child-pool.ts';
import { createBatcher } from '../lib/batcher.ts';
import { createCaller } from './invoke-handler.ts';
import type { LoadModule } from './invoke-handler.ts';
import type { Deliveries } from './delivery/deliveries.ts';
import type { Heartbeat, StartHeartbeat } from './leases/heartbeat.ts';
import { createOrphanReturn } from './leases/return-orphans.ts';
import { HeldUows } from './leases/held-uows.ts';
import { createLeaseBoard } from './leases/lease-board.ts';
import { createOrphans } from './isolation/orphans.ts';
import { createLogBacklog } from './output/log-backlog.ts';
import { runnerFor } from './runners/registry.ts';
import { createReporter } from './reports/reporter.ts';
import type { RestartPolicy } from '../lib/restart-policy.ts';
import { runDaemon } from './runners/daemon.ts';
import type { DaemonListener } from './runners/daemon.ts';
import { consumeQueue } from './consume-queue.ts';
import type { ServeTools } from './consume-queue.ts';
import { within } from '../lib/sleep.ts';
import { stopwatch } from '../lib/stopwatch.ts';
import type { Stopwatch } from '../lib/stopwatch.ts';
import { createOccupancy } from './leases/occupancy.ts';
import { createSuspects } from './isolation/suspects.ts';
import { workerTimings } from './timings.ts';
import type { WorkerTimings } from './timings.ts';

const LOG_BATCH = 2000;
/** Bytes of captured output, about, that wait for a store that is away or slow; what goes beyond is dropped. */
const MOST_LOG = 50_000_000;
/** Milliseconds for killed runs to be seen to end. */
const KILL_PATIENCE = 1000;
/** Milliseconds in which the store has to take something of the last reports and log lines, as long as there are any. */
const DRAIN_PATIENCE = 1000;
/** The same for what could not be ended and is given back. */
const FAREWELL_PATIENCE = 500;
/** The same in which it has to tell what earlier workers found out, before anything is run. */
const LEARN_PATIENCE = 3000;

export interface WorkerHostOptions extends Pick<
  ServeTools,
  'store' | 'queue' | 'clock' | 'logger' | 'owner' | 'maxCrashes' | 'tracer'
> {
  /** Default: the machine's. */
  readonly stopwatch?: Stopwatch;
  /** What this host serves: units of managed and freerun processes, daemons for as long as it runs. External ones are left alone. */
  readonly processes: readonly ProcessEntry[];
  readonly startHeartbeat: StartHeartbeat;
  readonly loadModule: LoadModule;
  /** Module of the child processes in which handlers run apart; calls `serveHandler`. */
  readonly handlerChild: URL;
  /** Instead of such child processes. */
  readonly childRuns?: ChildRuns;
  /** Where event triggers are delivered. */
  readonly deliveries?: Deliveries | undefined;
  /** Environment that commands get their allowed part of. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Defaults: `workerTimings`, `standardRestart`. */
  readonly timings?: Partial<WorkerTimings>;
  readonly restart?: RestartPolicy;
  /** Asked once for each process, at the start; one that may not be served is left alone. All are when absent. */
  readonly mayServe?: (entry: ProcessEntry) => Promise<boolean>;
  /** Told of every start and end of a daemon. */
  readonly daemonChanged?: DaemonListener;
}

/** A host's life: it takes until `stopping`, runs until `kill`, writes until `ended`. */
const createPhases = () => {
  const stopping = new AbortController();
  const kill = new AbortController();
  const ended = new AbortController();
  // Every run listens to them.
  setMaxListeners(0, stopping.signal, kill.signal, ended.signal);
  return { stopping, kill, ended };
};

/** What all processes of a host share. */
const createTools = (options: WorkerHostOptions, phases: ReturnType<typeof createPhases>) => {
  const { store, logger } = options;
  const timings = { ...workerTimings, ...options.timings };
  const signal = phases.ended.signal;
  const logs = createBatcher<LogRecord>({
    what: 'keep captured output',
    flush: (lines) => store.appendLog(lines),
    maxBatch: LOG_BATCH,
    linger: timings.logLinger,
    backlog: createLogBacklog(MOST_LOG),
    logger,
    signal,
  });
  const board = createLeaseBoard();
  const behind: (() => void)[] = [];
  const leftovers = createOrphans(logger);
  const shared = { stopwatch, ...options, timings, board };
  return {
    ...shared,
    childRuns: options.childRuns ?? createChildRuns({ ...options, data: store.data, leftovers }),
    killGrace: timings.killGrace,
    suspects: createSuspects(options),
    occupancy: createOccupancy(board),
    held: new HeldUows(shared),
    leftovers,
    reporter: createReporter({ ...options, timings, signal }),
    logs,
    appendLog: (lines: readonly LogRecord[]) => logs.add(lines),
    behind,
    leaveBehind: (giveBack: () => void) => void behind.push(giveBack),
    data: store.data,
    callHandler: createCaller(options.loadModule),
    stopping: phases.stopping.signal,
    kill: phases.kill.signal,
  };
};

/** Keeps the leases; what the host runs without a lease is aborted, what it holds without knowing is given back. */
const beginHeartbeat = (tools: ReturnType<typeof createTools>): Heartbeat => {
  const { owner, timings, board, held } = tools;
  const giveBack = createOrphanReturn(tools);
  const settings = { owner, interval: timings.heartbeat, lease: timings.lease, board: board.buffer };
  const heartbeat = tools.startHeartbeat(settings, (renewal) => {
    void giveBack(held.renewed(renewal));
  });
  tools.occupancy.attach(heartbeat);
  return heartbeat;
};

/** Gives back what runs on until this process ends, which is to be soon. */
const giveBackLast = async ({ behind, reporter, logger }: ReturnType<typeof createTools>): Promise<void> => {
  if (behind.length === 0) return;
  logger.warn('units are given back whose handlers do not end', { units: behind.length });
  for (const giveBack of behind.splice(0)) giveBack();
  await reporter.drain(FAREWELL_PATIENCE);
};

/** Runs units of work. Stopping before the start and stopping twice are fine; a stopped host does not start again. */
export const createWorkerHost = (options: WorkerHostOptions) => {
  const phases = createPhases();
  const tools = createTools(options, phases);
  const { board, held, reporter, logs, logger } = tools;
  let heartbeat: Heartbeat | undefined;
  let served: Promise<unknown> = Promise.resolve();
  let stopped: Promise<void> | undefined;

  const serve = async (entry: ProcessEntry): Promise<void> => {
    if (entry.worker.kind === 'external') return;
    if (options.mayServe !== undefined && !(await options.mayServe(entry))) return;
    const runner = runnerFor(entry.worker, tools);
    if (entry.kind === 'daemon') await runDaemon(entry, runner, tools);
    else await consumeQueue(entry, runner, tools);
  };
  const stop = async (graceMs: number): Promise<void> => {
    phases.stopping.abort(new Error('the worker was stopped'));
    held.abortAll('stopping');
    // What a loop has just claimed begins and is aborted, hence first the loops.
    const through = served.then(() => held.none());
    await within(graceMs, through);
    phases.kill.abort();
    tools.childRuns.close();
    await within(KILL_PATIENCE, through);
    await Promise.all([reporter.drain(DRAIN_PATIENCE), logs.drain(DRAIN_PATIENCE)]);
    await giveBackLast(tools);
    phases.ended.abort();
    tools.leftovers.sweep();
    await heartbeat?.stop();
    if (board.held() > 0) logger.warn('units are left to the end of their lease', { units: board.held() });
  };

  return {
    /** Returns at once: store and queue may come later. Throws `STOPPED` after a stop. */
    start: (): void => {
      if (stopped)
        throw new SynergyError(
          'STOPPED',
          'this worker host was stopped and does not start again: create another',
        );
      if (heartbeat) return;
      heartbeat = beginHeartbeat(tools);
      const learned = within(LEARN_PATIENCE, tools.suspects.load(options.processes));
      served = learned.then(() => Promise.all(options.processes.map(serve)));
    },
    /**
     * Takes no more, aborts the signals of all runs at once, and kills what has not ended after `graceMs`. What cannot be
     * killed is given back last of all: the process is to end with this. Takes the grace, two seconds, and as long as the store
     * needs for the reports and captured lines there are; one that takes nothing for a second is not waited for.
     */
    stop: (graceMs = 5000) => (stopped ??= stop(graceMs)),
    /** Units claimed whose report has not been answered, and units running now that take time. */
    stats: () => ({ held: board.held(), running: held.running }),
  };
};

export type WorkerHost = ReturnType<typeof createWorkerHost>;
