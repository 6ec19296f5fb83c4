import type { Document } from 'mongodb';
import { latestEpochIn } from '../../transfer.ts';
import type { StateRows, StateTransfer, OwnTable } from '../../transfer.ts';
import type { MongoConnection } from '../connection.ts';
import { toTransition, toTransitionDoc, TRANSITION } from '../journal.ts';
import type { TransitionDoc } from '../journal.ts';
import { LOG_RECORD } from '../logs.ts';
import type { LogDoc } from '../logs.ts';
import { embryo, toJob, toUow, toUowDoc } from '../records.ts';
import type { JobDoc, UowDoc } from '../records.ts';
import type { JournalSequence } from '../commit/journal-sequence.ts';
import { WATERMARK } from '../source.ts';
import type { WatermarkDoc } from '../source.ts';
import { sinkTable } from './sink.ts';
import { sourceTable } from './source.ts';
import { collectionTable } from './table.ts';
import type { TransferSpec, TransferTable } from './table.ts';
import { without } from '../without.ts';
import { REJECTED_REPORT, toRejected } from '../claims.ts';
import type { RejectedDoc } from '../claims.ts';

type Tables = { readonly [T in OwnTable]: TransferTable<StateRows[T]> };

/** Moves all of the state in and out. */
export const createTransfer = (
  connection: MongoConnection,
  sequence: JournalSequence,
): StateTransfer<OwnTable> => {
  const tables: Tables = {
    ...numberedTables(connection, sequence),
    ...keyedTables(connection),
    source_row: sourceTable(connection),
    sink_document: sinkTable(connection),
  };
  return {
    count: (table) => tables[table].count(),
    pages: (table, size) => inPages(tables[table].rows(size), size),
    write: (table, rows) => tables[table].write(rows),
  };
};

async function* inPages<R>(rows: AsyncGenerator<R, undefined>, size: number): AsyncGenerator<R[], undefined> {
  let page: R[] = [];
  for await (const row of rows) {
    page.push(row);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Those whose places come from the same numbers: what comes after must get higher ones. */
const numberedTables = (
  connection: MongoConnection,
  sequence: JournalSequence,
): Pick<Tables, 'unit_of_work' | 'transition' | 'rejected_report'> => {
  const numbered = <R extends StateRows[OwnTable], D extends Document>(
    spec: TransferSpec<R, D>,
    placeOf: (row: R) => number,
  ): TransferTable<R> => {
    const table = collectionTable(connection, spec);
    const write = async (rows: readonly R[]): Promise<void> => {
      await sequence.skip({ place: Math.max(0, ...rows.map(placeOf)), epoch: latestEpochIn(rows) });
      await table.write(rows);
    };
    return { ...table, write };
  };
  const positionOf = ({ position }: { readonly position: number }): number => position;
  return {
    unit_of_work: numbered<StateRows['unit_of_work'], UowDoc>(
      {
        collection: 'unit_of_work',
        sort: { order: 1 },
        toDoc: ({ position, epoch, ...uow }) => toUowDoc(uow, { place: 0, order: position, epoch }),
        toRow: (doc) => ({ ...toUow(doc), position: doc.order, epoch: doc.epoch }),
      },
      positionOf,
    ),
    transition: numbered<StateRows['transition'], TransitionDoc>(
      { collection: TRANSITION, sort: { _id: 1 }, toDoc: toTransitionDoc, toRow: toTransition },
      (row) => row.sequence,
    ),
    rejected_report: numbered<StateRows['rejected_report'], RejectedDoc>(
      {
        collection: REJECTED_REPORT,
        sort: { _id: 1 },
        toDoc: ({ id: uow, position: _id, ...report }) => ({ _id, uow, ...report }),
        toRow: (doc) => ({ ...toRejected(doc), position: doc._id }),
      },
      positionOf,
    ),
  };
};

/** Those whose rows have a key of their own, and lie in one collection. */
const keyedTables = (connection: MongoConnection): Pick<Tables, 'job' | 'log_record' | 'watermark'> => ({
  job: collectionTable<StateRows['job'], JobDoc>(connection, {
    collection: 'job',
    sort: { _id: 1 },
    toDoc: ({ consumed, ...job }) => ({
      ...embryo(job),
      ...job,
      consumed: consumed && JSON.stringify(consumed),
    }),
    toRow: toJob,
  }),
  log_record: collectionTable<StateRows['log_record'], LogDoc>(connection, {
    collection: LOG_RECORD,
    sort: { parentId: 1, sequence: 1, attempt: 1 },
    key: ['parentId', 'sequence', 'attempt'],
    toDoc: (record) => ({ ...record, storedAt: new Date() }),
    toRow: (doc) => without(doc, '_id', 'storedAt'),
  }),
  watermark: collectionTable<StateRows['watermark'], WatermarkDoc>(connection, {
    collection: WATERMARK,
    sort: { _id: 1 },
    toDoc: ({ collection: _id, instant }) => ({ _id, instant }),
    toRow: ({ _id, instant }) => ({ collection: _id, instant }),
  }),
});
