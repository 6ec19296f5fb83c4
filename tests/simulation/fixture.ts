import { setImmediate } from 'node:timers/promises';
import type { StoreFixture } from '../db/store-contract.ts';
import type { QueueFixture } from '../mq/queue-contract.ts';
import { createQueueServer } from '../../simulation/queue/memory.ts';
import { connectQueue } from '../../simulation/queue/queue.ts';
import { createRandom } from '../../simulation/random.ts';
import { createStoreServer } from '../../simulation/store/server.ts';
import { createMemory } from '../../simulation/store/memory.ts';
import { connectStore } from '../../simulation/store/store.ts';
import type { Carry } from '../../simulation/store/store.ts';
import type { Store } from '../../db/store.ts';

const clock = { now: () => Date.now() };

// Between the caller and the server lies nothing but a turn of the event loop, in which others have theirs.
const carry: Carry = async (_, call) => {
  await setImmediate();
  return call();
};

export const openStoreFixture = (atomicGroups: boolean): Promise<StoreFixture> => {
  const memory = createMemory();
  const server = createStoreServer({ memory, clock, random: createRandom(1), atomicGroups });
  let holders = 0;
  const connect = (): Promise<Store> =>
    Promise.resolve(
      connectStore(server, carry, (name) => {
        const holder = String(++holders);
        const isTaken = server.lock(name, holder, Infinity);
        const release = (): Promise<void> => Promise.resolve(server.unlock(name, holder));
        return Promise.resolve(isTaken ? { release } : undefined);
      }),
    );
  return connect().then((store) => ({ store, connect, dispose: () => Promise.resolve() }));
};

export const openQueueFixture = (): Promise<QueueFixture> => {
  const server = createQueueServer({ clock, after: (ms, run) => void setTimeout(run, ms) });
  const connect = () =>
    Promise.resolve(
      connectQueue(server, {
        carry,
        waitFor: (_, call, signal) =>
          new Promise((resolve) => {
            const giveUp = call(resolve);
            signal.addEventListener('abort', () => giveUp());
          }),
      }),
    );
  return connect().then((queue) => ({ queue, connect, dispose: () => Promise.resolve() }));
};
