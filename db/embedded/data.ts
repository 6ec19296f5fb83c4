import type { JsonObject } from '../../domain/model/process.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { DataStore, Extent, Replacement, SourceRow } from '../store.ts';
import { parseStored, toValue } from './record-table.ts';

// Rows per unit of writes, so that an import of millions leaves room for others between them.
const CHUNK = 500;

/** Source rows and sink documents. */
export const createData = (connection: SqliteConnection): DataStore => {
  const replace = createReplace(connection);
  return {
    ...createSource(connection, replace),
    ...createWatermarks(connection),
    ...createSink(connection, replace),
  };
};

type Replace = (replacement: Replacement) => void;

/** Adds rows, within a write; answers how many were new. */
const createAppend = (connection: SqliteConnection) => {
  const insert = connection.prepare(
    'INSERT INTO source_row (collection, id, timeperiod, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  return (collection: string, rows: readonly SourceRow[]): number =>
    rows.reduce(
      (added, row) =>
        added + insert.run(collection, row.id, row.timeperiod, JSON.stringify(row.value)).changes,
      0,
    );
};

const createSource = (
  connection: SqliteConnection,
  replace: Replace,
): Pick<DataStore, 'appendRows' | 'extent' | 'rows'> => {
  const append = createAppend(connection);
  const bounds = connection.prepare(`
    SELECT min(id), max(id), (SELECT instant FROM watermark WHERE collection = ?1)
    FROM source_row WHERE collection = ?1 AND timeperiod >= ?2 AND timeperiod < ?3`);
  const select = connection.prepare(`
    SELECT id, timeperiod, value FROM source_row
    WHERE collection = ? AND timeperiod >= ? AND timeperiod < ? AND id BETWEEN ? AND ? ORDER BY id LIMIT ?`);

  return {
    appendRows: async (collection, rows, along) => {
      if (along !== undefined)
        return connection.write(() => {
          replace(along);
          return append(collection, rows);
        });
      const chunks = Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, index) =>
        rows.slice(index * CHUNK, (index + 1) * CHUNK),
      );
      const added = await Promise.all(
        chunks.map((chunk) => connection.write(() => append(collection, chunk))),
      );
      return added.reduce((sum, count) => sum + count, 0);
    },
    extent: (collection, { start, end }) =>
      connection.read(() => {
        const [lowest, highest, watermark] = bounds.get(collection, start, end) as (number | null)[];
        return withoutNulls({ lowest, highest, watermark });
      }),
    rows: (collection, { start, end }, { from, to }, limit) =>
      connection.read(() =>
        select.all(collection, start, end, from, to, limit).map(([id, timeperiod, value]) => ({
          id: id as number,
          timeperiod: timeperiod as string,
          value: parseStored(value, `row ${String(id)} of ${collection}`) as JsonObject,
        })),
      ),
  };
};

const withoutNulls = (extent: Readonly<Record<keyof Extent, number | null | undefined>>): Extent =>
  Object.fromEntries(Object.entries(extent).filter(([, value]) => typeof value === 'number'));

const createWatermarks = (
  connection: SqliteConnection,
): Pick<DataStore, 'setWatermark' | 'lowerWatermark' | 'watermark'> => {
  const put = (choice: 'min' | 'max') =>
    connection.prepare(`
    INSERT INTO watermark (collection, instant) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET instant = ${choice}(instant, excluded.instant)`);
  const [raise, lower] = [put('max'), put('min')];
  const select = connection.prepare('SELECT instant FROM watermark WHERE collection = ?');
  return {
    setWatermark: (collection, instant) => connection.write(() => void raise.run(collection, instant)),
    lowerWatermark: (collection, instant) => connection.write(() => void lower.run(collection, instant)),
    watermark: (collection) => connection.read(() => select.get(collection)?.[0] as number | undefined),
  };
};

/** To be called within a write. */
const createReplace = (connection: SqliteConnection): Replace => {
  const clear = connection.prepare('DELETE FROM sink_document WHERE collection = ? AND timeperiod = ?');
  const insert = connection.prepare(
    'INSERT INTO sink_document (collection, timeperiod, key, value) VALUES (?, ?, ?, ?)',
  );
  return ({ collection, timeperiod, documents }) => {
    clear.run(collection, timeperiod);
    for (const { key, value } of documents)
      insert.run(collection, timeperiod, toValue('text', key), JSON.stringify(value));
  };
};

const createSink = (
  connection: SqliteConnection,
  replace: Replace,
): Pick<DataStore, 'replaceDocuments' | 'documents'> => {
  const select = connection.prepare(`
    SELECT timeperiod, key, value FROM sink_document
    WHERE collection = ? AND timeperiod >= ? AND timeperiod < ? ORDER BY timeperiod, key`);
  return {
    replaceDocuments: (collection, timeperiod, documents) =>
      connection.write(() => replace({ collection, timeperiod, documents })),
    documents: (collection, { start, end }) =>
      connection.read(() =>
        select.all(collection, start, end).map(([timeperiod, key, value]) => ({
          timeperiod: timeperiod as string,
          key: key as string,
          value: parseStored(value, `document '${String(key)}' of ${collection} in ${String(timeperiod)}`),
        })),
      ),
  };
};
