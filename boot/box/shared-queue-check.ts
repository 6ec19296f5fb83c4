import { SynergyError } from '../../domain/errors.ts';
import { boxSpec, getFact, putFact } from '../../db/collections.ts';
import type { Adapters } from '../adapters.ts';

/** A box that was not heard of for so long is taken for gone, ms. */
const SILENCE = 60_000;

type BoxAdapters = Pick<Adapters, 'store' | 'queue' | 'settings' | 'clock'>;

const fact = (boxId: string): string => `queue/${boxId}`;
export const isSharedQueueFact = (name: string): boolean => name.startsWith('queue/');

/** Other boxes whose supervisors work on this store now. */
const otherBoxes = async ({ store, settings, clock }: BoxAdapters): Promise<string[]> => {
  const now = clock.now();
  const others = (await store.collection(boxSpec).list()).filter(
    ({ boxId, actual, updatedAt }) =>
      boxId !== settings.boxId && actual === 'running' && now - updatedAt < SILENCE,
  );
  return [...new Set(others.map(({ boxId }) => boxId))];
};

/**
 * Boxes that share a store have to share a queue as well: a ring on one of them would never be heard on the others.
 * Returns the other boxes. Throws `INVALID_SETTING` where this box, or one beside it, rings in its own folder.
 */
export const checkSharedQueue = async (adapters: BoxAdapters): Promise<readonly string[]> => {
  const { store, queue, settings } = adapters;
  if (!store.capabilities.shared) return [];
  const others = await otherBoxes(adapters);
  for (const boxId of others) {
    const deaf = queue.capabilities.shared ? boxId : settings.boxId;
    if (queue.capabilities.shared && (await getFact(store, fact(boxId))) !== false) continue;
    throw new SynergyError(
      'INVALID_SETTING',
      `setting 'queue': box '${boxId}' works on this store too, but the embedded queue of box '${deaf}' rings on that box only: expected one queue for all boxes, such as amqp://host/vhost, set on each of them`,
    );
  }
  return others;
};

/** Notes for boxes to come whether the queue of this one can be reached from them. */
export const recordSharedQueue = async ({ store, queue, settings }: BoxAdapters): Promise<void> => {
  if (store.capabilities.shared) await putFact(store, fact(settings.boxId), queue.capabilities.shared);
};
