import { SynergyError } from '../domain/errors.ts';
import type { Lock, Store, WriteGroup } from '../db/store.ts';
import type { Queue } from '../mq/queue.ts';
import type { Fault, FaultKind, Faults } from './faults.ts';
import { connectQueue } from './queue/queue.ts';
import type { QueueServer, ServerConsumer } from './queue/memory.ts';
import type { Random } from './random.ts';
import type { StoreServer } from './store/server.ts';
import { connectStore } from './store/store.ts';
import type { Carry } from './store/store.ts';
import type { Life, World } from './world.ts';

/** How store and queue behave; all of it is to be found in one of the adapters. */
export interface Manner {
  /** Groups of writes are one step. */
  readonly atomicGroups: boolean;
  /** Store and queue write to one log. */
  readonly oneLog: boolean;
  /** A lock ends with its process; otherwise when it was not renewed for the term. */
  readonly lockEndsAtOnce: boolean;
  /** What a dead consumer had in hand is handed out again at once; otherwise after the visibility time-out. */
  readonly queueSeesDeath: boolean;
  /** The longest that a way to a server takes, ms. */
  readonly farthest: number;
}

/** What lies between the processes and their servers. */
export interface Network {
  readonly world: World;
  /** For what is neither a fault nor of a process: how long ways take. */
  readonly random: Random;
  readonly faults: Faults;
  readonly manner: Manner;
  readonly store: StoreServer;
  readonly queue: QueueServer;
  /** Whether a server takes no calls now. */
  readonly isAway: (server: 'store' | 'queue') => boolean;
  readonly crash: (life: Life) => void;
  /** A process stands still for so many ms. */
  readonly stall: (life: Life, length: number) => void;
  /** Told of every answer that a process got. */
  readonly onAnswer: (what: string, parameters: readonly unknown[], answer: unknown) => void;
}

/** A process's connections. */
export interface Connections {
  readonly store: Store;
  readonly queue: Queue;
  /** Breaks them, as the end of the process does. */
  readonly cut: () => void;
}

/** The shortest that a way to a server takes, ms. */
const NEAR = 0.05;
/** After so long a client gives up waiting for an answer, ms. */
const TIMEOUT = 5_000;
/** How long a lock lasts without being renewed, ms. */
export const LOCK_TERM = 15_000;

type Server = 'store' | 'queue';
const serverOf = (what: string): Server => (what.startsWith('queue.') ? 'queue' : 'store');

const errorOf = (server: Server, text: string): SynergyError =>
  new SynergyError(server === 'store' ? 'STORE_UNREACHABLE' : 'QUEUE_UNREACHABLE', text);

/** What stands in the trace of a call. */
const textOf = (parameters: readonly unknown[]): string =>
  JSON.stringify(parameters, (key, value: unknown) => (key === 'receipt' ? undefined : value));

interface Call {
  readonly what: string;
  readonly server: Server;
  readonly parameters: readonly unknown[];
  readonly call: () => unknown;
  readonly fault: Fault | undefined;
  readonly answer: (settle: () => void, delay: number, text: () => string) => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The ways of one process; `way` draws how long the next one takes. */
const createWays = ({ world, random, manner, faults }: Network, life: Life) => {
  let arrived = 0;
  const way = (): number => random.between(NEAR, manner.farthest);
  return {
    way,
    /** To a server: where both write to one log, what is sent later arrives later. */
    there: (): number => {
      const now = world.clock.now();
      const at = Math.max(now + way(), manner.oneLog ? arrived + NEAR : 0);
      arrived = at;
      return at - now;
    },
    back: (label: string, settle: () => void, delay = way(), detail?: () => string): void => {
      world.after(delay, { life, label, detail, run: settle });
    },
    fault: (what: string): Fault | undefined => {
      const isTearable = what === 'store.commit' && !manner.atomicGroups;
      const unless = (kind: FaultKind): boolean => kind === 'torn' && !isTearable;
      return faults.draw('call', `${life.name} ${what}`, unless);
    },
  };
};

/** Sends an answer back that is one. */
const settle = ({ onAnswer }: Network, { answer, resolve, what, parameters }: Call, value: unknown): void =>
  answer(
    () => {
      onAnswer(what, parameters, value);
      resolve(value);
    },
    0,
    () => textOf([value]),
  );

/** The server does all of it, and the answer does not tell. */
const isBrokenOff = (fault: Fault | undefined): boolean =>
  fault !== undefined && ['failed', 'answer-lost', 'crash-after'].includes(fault.kind);

/** Executes a call at its server and sends the answer back. */
const createServe = (network: Network, life: Life) => {
  const { world, store, manner, crash } = network;
  /** Without transactions a group is two steps, and its process may be gone before the second. */
  const commit = (call: Call): void => {
    const { outcomes, finish } = store.begin(call.parameters[0] as readonly WriteGroup[]);
    if (call.fault?.kind === 'torn') return crash(life);
    const run = (): void => {
      finish();
      settle(network, call, outcomes);
    };
    world.after(network.random.between(NEAR, manner.farthest), {
      life,
      label: 'store.commit, the rest',
      run,
    });
  };
  return (call: Call): void => {
    const { what, server, fault, answer, reject } = call;
    const fail = (text: string, delay = 0): void =>
      answer(
        () => reject(errorOf(server, text)),
        delay,
        () => text,
      );
    if (network.isAway(server) || fault?.kind === 'refused') return fail(`the ${server} is away`);
    if (fault?.kind === 'call-lost') return fail(`no answer from the ${server} in time`, TIMEOUT);
    try {
      const isTwoSteps = what === 'store.commit' && !manner.atomicGroups;
      if (isTwoSteps && !isBrokenOff(fault)) return commit(call);
      const value = call.call();
      if (fault?.kind === 'crash-after') return crash(life);
      if (fault?.kind === 'failed') return fail(`the ${server} broke off`);
      if (fault?.kind === 'answer-lost') return fail(`no answer from the ${server} in time`, TIMEOUT);
      settle(network, call, value);
    } catch (error) {
      answer(
        () => reject(error),
        0,
        () => String(error),
      );
    }
  };
};

const createCarry = (network: Network, life: Life): Carry => {
  const { world, crash } = network;
  const ways = createWays(network, life);
  const serve = createServe(network, life);
  return <T>(what: string, call: () => T, parameters: readonly unknown[]): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      // What dead processes leave running until the step is over has no effect.
      if (!life.alive) return;
      const fault = ways.fault(what);
      if (fault?.kind === 'crash-before') return crash(life);
      if (fault?.kind === 'stall') network.stall(life, fault.amount);
      const delay = ways.there() + (fault?.kind === 'slow' ? fault.amount : 0);
      const answer: Call['answer'] = (settle, wait, text) =>
        ways.back(`${what} answered`, settle, wait + ways.way(), text);
      const request = {
        what,
        server: serverOf(what),
        parameters,
        call,
        fault,
        answer,
        resolve: resolve as (value: unknown) => void,
        reject,
      };
      world.after(delay, {
        label: what,
        detail: () =>
          `of ${life.name} ${textOf(parameters)}${fault === undefined ? '' : ` FAULT ${fault.kind}`}`,
        run: () => serve(request),
      });
    });
};

/** Long calls: they wait at the server. */
const createWaitFor = (network: Network, life: Life) => {
  const { world, crash } = network;
  const ways = createWays(network, life);
  return <T>(
    what: string,
    call: (answer: (value: T) => void) => () => void,
    signal: AbortSignal,
  ): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      if (!life.alive) return;
      const fault = ways.fault(what);
      if (fault?.kind === 'crash-before') return crash(life);
      let giveUp: (() => void) | undefined;
      let answered = false;
      const answer = (value: T | undefined): void => {
        if (answered) return;
        answered = true;
        if (fault?.kind === 'crash-after') return crash(life);
        const settle = (): void =>
          fault?.kind === 'answer-lost' ? reject(errorOf('queue', 'the connection broke')) : resolve(value);
        ways.back(`${what} answered`, settle, ways.way(), () => textOf([value]));
      };
      signal.addEventListener('abort', () => (giveUp ?? answer)(undefined));
      const arrive = (): void => {
        if (signal.aborted || !life.alive) return answer(undefined);
        if (network.isAway('queue') || fault?.kind === 'refused')
          return ways.back(`${what} answered`, () => reject(errorOf('queue', 'the queue is away')));
        giveUp = call(answer);
      };
      world.after(ways.there(), { label: what, run: arrive });
    });
};

/** A lock that has to be renewed, as one on a server has. */
const keepLock = (network: Network, carry: Carry, name: string, life: Life): Lock => {
  const { world, store } = network;
  const lost = new AbortController();
  let deadline = world.clock.now() + LOCK_TERM;
  let released = false;
  const isOver = (): boolean => released || lost.signal.aborted;
  const look = (): void => {
    if (isOver()) return;
    if (world.clock.now() >= deadline) return lost.abort();
    const asked = world.clock.now();
    const renew = (): boolean => store.lock(name, life.name, world.clock.now() + LOCK_TERM);
    void carry('store.lock', renew, [name]).then(
      (held) => {
        if (!held) lost.abort();
        else deadline = asked + LOCK_TERM;
      },
      () => undefined,
    );
    world.after(LOCK_TERM / 3, { life, label: 'lock', run: look });
  };
  world.after(LOCK_TERM / 3, { life, label: 'lock', run: look });
  return {
    lost: lost.signal,
    release: async () => {
      released = true;
      await carry('store.unlock', () => store.unlock(name, life.name), [name]);
    },
  };
};

/** Connects a process for the length of its life. */
export const connect = (network: Network, life: Life): Connections => {
  const { world, store, manner } = network;
  const carry = createCarry(network, life);
  const consumers: ServerConsumer[] = [];
  const tryLock = async (name: string): Promise<Lock | undefined> => {
    const term = manner.lockEndsAtOnce ? Infinity : LOCK_TERM;
    const take = (): boolean => store.lock(name, life.name, world.clock.now() + term);
    if (!(await carry('store.tryLock', take, [name]))) return undefined;
    if (!manner.lockEndsAtOnce) return keepLock(network, carry, name, life);
    return { release: () => carry('store.unlock', () => store.unlock(name, life.name), [name]) };
  };
  return {
    store: connectStore(store, carry, tryLock),
    queue: connectQueue(network.queue, {
      carry,
      waitFor: createWaitFor(network, life),
      onConsumer: (consumer) => consumers.push(consumer),
      commitLog: store.capabilities.commitLog,
    }),
    cut: () => {
      for (const consumer of consumers) consumer.close(manner.queueSeesDeath ? 'lost' : undefined);
      if (manner.lockEndsAtOnce) store.unlock('scheduler', life.name);
    },
  };
};
