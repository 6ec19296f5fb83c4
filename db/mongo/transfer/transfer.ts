import { latestEpochIn } from '../../transfer.ts';
import type { StateRows, StateTransfer, OwnTable } from '../../transfer.ts';
import type { MongoConnection } from '../connection.ts';
import { toTransition, toTransitionDoc, TRANSITION } from '../journal.ts';
import type { TransitionDoc } from '../journal.ts';
import { LOG_RECORD, toLog } from '../logs.ts';
import type { LogDoc } from '../logs.ts';
import { embryo, toJob, toUow, toUowDoc } from '../records.ts';
import type { JobDoc, UowDoc } from '../records.ts';
import type { JournalSequence } from '../commit/journal-sequence.ts';
import { WATERMARK } from '../source.ts';
import type { WatermarkDoc } from '../source.ts';
import { sinkTable } from './sink.ts';
import { sourceTable } from './source.ts';
import { collectionTable } from './table.ts';
import type { TransferTable } from './table.ts';
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
    job: jobTable(connection),
    log_record: logTable(connection),
    source_row: sourceTable(connection),
    watermark: watermarkTable(connection),
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
  const numbered = <R extends StateRows[OwnTable]>(
    table: TransferTable<R>,
    placeOf: (row: R) => number,
  ): TransferTable<R> => ({
    ...table,
    write: async (rows) => {
      await sequence.skip({ place: Math.max(0, ...rows.map(placeOf)), epoch: latestEpochIn(rows) });
      await table.write(rows);
    },
  });
  const positionOf = ({ position }: { readonly position: number }): number => position;
  return {
    unit_of_work: numbered(uowTable(connection), positionOf),
    transition: numbered(transitionTable(connection), (row) => row.sequence),
    rejected_report: numbered(rejectedTable(connection), positionOf),
  };
};

const uowTable = (connection: MongoConnection): TransferTable<StateRows['unit_of_work']> =>
  collectionTable<StateRows['unit_of_work'], UowDoc>(connection, {
    collection: 'unit_of_work',
    sort: { order: 1 },
    toDoc: ({ position, epoch, ...uow }) => toUowDoc(uow, { place: 0, order: position, epoch }),
    toRow: (doc) => ({ ...toUow(doc), position: doc.order, epoch: doc.epoch }),
  });

const transitionTable = (connection: MongoConnection): TransferTable<StateRows['transition']> =>
  collectionTable<StateRows['transition'], TransitionDoc>(connection, {
    collection: TRANSITION,
    sort: { _id: 1 },
    toDoc: toTransitionDoc,
    toRow: toTransition,
  });

const rejectedTable = (connection: MongoConnection): TransferTable<StateRows['rejected_report']> =>
  collectionTable<StateRows['rejected_report'], RejectedDoc>(connection, {
    collection: REJECTED_REPORT,
    sort: { _id: 1 },
    toDoc: ({ id: uow, position: _id, ...report }) => ({ _id, uow, ...report }),
    toRow: (doc) => ({ ...toRejected(doc), position: doc._id }),
  });

const jobTable = (connection: MongoConnection): TransferTable<StateRows['job']> =>
  collectionTable<StateRows['job'], JobDoc>(connection, {
    collection: 'job',
    sort: { _id: 1 },
    toDoc: ({ consumed, ...job }) => ({
      ...embryo(job),
      ...job,
      consumed: consumed && JSON.stringify(consumed),
    }),
    toRow: toJob,
  });

const logTable = (connection: MongoConnection): TransferTable<StateRows['log_record']> =>
  collectionTable<StateRows['log_record'], LogDoc>(connection, {
    collection: LOG_RECORD,
    sort: { parentId: 1, sequence: 1, attempt: 1 },
    key: ['parentId', 'sequence', 'attempt'],
    toDoc: (record) => ({ ...record, storedAt: new Date() }),
    toRow: (doc) => toLog(doc),
  });

const watermarkTable = (connection: MongoConnection): TransferTable<StateRows['watermark']> =>
  collectionTable<StateRows['watermark'], WatermarkDoc>(connection, {
    collection: WATERMARK,
    sort: { _id: 1 },
    toDoc: ({ collection: _id, instant }) => ({ _id, instant }),
    toRow: ({ _id, instant }) => ({ collection: _id, instant }),
  });
