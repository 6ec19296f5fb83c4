import { standstills, workerGap } from '../../domain/model/worker-gap.ts';
import { boxSpec } from '../../db/collections.ts';
import type { BoxStore } from '../../db/collections.ts';
import type { Standstill } from '../../domain/model/worker-gap.ts';
import type { ProcessContext } from '../../domain/model/process.ts';
import type { Store } from '../../db/store.ts';

/** What stays down until a person starts it; `now` is real time, ms. */
export const readStandstills = async (
  { processes }: ProcessContext,
  store: BoxStore & Pick<Store, 'findUows'>,
  now: number,
): Promise<Standstill[]> => {
  const boxes = await store.collection(boxSpec).list();
  const needing = new Set<string>();
  for (const process of processes) {
    if (workerGap(process, boxes, now) === undefined) continue;
    const [waiting] = await store.findUows({
      processName: process.name,
      states: ['REQUESTED'],
      limit: 1,
    });
    if (waiting !== undefined) needing.add(process.name);
  }
  return standstills(processes, boxes, { now, needing });
};
