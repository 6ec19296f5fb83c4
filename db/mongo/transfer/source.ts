import type { StateRows } from '../../transfer.ts';
import type { MongoConnection } from '../connection.ts';
import { ownCollections } from '../indexes.ts';
import { indexSource, toSourceDoc, toSourceRow } from '../source.ts';
import type { SourceDoc } from '../source.ts';
import { putAll, stream, tableAcross } from './table.ts';
import type { TransferTable } from './table.ts';

type Row = StateRows['source_row'];

/** Rows have a number for an id, and nothing else has; every number is above this. */
const isRow = { _id: { $gt: -Infinity }, timeperiod: { $type: 'string' } } as const;

/** Source rows: those of all collections in the database that are not the scheduler's own. */
export const sourceTable = (connection: MongoConnection): TransferTable<Row> => {
  const sources = async (): Promise<string[]> => {
    const list = () => connection.db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
    const names = (await connection.ride(list)).map(({ name }) => name);
    return names.filter((name) => !ownCollections.has(name) && !name.startsWith('system.'));
  };
  return tableAcross<Row>(sources, (collection) => {
    const source = connection.collection<SourceDoc>(collection);
    return {
      count: () => connection.ride(() => source.countDocuments(isRow)),
      rows: async function* (batch): AsyncGenerator<Row, undefined> {
        const found = stream(connection, source.find(isRow).sort({ _id: 1 }), batch);
        for await (const doc of found) yield { ...toSourceRow(doc), collection };
      },
      write: async (rows) => {
        await indexSource(connection, collection);
        await putAll(connection, collection, rows.map(toSourceDoc));
      },
    };
  });
};
