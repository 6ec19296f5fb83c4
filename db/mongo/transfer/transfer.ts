import { latestEpochIn } from '../../transfer.ts';
import type { StateRows, StateTransfer, TableName } from '../../transfer.ts';
import { COMMAND, toCommand, toCommandDoc } from '../commands.ts';
import type { CommandDoc } from '../commands.ts';
import { factSpec, freerunSpec, managedSpec } from '../entries.ts';
import type { MongoConnection } from '../connection.ts';
import { toTransition, toTransitionDoc, TRANSITION } from '../journal.ts';
import type { TransitionDoc } from '../journal.ts';
import { createKeyedCollection } from '../keyed-collection.ts';
import type { KeyedSpec } from '../keyed-collection.ts';
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

type Tables = { readonly [T in TableName]: TransferTable<StateRows[T]> };

/** Moves all of the state in and out. */
export const createTransfer = (ground: MongoConnection, sequence: JournalSequence): StateTransfer => {
  const tables: Tables = {
    ...numberedTables(ground, sequence),
    job: jobTable(ground),
    log_record: logTable(ground),
    managed_process: keyedTable(ground, managedSpec),
    freerun_process: keyedTable(ground, freerunSpec),
    fact: keyedTable(ground, factSpec),
    source_row: sourceTable(ground),
    watermark: watermarkTable(ground),
    sink_document: sinkTable(ground),
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
  ground: MongoConnection,
  sequence: JournalSequence,
): Pick<Tables, 'unit_of_work' | 'transition' | 'rejected_report' | 'command'> => {
  const numbered = <R extends StateRows[TableName]>(
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
    unit_of_work: numbered(uowTable(ground), positionOf),
    transition: numbered(transitionTable(ground), (row) => row.sequence),
    rejected_report: numbered(rejectedTable(ground), positionOf),
    command: numbered(commandTable(ground), positionOf),
  };
};

const uowTable = (ground: MongoConnection): TransferTable<StateRows['unit_of_work']> =>
  collectionTable<StateRows['unit_of_work'], UowDoc>(ground, {
    collection: 'unit_of_work',
    sort: { order: 1 },
    toDoc: ({ position, epoch, ...uow }) => toUowDoc(uow, { place: 0, order: position, epoch }),
    toRow: (doc) => ({ ...toUow(doc), position: doc.order, epoch: doc.epoch }),
  });

const transitionTable = (ground: MongoConnection): TransferTable<StateRows['transition']> =>
  collectionTable<StateRows['transition'], TransitionDoc>(ground, {
    collection: TRANSITION,
    sort: { _id: 1 },
    toDoc: toTransitionDoc,
    toRow: toTransition,
  });

const rejectedTable = (ground: MongoConnection): TransferTable<StateRows['rejected_report']> =>
  collectionTable<StateRows['rejected_report'], RejectedDoc>(ground, {
    collection: REJECTED_REPORT,
    sort: { _id: 1 },
    toDoc: ({ id: uow, position: _id, ...report }) => ({ _id, uow, ...report }),
    toRow: (doc) => ({ ...toRejected(doc), position: doc._id }),
  });

const commandTable = (ground: MongoConnection): TransferTable<StateRows['command']> =>
  collectionTable<StateRows['command'], CommandDoc>(ground, {
    collection: COMMAND,
    sort: { order: 1 },
    toDoc: ({ position, ...command }) => toCommandDoc(command, position),
    toRow: (doc) => ({ ...toCommand(doc), position: doc.order }),
  });

const jobTable = (ground: MongoConnection): TransferTable<StateRows['job']> =>
  collectionTable<StateRows['job'], JobDoc>(ground, {
    collection: 'job',
    sort: { _id: 1 },
    toDoc: ({ consumed, ...job }) => ({
      ...embryo(job),
      ...job,
      consumed: consumed && JSON.stringify(consumed),
    }),
    toRow: toJob,
  });

const logTable = (ground: MongoConnection): TransferTable<StateRows['log_record']> =>
  collectionTable<StateRows['log_record'], LogDoc>(ground, {
    collection: LOG_RECORD,
    sort: { parentId: 1, sequence: 1, attempt: 1 },
    key: ['parentId', 'sequence', 'attempt'],
    toDoc: (record) => ({ ...record, storedAt: new Date() }),
    toRow: (doc) => toLog(doc),
  });

const watermarkTable = (ground: MongoConnection): TransferTable<StateRows['watermark']> =>
  collectionTable<StateRows['watermark'], WatermarkDoc>(ground, {
    collection: WATERMARK,
    sort: { _id: 1 },
    toDoc: ({ collection: _id, instant }) => ({ _id, instant }),
    toRow: ({ _id, instant }) => ({ collection: _id, instant }),
  });

/** Few enough to be read at once. */
const keyedTable = <R extends object>(ground: MongoConnection, spec: KeyedSpec<R>): TransferTable<R> => {
  const keyed = createKeyedCollection(ground, spec);
  return {
    count: async () => (await keyed.all()).length,
    rows: async function* (): AsyncGenerator<R, undefined> {
      yield* await keyed.all();
    },
    write: async (rows) => {
      for (const row of rows) await keyed.put(row);
    },
  };
};
