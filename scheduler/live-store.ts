import type { Store, WriteGroup } from '../db/store.ts';
import { EVENTS } from '../domain/event/trigger.ts';
import type { UowRecord } from '../domain/model/record.ts';

/** Executions that a group makes, as they are when it is applied. */
const madeBy = ({ writes }: WriteGroup): UowRecord[] =>
  writes.flatMap((write) => {
    if (write.kind !== 'uow-insert' || write.uow.processName !== EVENTS) return [];
    const end = writes.find((other) => other.kind === 'uow' && other.id === write.uow.id);
    return [end?.kind === 'uow' ? { ...write.uow, ...end.set, state: end.to } : write.uow];
  });

/** The store of a scheduler, through which all executions are made, whatever part of it makes them. */
export const liveStore = (store: Store, onMade: (uow: UowRecord) => void): Store => ({
  ...store,
  commit: async (groups) => {
    const outcomes = await store.commit(groups);
    for (const [i, group] of groups.entries())
      if (outcomes[i] === 'applied') for (const uow of madeBy(group)) onMade(uow);
    return outcomes;
  },
});
