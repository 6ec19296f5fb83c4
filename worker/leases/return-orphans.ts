import type { WorkerStore } from '../../db/store.ts';
import type { Logger } from '../../domain/logger.ts';
import { givenBack } from '../../domain/model/given-back.ts';
import type { ProcessEntry } from '../../domain/model/process.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { giveBack } from '../../domain/strategy/end-of-run.ts';
import type { HeldUows } from './held-uows.ts';
import type { Reporter } from '../reports/reporter.ts';

export interface OrphanTools {
  readonly store: Pick<WorkerStore, 'uows'>;
  readonly owner: string;
  readonly processes: readonly ProcessEntry[];
  readonly held: HeldUows;
  readonly reporter: Reporter;
  readonly logger: Logger;
}

/** Gives the orphans back among the units that a renewal lists: nothing would ever run them, since their lease is renewed with the others. */
export const createOrphanReturn = (tools: OrphanTools): ((orphans: readonly string[]) => Promise<void>) => {
  const { store, owner, held, reporter, logger } = tools;
  const queues = new Map(
    tools.processes.flatMap((entry) => (entry.kind === 'daemon' ? [] : [[entry.name, workQueue(entry)]])),
  );
  const isHeld = ({ state, lease }: UowRecord): boolean => state === 'IN_PROGRESS' && lease?.owner === owner;
  const answered = (id: string): void => held.answered(id);
  return async (ids) => {
    if (ids.length === 0) return;
    try {
      const { units } = await held.hold(ids, async () => (await store.uows(ids)).filter(isHeld));
      logger.warn('units are given back whose claim was never answered', { units: units.length });
      for (const uow of units)
        reporter.add([giveBack(uow, givenBack)], { queue: queues.get(uow.processName), answered });
    } catch (error) {
      logger.warn('cannot look at units whose claim was never answered', { error: String(error) });
    }
  };
};
