import type { Json, JsonObject } from '../../domain/model/process.ts';
import type { Engine } from '../../embedded/engine.ts';
import type { DataStore, Extent, SourceRow } from '../store.ts';
import { toValue } from './record-table.ts';

// Rows per unit of writes, so that an import of millions leaves room for others between them.
const CHUNK = 500;

/** Source rows and sink documents. */
export const createData = (engine: Engine): DataStore => ({
  ...createSource(engine),
  ...createWatermarks(engine),
  ...createSink(engine),
});

const createSource = (engine: Engine): Pick<DataStore, 'appendRows' | 'extent' | 'rows'> => {
  const insert = engine.prepare(
    'INSERT INTO source_row (collection, id, timeperiod, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const bounds = engine.prepare(`
    SELECT min(id), max(id), (SELECT instant FROM watermark WHERE collection = ?1)
    FROM source_row WHERE collection = ?1 AND timeperiod >= ?2 AND timeperiod < ?3`);
  const select = engine.prepare(`
    SELECT id, timeperiod, value FROM source_row
    WHERE collection = ? AND timeperiod >= ? AND timeperiod < ? AND id BETWEEN ? AND ? ORDER BY id LIMIT ?`);

  const append = (collection: string, rows: readonly SourceRow[]): number =>
    rows.reduce(
      (added, row) =>
        added + insert.run(collection, row.id, row.timeperiod, JSON.stringify(row.value)).changes,
      0,
    );

  return {
    appendRows: async (collection, rows) => {
      const chunks = Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, index) =>
        rows.slice(index * CHUNK, (index + 1) * CHUNK),
      );
      const added = await Promise.all(chunks.map((chunk) => engine.write(() => append(collection, chunk))));
      return added.reduce((sum, count) => sum + count, 0);
    },
    extent: (collection, { start, end }) =>
      engine.read(() => {
        const [lowest, highest, watermark] = bounds.get(collection, start, end) as (number | null)[];
        return withoutNulls({ lowest, highest, watermark });
      }),
    rows: (collection, { start, end }, { from, to }, limit) =>
      engine.read(() =>
        select.all(collection, start, end, from, to, limit).map(([id, timeperiod, value]) => ({
          id: id as number,
          timeperiod: timeperiod as string,
          value: JSON.parse(value as string) as JsonObject,
        })),
      ),
  };
};

const withoutNulls = (extent: Readonly<Record<keyof Extent, number | null | undefined>>): Extent =>
  Object.fromEntries(Object.entries(extent).filter(([, value]) => typeof value === 'number'));

const createWatermarks = (engine: Engine): Pick<DataStore, 'setWatermark' | 'watermark'> => {
  const put = engine.prepare(`
    INSERT INTO watermark (collection, instant) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET instant = max(instant, excluded.instant)`);
  const select = engine.prepare('SELECT instant FROM watermark WHERE collection = ?');
  return {
    setWatermark: (collection, instant) => engine.write(() => void put.run(collection, instant)),
    watermark: (collection) => engine.read(() => select.get(collection)?.[0] as number | undefined),
  };
};

const createSink = (engine: Engine): Pick<DataStore, 'replaceDocuments' | 'documents'> => {
  const clear = engine.prepare('DELETE FROM sink_document WHERE collection = ? AND timeperiod = ?');
  const insert = engine.prepare(
    'INSERT INTO sink_document (collection, timeperiod, key, value) VALUES (?, ?, ?, ?)',
  );
  const select = engine.prepare(`
    SELECT timeperiod, key, value FROM sink_document
    WHERE collection = ? AND timeperiod >= ? AND timeperiod < ? ORDER BY timeperiod, key`);
  return {
    replaceDocuments: (collection, timeperiod, documents) =>
      engine.write(() => {
        clear.run(collection, timeperiod);
        for (const { key, value } of documents)
          insert.run(collection, timeperiod, toValue('text', key), JSON.stringify(value));
      }),
    documents: (collection, { start, end }) =>
      engine.read(() =>
        select.all(collection, start, end).map(([timeperiod, key, value]) => ({
          timeperiod: timeperiod as string,
          key: key as string,
          value: JSON.parse(value as string) as Json,
        })),
      ),
  };
};
