import { boxSpec } from '../../db/collections.ts';
import type { SchedulerContext } from '../context.ts';

/**
 * Forgets services of boxes that said nothing for `boxTtl`, as of containers that are made anew with an id of their own;
 * returns how many. One that a user switched off stays, so that it is off when its box comes back.
 */
export const expireBoxes = async ({
  store,
  clock,
  limits,
}: Pick<SchedulerContext, 'store' | 'clock' | 'limits'>): Promise<number> => {
  const boxes = store.collection(boxSpec);
  const before = clock.now() - limits.boxTtl;
  const gone = (await boxes.list()).filter(
    ({ desired, updatedAt }) => desired === 'on' && updatedAt < before,
  );
  for (const { boxId, unit } of gone) await boxes.remove({ boxId, unit });
  return gone.length;
};
