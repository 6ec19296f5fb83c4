import type { Collection, UpdateFilter } from 'mongodb';
import { SynergyError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { DataStore, IdRange, SourceRow, TimeperiodRange } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import { ownCollections } from './indexes.ts';
import { insertNew } from './insert-new.ts';
import { again } from './failure.ts';

export const WATERMARK = 'watermark';

export interface WatermarkDoc {
  readonly _id: string;
  readonly instant: number;
}

/**
 * A row of a source. Rows that this program adds carry their value in `value`; those of another program may carry
 * it in any other fields.
 */
export interface SourceDoc {
  readonly _id: number;
  readonly timeperiod: string;
  readonly value?: unknown;
}

/** Rows per command, so that an import of millions leaves room for others between them. */
const CHUNK = 1000;

export const indexSource = async (connection: MongoConnection, name: string): Promise<void> => {
  const source = connection.collection<SourceDoc>(ownedByUser(name));
  await connection.ride(() => source.createIndex({ timeperiod: 1, _id: 1 }, {}, {}));
};

/**
 * Source rows lie in the collection of the source's name, in the database of the store: any collection will do whose
 * documents have an integer `_id` and a `timeperiod` of ten digits. What else they hold is the row's value, as JSON
 * has it: a Date reads as a text. Needs an index on (timeperiod, _id); it is made when rows are added.
 */
export const createSource = (
  connection: MongoConnection,
  { replaceDocuments }: Pick<DataStore, 'replaceDocuments'>,
): Pick<DataStore, 'appendRows' | 'extent' | 'rows'> => {
  const { ride } = connection;
  const watermarks = connection.collection<WatermarkDoc>(WATERMARK);
  const source = (name: string) => connection.collection<SourceDoc>(ownedByUser(name));
  const indexed = new Set<string>();
  return {
    appendRows: async (name, rows, along) => {
      if (rows.length > 0 && !indexed.has(name)) {
        await indexSource(connection, name);
        indexed.add(name);
      }
      let added = 0;
      for (let from = 0; from < rows.length; from += CHUNK) {
        const documents = rows.slice(from, from + CHUNK).map(toSourceDoc);
        added += await ride(() => insertNew(source(name), documents));
      }
      if (along !== undefined) await replaceDocuments(along.collection, along.timeperiod, along.documents);
      return added;
    },
    extent: async (name, range) => {
      const [[bounds], watermark] = await Promise.all([
        ride(() => readBounds(source(name), range)),
        ride(() => watermarks.findOne({ _id: name })),
      ]);
      return { ...bounds, ...(watermark === null ? {} : { watermark: watermark.instant }) };
    },
    rows: async (name, range, ids, limit) => {
      const query = () => source(name).find(inRange(range, ids)).sort({ _id: 1 }).limit(limit).toArray();
      return (await ride(query)).map(toSourceRow);
    },
  };
};

/** Up to when sources are complete. */
export const createWatermarks = ({
  ride,
  collection,
}: MongoConnection): Pick<DataStore, 'setWatermark' | 'lowerWatermark' | 'watermark'> => {
  const watermarks = collection<WatermarkDoc>(WATERMARK);
  const move = async (_id: string, update: UpdateFilter<WatermarkDoc>): Promise<void> => {
    await ride(() => again(() => watermarks.updateOne({ _id }, update, { upsert: true })));
  };
  return {
    setWatermark: (name, instant) => move(name, { $max: { instant } }),
    lowerWatermark: (name, instant) => move(name, { $min: { instant } }),
    watermark: async (name) => (await ride(() => watermarks.findOne({ _id: name })))?.instant,
  };
};

const readBounds = (
  source: Collection<SourceDoc>,
  range: TimeperiodRange,
): Promise<{ lowest: number; highest: number }[]> =>
  source
    .aggregate<{ lowest: number; highest: number }>([
      { $match: inRange(range) },
      { $group: { _id: null, lowest: { $min: '$_id' }, highest: { $max: '$_id' } } },
      { $project: { _id: 0 } },
    ])
    .toArray();

/** Sink documents may lie in the same collection: they have no number for an id. */
const inRange = (
  { start, end }: TimeperiodRange,
  { from, to }: IdRange = { from: -Infinity, to: Infinity },
) => ({ timeperiod: { $gte: start, $lt: end }, _id: { $gte: from, $lte: to } });

export const toSourceDoc = ({ id, timeperiod, value }: SourceRow): SourceDoc => ({
  _id: id,
  timeperiod,
  value,
});

export const toSourceRow = ({ _id, timeperiod, ...fields }: SourceDoc): SourceRow => {
  const { value, ...others } = fields;
  const isOurs = Object.keys(others).length === 0 && typeof value === 'object' && value !== null;
  return {
    id: _id,
    timeperiod,
    value: JSON.parse(JSON.stringify(isOurs ? value : fields)) as JsonObject,
  };
};

/** Name of a collection that is not one of the scheduler's. */
export const ownedByUser = (name: string): string => {
  const isReserved = ownCollections.has(name) || name.startsWith('system.');
  if (!isReserved && name !== '' && !/[$\0]/.test(name)) return name;
  throw new SynergyError(
    'INVALID_ARGUMENT',
    isReserved
      ? `'${name}' cannot be a source or a sink: the scheduler's own records are kept under that name, choose another`
      : `'${name}' cannot name a collection of MongoDB: it must not be empty, nor hold '$'`,
  );
};
