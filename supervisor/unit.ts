import type { Clock } from '../domain/clock.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { Json } from '../domain/model/process.ts';
import type { BoxRecord } from '../domain/model/record.ts';
import { UNIT_MARK, killLeftovers } from '../os/leftover.ts';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import { afterExit, afterStart, afterWish, decide, newUnit } from './decide.ts';
import type { UnitState } from './decide.ts';
import type { FromUnit, Wish } from './message.ts';
import { isAlive, usageOf } from '../os/process-stat.ts';
import type { ProcessIdentity } from '../os/process-stat.ts';
import { readUnitFile, removeUnitFile, writeUnitFile } from './unit-file.ts';

/** How often the end of a process of an earlier supervisor is looked for, ms. */
const POLL = 50;

/** One process to keep running. */
export interface UnitSpec {
  readonly name: string;
  /** Module to fork. */
  readonly module: URL;
}

export interface UnitContext {
  readonly boxId: string;
  readonly dataDir: string;
  /** Handed to the process when it begins. */
  readonly brief: Json;
  /** Time from SIGTERM to SIGKILL, ms. */
  readonly grace: number;
  readonly clock: Clock;
  /** Whether processes may be started now; when not, `step` is called again once they may. */
  mayStart(): boolean;
  /** Makes the units of work of a process that is gone move again. */
  release(owner: string): Promise<void>;
  /** What the process says. */
  message(unit: string, message: FromUnit): void;
  /** The unit changed, or was measured anew. */
  changed(record: BoxRecord): void;
  /** The unit failed too often and stays down. */
  failed(unit: string): void;
  /** One line for people. */
  say(line: string): void;
}

/** Keeps one process as it is wanted. */
export interface UnitKeeper {
  readonly name: string;
  /** Ends what an earlier supervisor left of this unit. */
  clear(): Promise<void>;
  /** Takes a wish into account; the same one again changes nothing. */
  wish(wish: Wish): void;
  /** Starts or stops the process when that is due. */
  step(): void;
  /** Measures memory and processor time. */
  measure(): void;
  /** Stops the process for good. */
  stop(): Promise<void>;
  kill(): void;
}

interface Sample {
  readonly at: number;
  readonly cpuMs: number;
  readonly rssBytes: number | null;
  /** Since the sample before; null for the first. */
  readonly cpuPercent: number | null;
}

interface Kept {
  readonly spec: UnitSpec;
  readonly context: UnitContext;
  state: UnitState;
  child: Child | undefined;
  sample: Sample | undefined;
  wishedAt: number;
  closing: boolean;
  /** What the process said of a server that is away, when it could not begin without it. */
  outage: string | undefined;
  /** The outage that people were told of and that is not over. */
  toldOutage: string | undefined;
  /** Wakes up when the back-off ends. */
  timer: NodeJS.Timeout | undefined;
  /** Settled when the leases of the last process that ended are released. */
  released: Promise<void>;
  /** Resolves what waits for the end of the process. */
  onceGone: (() => void)[];
}

const actual = {
  stopped: 'stopped',
  running: 'running',
  stopping: 'running',
  'backing-off': 'backing-off',
  failed: 'failed',
} as const;

const tell = ({ spec, context, state, child, sample }: Kept): void =>
  context.changed({
    boxId: context.boxId,
    unit: spec.name,
    desired: state.desired,
    actual: actual[state.phase],
    pid: child?.pid ?? null,
    startedAt: child === undefined ? null : state.startedAt,
    restarts: state.restarts,
    lastExit: state.lastExit,
    rssBytes: sample?.rssBytes ?? null,
    cpuPercent: sample?.cpuPercent ?? null,
    updatedAt: context.clock.now(),
  });

const measure = (kept: Kept): void => {
  const usage = kept.child === undefined ? undefined : usageOf(kept.child.pid);
  if (usage === undefined) return;
  const at = kept.context.clock.now();
  const before = kept.sample;
  const cpuPercent =
    before === undefined ? null : ((usage.cpuMs - before.cpuMs) / Math.max(1, at - before.at)) * 100;
  kept.sample = { at, ...usage, cpuPercent };
  tell(kept);
};

const announce = (kept: Kept, how: string): void => {
  const { spec, context, state, outage } = kept;
  if (outage !== undefined) {
    if (outage !== kept.toldOutage) context.say(`${spec.name} waits: ${outage}`);
    kept.toldOutage = outage;
  } else if (state.phase === 'failed') {
    context.say(
      `${spec.name} failed ${state.failures.length} times within a minute (${how}) and stays down; see its log, then: synergy super start ${spec.name}`,
    );
  } else if (state.phase === 'backing-off') {
    const wait = state.restartAt - context.clock.now();
    context.say(
      `${spec.name} ended (${how}); it is started again ${wait <= 0 ? 'at once' : `in ${Math.ceil(wait / 1000)} s`}`,
    );
  }
};

const onExit = (kept: Kept, owner: string, how: string): void => {
  const { spec, context } = kept;
  const { outage } = kept;
  const end = { how: outage ?? how, outage: outage !== undefined };
  kept.state = afterExit(kept.state, context.clock.now(), end);
  kept.child = undefined;
  kept.sample = undefined;
  removeUnitFile(context.dataDir, spec.name);
  kept.released = context
    .release(owner)
    .catch((error: unknown) => context.say(`leases of ${owner} could not be released: ${String(error)}`));
  kept.onceGone.splice(0).forEach((resolve) => resolve());
  if (!kept.closing) announce(kept, how);
  tell(kept);
  if (kept.state.phase === 'failed') context.failed(spec.name);
  step(kept);
};

const isOutage = (code: ErrorCode): boolean => code === 'STORE_UNREACHABLE' || code === 'QUEUE_UNREACHABLE';

const hear = (kept: Kept, message: FromUnit): void => {
  if (message.type === 'refused' && isOutage(message.code)) kept.outage = message.message;
  if (message.type === 'ready') kept.toldOutage = undefined;
  kept.context.message(kept.spec.name, message);
};

const begin = (kept: Kept): void => {
  const { spec, context } = kept;
  const startedAt = context.clock.now();
  kept.outage = undefined;
  const child = startChild(
    {
      boxId: context.boxId,
      unit: spec.name,
      module: spec.module,
      brief: context.brief,
      grace: context.grace,
    },
    {
      message: (message) => hear(kept, message),
      exit: (how) => onExit(kept, child.owner, how),
    },
  );
  kept.child = child;
  kept.state = afterStart(kept.state, startedAt);
  const { pid, startTime, owner, mark } = child;
  writeUnitFile(context.dataDir, {
    unit: spec.name,
    pid,
    startTime,
    owner,
    mark,
    startedAt,
    supervised: true,
    argv: [],
    environment: {},
    folder: process.cwd(),
  });
  tell(kept);
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
  if (kept.state.phase === 'backing-off') {
    kept.timer = setTimeout(() => step(kept), Math.max(1, kept.state.restartAt - now));
  }
};

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const isGoneWithin = async (identity: ProcessIdentity, limit: number): Promise<boolean> => {
  const deadline = performance.now() + limit;
  while (isAlive(identity) && performance.now() < deadline) await delay(POLL);
  return !isAlive(identity);
};

/** A process whose supervisor died ends by itself; the rest of what it left is killed. */
const clear = async ({ spec, context }: Kept): Promise<void> => {
  const earlier = readUnitFile(context.dataDir, spec.name);
  if (earlier?.supervised !== true) return;
  if (!(await isGoneWithin(earlier, context.grace))) {
    process.kill(-earlier.pid, 'SIGKILL');
    await isGoneWithin(earlier, context.grace);
  }
  if (earlier.mark !== null) killLeftovers(UNIT_MARK, [earlier.mark]);
  if (earlier.owner !== null) await context.release(earlier.owner);
  removeUnitFile(context.dataDir, spec.name);
};

const heed = (kept: Kept, wish: Wish): void => {
  if (wish.at === kept.wishedAt) return;
  kept.wishedAt = wish.at;
  kept.state = afterWish(kept.state, wish.desired);
  if (wish.restart && kept.state.phase === 'running') halt(kept);
  tell(kept);
};

/** A keeper for one unit; nothing runs before the first `step`. */
export const keepUnit = (spec: UnitSpec, context: UnitContext): UnitKeeper => {
  const kept: Kept = {
    spec,
    context,
    state: newUnit,
    child: undefined,
    sample: undefined,
    wishedAt: 0,
    closing: false,
    outage: undefined,
    toldOutage: undefined,
    timer: undefined,
    released: Promise.resolve(),
    onceGone: [],
  };
  return {
    name: spec.name,
    clear: () => clear(kept),
    wish: (wish) => heed(kept, wish),
    step: () => step(kept),
    measure: () => measure(kept),
    stop: async () => {
      kept.closing = true;
      clearTimeout(kept.timer);
      if (kept.child === undefined) return;
      const gone = new Promise<void>((resolve) => kept.onceGone.push(resolve));
      halt(kept);
      await gone;
      await kept.released;
    },
    kill: () => {
      kept.closing = true;
      kept.child?.kill();
    },
  };
};
