import type { Report, WorkerStore } from '../../db/store.ts';
import type { Logger } from '../../domain/logger.ts';
import { givenBack, uncounted } from '../../domain/model/given-back.ts';
import type { ProcessEntry } from '../../domain/model/process.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import type { HeldUows } from './held-uows.ts';
import type { Reporter } from '../reports/reporter.ts';

export interface OrphanTools {
  readonly store: Pick<WorkerStore, 'uows'>;
  readonly owner: string;
  readonly processes: readonly ProcessEntry[];
  readonly holdings: HeldUows;
  readonly reporter: Reporter;
  readonly logger: Logger;
}

/** Gives a unit back: no fault of its own, and an attempt that does not count. */
export const giveBackReport = (uow: UowRecord, because: string): Report => ({
  id: uow.id,
  attempt: uow.attempt,
  token: uow.token ?? '',
  event: 'repost',
  processed: 0,
  aggregated: 0,
  error: because,
  retryAt: null,
  crashes: uow.crashes,
  released: uncounted(uow),
});

/**
 * Takes the ids that a renewal lists, and gives those units back that this host holds without knowing: nobody would
 * ever run them, since their lease is renewed with the others.
 */
export const createOrphanReturn = (tools: OrphanTools): ((listed: readonly string[]) => Promise<void>) => {
  const { store, owner, holdings, reporter, logger } = tools;
  const queues = new Map(
    tools.processes.flatMap((entry) => (entry.kind === 'daemon' ? [] : [[entry.name, workQueue(entry)]])),
  );
  const giveBack = (uow: UowRecord): void => {
    const queue = queues.get(uow.processName);
    reporter.add([giveBackReport(uow, givenBack)], { queue, answered: (id) => holdings.forget([id]) });
  };
  return async (listed) => {
    const ids = holdings.orphans(listed);
    if (ids.length === 0) return;
    holdings.expect(ids);
    try {
      const uows = await store.uows(ids);
      const held = uows.filter(({ state, lease }) => state === 'IN_PROGRESS' && lease?.owner === owner);
      const returned = new Set(held.map(({ id }) => id));
      holdings.forget(ids.filter((id) => !returned.has(id)));
      logger.warn('units are given back whose claim was never answered', { units: held.length });
      held.forEach(giveBack);
    } catch (error) {
      holdings.doubt(ids);
      logger.warn('cannot look at units whose claim was never answered', { error: String(error) });
    }
  };
};
