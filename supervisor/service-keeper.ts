import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { isOutage } from '../domain/errors.ts';
import type { Json } from '../domain/model/process.ts';
import type { BoxRecord } from '../domain/model/record.ts';
import { adoptChild, startChild } from './child.ts';
import type { Child, ChildListener, ChildSpec } from './child.ts';
import {
  LONGEST_DELAY,
  afterAdoption,
  afterExit,
  afterStart,
  afterDesiredState,
  decide,
  isWaiting,
  newService,
} from './service-state.ts';
import type { Exit, ServiceState } from './service-state.ts';
import { exitMessage } from './exit-message.ts';
import type { FromService, DesiredState } from './ipc/message.ts';
import { isAlive } from '../lib/os/process-stat.ts';
import { sampleOf } from './usage.ts';
import type { Sample } from './usage.ts';
import { endService, isSurvivor } from './adopt.ts';
import type { IpcServer } from './ipc/server.ts';
import { readServiceFile, removeServiceFile, writeServiceFile } from './service-file.ts';

/** Longest wait for the leases of a process that ended to be released, ms; a store that is away must hold up nothing. */
const RELEASE_PATIENCE = 2000;

/** One process to keep running. */
export interface ServiceSpec {
  readonly name: string;
  /** Module to fork. */
  readonly module: URL;
  /** Options of Node, besides those of the supervisor. */
  readonly nodeOptions?: readonly string[];
}

/** How a process ended: work broken off by a requested stop is not charged to its units of work. */
export type ProcessEnd = 'stopped' | 'died';

export interface ServiceContext {
  readonly boxId: string;
  readonly dataDir: string;
  /** Handed to the process when it begins. */
  readonly brief: Json;
  /** Of all that a service is begun with: one that was begun with anything else is not taken over. */
  readonly digest: string;
  /** Time from SIGTERM to SIGKILL, ms. */
  readonly grace: number;
  readonly clock: Clock;
  readonly switchboard: IpcServer;
  /** Whether processes may be started now; when not, `step` is called again once they may. */
  mayStart(): boolean;
  /** Makes the units of work of a process that is gone move again; answers how many it held. */
  release(owner: string, end: ProcessEnd): Promise<number>;
  /** What the process says. */
  message(service: string, message: FromService): void;
  /** The service changed, or was measured anew. */
  changed(record: BoxRecord): void;
  /** The service failed too often: from now on it is started again once a minute only. */
  failed(service: string): void;
  /** One line for people. */
  say(line: string): void;
}

interface Kept {
  readonly spec: ServiceSpec;
  readonly context: ServiceContext;
  state: ServiceState;
  child?: Child | undefined;
  sample?: Sample | undefined;
  requestedAt: number;
  closing: boolean;
  /** What the process said of a server that is away, when it could not begin without it. */
  outage?: string | undefined;
  /** The outage that people were told of and that is not over. */
  toldOutage?: string | undefined;
  /** Wakes up when the back-off ends. */
  timer?: NodeJS.Timeout | undefined;
  /** Settled when the last process that ended is done with. */
  settled: Promise<void>;
  /** Resolves what waits for the end of the process. */
  onceGone: (() => void)[];
}

const tell = ({ spec, context, state, child, sample }: Kept): void =>
  context.changed({
    boxId: context.boxId,
    unit: spec.name,
    desired: state.desired,
    actual: state.phase === 'stopping' ? 'running' : state.phase,
    pid: child?.pid ?? null,
    startedAt: child === undefined ? null : state.startedAt,
    restarts: state.restarts,
    lastExit: state.lastExit,
    rssBytes: sample?.rssBytes ?? null,
    cpuPercent: sample?.cpuPercent ?? null,
    updatedAt: context.clock.now(),
  });

const measure = (kept: Kept): void => {
  if (kept.child === undefined) return;
  const sample = sampleOf(kept.child.mark, kept.context.clock.now(), kept.sample);
  if (sample === undefined) return;
  kept.sample = sample;
  tell(kept);
};

/** An outage is told of once. */
const announce = (kept: Kept, exit: Exit): void => {
  const line = exitMessage(kept.spec.name, kept.state, exit, kept.context.clock.now());
  if (line !== undefined && !(exit.outage && exit.how === kept.toldOutage)) kept.context.say(line);
  if (exit.outage) kept.toldOutage = exit.how;
};

/** Releases the leases of a process that ended; answers how many there were, 0 when the store does not tell in time. */
const release = async ({ context, state }: Kept, owner: string): Promise<number> => {
  const end = state.phase === 'stopping' ? 'stopped' : 'died';
  const released = context.release(owner, end).catch((error: unknown) => {
    context.say(`leases of ${owner} could not be released: ${String(error)}`);
    return 0;
  });
  return Promise.race([released, delay(RELEASE_PATIENCE, 0, { ref: false })]);
};

const settle = async (kept: Kept, owner: string, how: string): Promise<void> => {
  const { spec, context } = kept;
  const held = await release(kept, owner);
  const exit = { how: kept.outage ?? how, outage: kept.outage !== undefined, held };
  kept.state = afterExit(kept.state, context.clock.now(), exit);
  removeServiceFile(context.dataDir, spec.name);
  if (!kept.closing) announce(kept, exit);
  tell(kept);
  if (kept.state.phase === 'failed') context.failed(spec.name);
  step(kept);
};

const onExit = (kept: Kept, owner: string, how: string): void => {
  kept.child = undefined;
  kept.sample = undefined;
  kept.settled = settle(kept, owner, how);
  kept.onceGone.splice(0).forEach((resolve) => resolve());
};

const hear = (kept: Kept, message: FromService): void => {
  if (message.type === 'refused' && isOutage(message.code)) kept.outage = message.message;
  if (message.type === 'ready') kept.toldOutage = undefined;
  kept.context.message(kept.spec.name, message);
};

const listenerOf = (kept: Kept): ChildListener => ({
  message: (message) => hear(kept, message),
  exit: (how, owner) => onExit(kept, owner, how),
});

const childSpec = ({ spec, context }: Kept): ChildSpec => ({
  ...context,
  service: spec.name,
  module: spec.module,
  nodeOptions: spec.nodeOptions ?? [],
});

/** No later supervisor finds a process without a pid file: where none can be written the service waits, as for a server. */
const register = (kept: Kept, { pid, startTime, owner, mark }: Child, startedAt: number): boolean => {
  const { spec, context } = kept;
  const { restarts, lastExit } = kept.state;
  const begun = { digest: context.digest, restarts, lastExit, requestedAt: kept.requestedAt };
  const identity = { pid, startTime, owner, mark, startedAt, supervised: true, begun };
  const file = { service: spec.name, ...identity, argv: [], environment: {}, folder: process.cwd() };
  try {
    writeServiceFile(context.dataDir, file);
    return true;
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    kept.outage = `'${context.dataDir}' takes no files (${code}): free its disk, or mount it for writing`;
    return false;
  }
};

const begin = (kept: Kept): void => {
  const { context } = kept;
  const startedAt = context.clock.now();
  kept.outage = undefined;
  const child = startChild(childSpec(kept), listenerOf(kept));
  kept.child = child;
  kept.state = afterStart(kept.state, startedAt);
  if (!register(kept, child, startedAt)) child.kill();
  tell(kept);
};

const adopt = (kept: Kept): boolean => {
  const { spec, context } = kept;
  const file = readServiceFile(context.dataDir, spec.name);
  if (!isSurvivor(file, context.digest)) return false;
  kept.child = adoptChild(file, childSpec(kept), listenerOf(kept));
  kept.state = afterAdoption(kept.state, { ...file.begun, startedAt: file.startedAt });
  kept.requestedAt = file.begun.requestedAt;
  context.say(`${spec.name} goes on as process ${file.pid}`);
  return true;
};

const halt = (kept: Kept): void => {
  kept.state = { ...kept.state, phase: 'stopping' };
  kept.child?.stop();
};

const step = (kept: Kept): void => {
  if (kept.closing) return;
  clearTimeout(kept.timer);
  const now = kept.context.clock.now();
  const due = decide(kept.state, now);
  if (due === 'start' && !kept.context.mayStart()) return;
  if (due === 'start') begin(kept);
  if (due === 'stop') halt(kept);
  if (isWaiting(kept.state)) {
    const wait = Math.min(LONGEST_DELAY, Math.max(1, kept.state.restartAt - now));
    kept.timer = setTimeout(() => step(kept), wait);
  }
};

const clear = async (kept: Kept): Promise<void> => {
  const { spec, context } = kept;
  const earlier = readServiceFile(context.dataDir, spec.name);
  if (kept.child !== undefined || earlier?.supervised !== true) return;
  const end = isAlive(earlier) ? 'stopped' : 'died';
  await endService(earlier, context.grace);
  if (earlier.owner !== null) await context.release(earlier.owner, end);
  removeServiceFile(context.dataDir, spec.name);
};

const takeRequest = (kept: Kept, request: DesiredState): void => {
  if (request.at === kept.requestedAt) return;
  kept.requestedAt = request.at;
  kept.state = afterDesiredState(kept.state, request.desired);
  if (request.restart && kept.state.phase === 'running') halt(kept);
  tell(kept);
};

/** A keeper for one service, which keeps one process as it is wanted; nothing runs before the first `step`. */
export const keepService = (spec: ServiceSpec, context: ServiceContext) => {
  const kept: Kept = {
    spec,
    context,
    state: newService,
    requestedAt: 0,
    closing: false,
    settled: Promise.resolve(),
    onceGone: [],
  };
  return {
    name: spec.name,
    /** Takes over the process that an earlier supervisor left, if it may go on; answers whether it did. */
    adopt: () => adopt(kept),
    /** Ends what an earlier supervisor left of this service and was not taken over. */
    clear: () => clear(kept),
    /** Takes what the user wants into account; the same request again changes nothing. */
    request: (desired: DesiredState) => takeRequest(kept, desired),
    /** Starts or stops the process when that is due. */
    step: () => step(kept),
    /** Measures memory and processor time. */
    measure: () => measure(kept),
    /** Stops the process for good. */
    stop: async () => {
      kept.closing = true;
      clearTimeout(kept.timer);
      if (kept.child !== undefined) {
        const gone = new Promise<void>((resolve) => kept.onceGone.push(resolve));
        halt(kept);
        await gone;
      }
      await kept.settled;
    },
    kill: () => {
      kept.closing = true;
      kept.child?.kill();
    },
  };
};
