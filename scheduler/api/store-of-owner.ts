import { ceilingOf, isWithin } from '../../domain/key-range.ts';
import type { KeyRange } from '../../domain/key-range.ts';
import type { Store } from '../../db/store.ts';
import { EVENTS } from '../../domain/event/trigger.ts';

/** Keys of the event triggers of all owners but one, and of what belongs to them. */
export const eventsOfOthers = (owner: string): readonly KeyRange[] => {
  const [all, own] = [`${EVENTS}:`, `${EVENTS}:${owner}/`];
  return [
    [all, own],
    [ceilingOf(own), ceilingOf(all)],
  ];
};

/**
 * The same store for reads of who may see the executions of one owner alone: others' are not there, nor is what is told of
 * them. All that reads of a request find passes here, so that no list has to think of it.
 */
export const storeOfOwner = (store: Store, owner: string): Store => {
  const except = eventsOfOthers(owner);
  const isOthers = (id: string | undefined): boolean => id !== undefined && isWithin(except, id);
  return {
    ...store,
    uows: (ids) => store.uows(ids.filter((id) => !isOthers(id))),
    findUows: async (filter) => (isOthers(filter.after) ? [] : store.findUows({ ...filter, except })),
    journal: (filter) => store.journal({ ...filter, except }),
    rejectedReports: (limit, filter) => store.rejectedReports(limit, { ...filter, except }),
    log: async (parentId, after, limit) => (isOthers(parentId) ? [] : store.log(parentId, after, limit)),
    countUows: () => store.countUows(except),
    countFailed: () => store.countFailed(except),
  };
};
