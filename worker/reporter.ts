import type { Report, WorkerStore } from '../db/store.ts';
import { UOW_STATUS_QUEUE } from '../domain/model/queue-name.ts';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { Queue } from '../mq/queue.ts';
import { shareCommitLog } from '../domain/commit-log.ts';
import { createBatcher } from './batcher.ts';

const MAX_BATCH = 1000;

/** Hands reports to the store and rings the scheduler, many at a time, until both have taken them. */
export interface Reporter {
  /** `answered` is called with the number of reports out of `reports` that got their answer, in one or several calls. */
  add(reports: readonly Report[], answered: (units: number) => void): void;
  /** Resolves when every report was answered and rung. */
  idle(): Promise<void>;
}

export interface ReporterOptions {
  readonly store: Pick<WorkerStore, 'report' | 'capabilities'>;
  readonly queue: Pick<Queue, 'publish' | 'capabilities'>;
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Once aborted, what is left stays unreported. */
  readonly signal: AbortSignal;
}

interface Filed {
  readonly report: Report;
  readonly answered: (units: number) => void;
}

const yes = (): boolean => true;
const no = (): boolean => false;

/**
 * A report is tried until the store answers it: only its answer says for sure whether the lease was lost. One ring
 * follows every report, rejected ones too, since a first try may have been applied without its answer arriving.
 */
export const createReporter = (options: ReporterOptions): Reporter => {
  const { store, queue, owner, clock, logger, signal } = options;
  const ringAlong = shareCommitLog(store, queue);
  const rings = createBatcher<string>({
    what: 'ring the scheduler',
    flush: (ids) => queue.publish(UOW_STATUS_QUEUE, ids),
    maxBatch: MAX_BATCH,
    linger: 0,
    logger,
    signal,
  });
  const reports = createBatcher<Filed>({
    what: 'report to the store',
    flush: async (batch) => {
      const reporting = store.report(
        owner,
        batch.map(({ report }) => report),
        clock.now(),
      );
      const ids = batch.map(({ report }) => report.id);
      const rung = ringAlong ? queue.publish(UOW_STATUS_QUEUE, ids).then(yes, no) : no();
      const answers = await reporting;
      if (!(await rung)) rings.add(ids);
      batch.forEach(({ report, answered }, index) => {
        if (answers[index] === 'rejected')
          logger.warn('a report came too late', { uow: report.id, event: report.event });
        answered(1);
      });
    },
    maxBatch: MAX_BATCH,
    linger: 0,
    logger,
    signal,
  });
  return {
    add: (batch, answered) => reports.add(batch.map((report) => ({ report, answered }))),
    async idle() {
      await reports.idle();
      await rings.idle();
    },
  };
};
