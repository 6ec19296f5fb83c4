import type { WorkerStore } from '../../db/store.ts';
import type { Report } from '../../domain/model/report.ts';
import { UOW_STATUS_QUEUE } from '../../domain/model/queue-name.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Logger } from '../../domain/logger.ts';
import type { Queue } from '../../mq/queue.ts';
import { shareCommitLog } from '../../domain/commit-log.ts';
import { createBatcher } from '../../lib/batcher.ts';
import type { WorkerTimings } from '../timings.ts';

const MAX_BATCH = 1000;

/** What follows a report. */
export interface AfterReport {
  /** Rung for the units given back; undefined leaves that to the collector. */
  readonly queue: string | undefined;
  /** Called when the report on a unit was answered. */
  answered(id: string, verdict: 'applied' | 'rejected'): void;
}

export interface ReporterOptions {
  readonly store: Pick<WorkerStore, 'report' | 'capabilities'>;
  readonly queue: Pick<Queue, 'publish' | 'capabilities'>;
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timings: Pick<WorkerTimings, 'gather'>;
  /** Once aborted, what is left stays unreported. */
  readonly signal: AbortSignal;
}

interface Filed {
  readonly report: Report;
  readonly then: AfterReport;
}

interface Ring {
  readonly queue: string;
  readonly id: string;
}

/** Workers, for the units that are to be claimed again. */
const ringsAgain = (batch: readonly Filed[]): Ring[] =>
  batch.flatMap(({ report: { event, id }, then: { queue } }) =>
    event === 'repost' && queue !== undefined ? [{ queue, id }] : [],
  );

const publishAll = async (queue: ReporterOptions['queue'], rings: readonly Ring[]): Promise<void> => {
  for (const name of new Set(rings.map((ring) => ring.queue))) {
    const ids = rings.filter((ring) => ring.queue === name).map(({ id }) => id);
    await queue.publish(name, ids);
  }
};

const yes = (): boolean => true;
const no = (): boolean => false;

/**
 * Hands reports to the store and rings the scheduler, many at a time, until both have taken them. A report is tried until the store answers it: only its answer says for sure whether the lease was lost. One ring
 * follows every report, rejected ones too, since a first try may have been applied without its answer arriving.
 */
export const createReporter = (options: ReporterOptions) => {
  const { store, queue, owner, clock, logger, timings, signal } = options;
  const ringAlong = shareCommitLog(store, queue);
  const rings = createBatcher<Ring>({
    what: 'ring the scheduler',
    flush: (batch) => publishAll(queue, batch),
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
      if (!(await rung)) rings.add(ids.map((id) => ({ queue: UOW_STATUS_QUEUE, id })));
      rings.add(ringsAgain(batch));
      batch.forEach(({ report, then }, index) => {
        if (answers[index] === 'rejected')
          logger.warn('a report came too late', { uow: report.id, event: report.event });
        then.answered(report.id, answers[index] ?? 'rejected');
      });
    },
    maxBatch: MAX_BATCH,
    linger: timings.gather,
    logger,
    signal,
  });
  return {
    add: (batch: readonly Report[], then: AfterReport): void =>
      reports.add(batch.map((report) => ({ report, then }))),
    /** Resolves when every report was answered and rung, or when store or queue took nothing for `patience` milliseconds. */
    drain: async (patience: number): Promise<void> => {
      await reports.drain(patience);
      await rings.drain(patience);
    },
  };
};

export type Reporter = ReturnType<typeof createReporter>;
