import type { Store } from '../db/store.ts';
import type { Clock } from '../domain/clock.ts';
import type { UnitTracer } from '../domain/model/unit-trace.ts';

/** The store of a scheduler, through which all units of work are requested. */
export const tracedStore = (store: Store, tracer: UnitTracer, clock: Clock): Store => ({
  ...store,
  commit: async (groups) => {
    const outcomes = await store.commit(groups);
    const now = clock.now();
    for (const [i, { writes }] of groups.entries())
      for (const write of writes)
        if (write.kind === 'uow-insert' && outcomes[i] === 'applied') tracer.request(write.uow, now);
    return outcomes;
  },
});
