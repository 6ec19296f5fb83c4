import type { StateRows } from '../transfer.ts';
import type { Ground } from './ground.ts';
import { ownCollections } from './indexes.ts';
import { toSourceDoc, toSourceRow } from './source.ts';
import type { SourceDoc } from './source.ts';
import { countAcross, groupBy, readAcross } from './transfer-across.ts';
import { replaceAll } from './transfer-table.ts';
import type { TransferTable } from './transfer-table.ts';

type Row = StateRows['source_row'];

/** Below every number, so that what is above it is a number: rows have one for an id, and nothing else has. */
const LEAST = -Infinity;

/** Source rows: those of all collections in the database that are not the scheduler's own. */
export const sourceTable = (ground: Ground): TransferTable<Row> => {
  const sources = async (): Promise<string[]> => {
    const list = () => ground.db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
    const names = (await ground.ride(list)).map(({ name }) => name);
    return names.filter((name) => !ownCollections.has(name) && !name.startsWith('system.'));
  };
  const rowsAbove = (id: number) => ({ _id: { $gt: id }, timeperiod: { $type: 'string' } }) as const;

  return {
    count: async () =>
      countAcross(await sources(), (name) =>
        ground.ride(() => ground.collection<SourceDoc>(name).countDocuments(rowsAbove(LEAST))),
      ),
    read: readAcross<Row>(sources, async (collection, after, limit) => {
      const source = ground.collection<SourceDoc>(collection);
      const filter = rowsAbove(after?.id ?? LEAST);
      const found = await ground.ride(() => source.find(filter).sort({ _id: 1 }).limit(limit).toArray());
      return found.map((doc) => ({ ...toSourceRow(doc), collection }));
    }),
    write: async (rows) => {
      for (const [collection, ofCollection] of groupBy(rows, (row) => row.collection)) {
        const documents = ofCollection
          .map(toSourceDoc)
          .map(({ _id, ...replacement }) => ({ filter: { _id }, replacement }));
        await replaceAll<SourceDoc>(ground, collection, documents);
      }
    },
  };
};
