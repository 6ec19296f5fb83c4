import type { WorkerHostOptions } from '../worker/worker-host.ts';
import type { Cluster } from './cluster.ts';
import { createFaults, drawRates } from './faults.ts';
import type { Fault, Faults } from './faults.ts';
import type { Manner, Network } from './network.ts';
import { createFaultyQueue } from './queue/faulty.ts';
import { createQueueServer } from './queue/memory.ts';
import type { QueueServer } from './queue/memory.ts';
import type { Random } from './random.ts';
import { createStoreServer } from './store/server.ts';
import type { StoreServer } from './store/server.ts';
import { createMemory } from './store/memory.ts';
import type { Memory } from './store/memory.ts';
import { watchTriggers } from './trigger-oracle.ts';
import type { TriggerHistory } from './trigger-oracle.ts';
import type { World } from './world.ts';

/** A bug planted on purpose in what the processes stand on, or in themselves, to see that it is found. */
export interface Mutation {
  readonly store?: (server: StoreServer, memory: Memory) => StoreServer;
  readonly queue?: (server: QueueServer) => QueueServer;
  readonly network?: (network: Network) => Network;
  /** Of every worker host, instead of what it would have. */
  readonly worker?: Partial<WorkerHostOptions>;
  /** Changes code for the time of a run; what it returns undoes that. */
  readonly patch?: () => () => void;
}

export interface ServerOptions extends Pick<Network, 'world' | 'crash' | 'stall' | 'onAnswer'> {
  readonly random: Random;
  readonly plan: readonly Fault[] | undefined;
  readonly mutation: Mutation;
}

/** Store and queue of a run, the ways to them, and what goes wrong with all of it. */
export interface Servers {
  readonly network: Network;
  readonly memory: Memory;
  readonly triggers: TriggerHistory;
  readonly faults: Faults;
  /** From now on, something happens to the processes and servers every now and then. */
  disturb(cluster: Cluster): void;
  /** From now on nothing goes wrong, and everybody answers. */
  heal(): void;
}

/** Between two looks at processes and servers, on average, ms. */
const CHAOS = 20_000;

/** Either everything in one file on one machine, or servers of their own. */
const drawManner = (random: Random): Manner => {
  const embedded = random.chance(0.5);
  return {
    atomicGroups: embedded,
    oneLog: embedded,
    lockEndsAtOnce: embedded,
    queueSeesDeath: !embedded && random.chance(0.7),
    farthest: 10 ** random.between(0, embedded ? 1.5 : 2.2),
  };
};

interface BackendOptions extends Pick<ServerOptions, 'mutation' | 'random'> {
  readonly world: World;
  readonly manner: Manner;
  readonly memory: Memory;
  readonly faults: Faults;
}

const createBackends = ({ world, manner, memory, faults, mutation, random }: BackendOptions) => {
  const store = createStoreServer({
    ...{ memory, clock: world.clock, random: random.fork('tokens'), atomicGroups: manner.atomicGroups },
    commitLog: manner.oneLog ? 'memory' : null,
  });
  const after = (ms: number, run: () => void): void => void world.after(ms, { label: 'queue', run });
  const queue = createQueueServer({ clock: world.clock, after });
  const { store: watched, history } = watchTriggers(mutation.store?.(store, memory) ?? store, world.clock);
  return {
    store: watched,
    triggers: history,
    queue: createFaultyQueue(mutation.queue?.(queue) ?? queue, { faults, world }),
  };
};

export const createServers = (options: ServerOptions): Servers => {
  const { world, random, plan, mutation, crash, stall, onAnswer } = options;
  const memory = createMemory();
  const manner = drawManner(random.fork('manner'));
  const faults = createFaults(random.fork('faults'), drawRates(random.fork('rates')), plan);
  const away = { store: 0, queue: 0 };
  const isAway: Network['isAway'] = (server) => away[server] > world.clock.now();
  const { triggers, ...backends } = createBackends({ world, manner, memory, faults, mutation, random });
  const ways = random.fork('ways');
  const network: Network = {
    ...{ world, random: ways, faults, manner, ...backends },
    isAway,
    crash,
    stall,
    onAnswer,
  };
  const chaos = random.fork('chaos');
  const disturb = (cluster: Cluster): void => {
    const look = (): void => {
      for (const name of cluster.names) {
        const fault = faults.draw('process', name);
        if (fault !== undefined) cluster.suffer({ ...fault, where: name });
      }
      const fault = faults.draw('server', '');
      if (fault?.kind === 'store-away') away.store = world.clock.now() + fault.amount;
      if (fault?.kind === 'queue-away') away.queue = world.clock.now() + fault.amount;
      disturb(cluster);
    };
    world.after(chaos.between(0, 2 * CHAOS), { label: 'chaos', run: look });
  };
  return {
    network: mutation.network?.(network) ?? network,
    memory,
    triggers,
    faults,
    disturb,
    heal: () => {
      faults.stop();
      Object.assign(away, { store: 0, queue: 0 });
    },
  };
};
