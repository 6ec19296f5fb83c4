import type {
  DataStore,
  Extent,
  IdRange,
  Replacement,
  SinkDocument,
  SourceRow,
  TimeperiodRange,
} from '../../db/store.ts';
import type { Memory } from './memory.ts';
import { compare } from './reads.ts';

/** The same as the data store, without promises. */
export type DataServer = {
  readonly [K in keyof DataStore]: (
    ...parameters: Parameters<DataStore[K]>
  ) => Awaited<ReturnType<DataStore[K]>>;
};

const isWithin = (
  { timeperiod }: { readonly timeperiod: string },
  { start, end }: TimeperiodRange,
): boolean => start <= timeperiod && timeperiod < end;

const replace = (memory: Memory, { collection, timeperiod, documents }: Replacement): void => {
  const others = (memory.documents.get(collection) ?? []).filter((each) => each.timeperiod !== timeperiod);
  memory.documents.set(collection, [...others, ...documents.map((each) => ({ ...each, timeperiod }))]);
};

export const createDataServer = (memory: Memory): DataServer => {
  const rowsOf = (collection: string): Map<number, SourceRow> => {
    const known = memory.rows.get(collection) ?? new Map<number, SourceRow>();
    memory.rows.set(collection, known);
    return known;
  };
  const select = (collection: string, range: TimeperiodRange, { from, to }: IdRange): SourceRow[] =>
    [...rowsOf(collection).values()]
      .filter((row) => isWithin(row, range) && from <= row.id && row.id <= to)
      .sort((a, b) => a.id - b.id);
  return {
    appendRows: (collection, rows, along) => {
      const known = rowsOf(collection);
      const fresh = rows.filter(({ id }) => !known.has(id));
      for (const row of fresh) known.set(row.id, row);
      if (along !== undefined) replace(memory, along);
      return fresh.length;
    },
    extent: (collection, range): Extent => {
      const ids = select(collection, range, { from: -Infinity, to: Infinity }).map(({ id }) => id);
      const watermark = memory.watermarks.get(collection);
      const [lowest, highest] = [ids.at(0), ids.at(-1)];
      return {
        ...(lowest === undefined || highest === undefined ? {} : { lowest, highest }),
        ...(watermark === undefined ? {} : { watermark }),
      };
    },
    rows: (collection, range, ids, limit) => select(collection, range, ids).slice(0, limit),
    setWatermark: (collection, instant) => {
      memory.watermarks.set(collection, Math.max(instant, memory.watermarks.get(collection) ?? instant));
    },
    lowerWatermark: (collection, instant) => {
      memory.watermarks.set(collection, Math.min(instant, memory.watermarks.get(collection) ?? instant));
    },
    watermark: (collection) => memory.watermarks.get(collection),
    replaceDocuments: (collection, timeperiod, documents) =>
      replace(memory, { collection, timeperiod, documents }),
    documents: (collection, range): SinkDocument[] =>
      (memory.documents.get(collection) ?? [])
        .filter((document) => isWithin(document, range))
        .sort((a, b) => compare(a.timeperiod, b.timeperiod) || compare(a.key, b.key)),
  };
};
