import { randomUUID } from 'node:crypto';
import type { Document } from 'mongodb';
import type { AnySpec } from '../collection.ts';
import type { CollectionRows, RowQuery, RowsOf } from '../collection-rows.ts';
import type { StoredRow } from '../row-codec.ts';
import type { JournalSequence } from './commit/journal-sequence.ts';
import type { SeenRecords } from './commit/seen-records.ts';
import { withoutPending } from './records.ts';
import type { RecordDoc } from './records.ts';
import { again, isDuplicate } from './failure.ts';
import { findByIds } from './find-by-ids.ts';
import { findInOrder } from './find-in-order.ts';
import type { MongoConnection } from './connection.ts';
import { idIn } from './row-id.ts';
import { outside } from './outside.ts';
import { putAll } from './transfer/table.ts';
import { without } from './without.ts';

/**
 * A row, with its place among those that arrived, and the last change that was made under a condition: when the answer to
 * that was lost, it tells that it happened.
 */
type RowDoc = Document & { readonly _id: string; readonly order: number };

type Reads = Pick<CollectionRows, 'get' | 'getAll' | 'list' | 'count'>;

const conditionOf = ({ where, except }: RowQuery): Document => ({
  ...where,
  ...(except && outside(except.field, except.ranges)),
});

/** A page in the order of the key, of which one field is the `_id`. */
const listByKey = (
  { ride, collection }: MongoConnection,
  { name, key }: AnySpec,
  query: RowQuery,
): Promise<RowDoc[]> => {
  const { reverse, after, limit = 0 } = query;
  const order = key.map((field) => ({ field: key.length === 1 ? '_id' : field, value: after?.[field] }));
  const beyond = order.map(({ field, value }, i) => ({
    ...Object.fromEntries(order.slice(0, i).map((before) => [before.field, before.value])),
    [field]: { [reverse ? '$lt' : '$gt']: value },
  }));
  const filter = { ...conditionOf(query), ...(after && { $or: beyond }) };
  const sort = Object.fromEntries(order.map(({ field }) => [field, reverse ? -1 : 1] as const));
  const found = collection<RowDoc>(name).find(filter, { projection: { pending: 0 } });
  return ride(() => found.clone().sort(sort).limit(limit).toArray());
};

const createReads = (connection: MongoConnection, spec: AnySpec, seen: SeenRecords): Reads => {
  const { ride } = connection;
  const { name, key, byArrival } = spec;
  const idOf = idIn(spec);
  const docs = connection.collection<RowDoc>(name);
  const toRow = ({ _id, ...fields }: Document): StoredRow => ({
    // Where one field is the key, documents of earlier versions have it as their `_id` alone.
    ...(key.length === 1 && { [key[0] as string]: _id as string }),
    ...(without(fields, 'order', 'pending') as StoredRow),
    ...(byArrival && { position: fields['order'] as number }),
  });
  return {
    get: async (row) => {
      const doc = await ride(() => docs.findOne({ _id: idOf(row) }));
      return doc === null ? undefined : toRow(doc);
    },
    getAll: async (rows) => {
      const found = await ride(() => findByIds(docs, rows.map(idOf), { projection: withoutPending }));
      if (spec.journal !== undefined) seen.remember(name, found as unknown as RecordDoc[]);
      return found.map(toRow);
    },
    list: async (query) => {
      const { reverse, after, limit = 0 } = query;
      const filter = conditionOf(query);
      const page = { filter, direction: reverse ? -1 : 1, after: after && idOf(after), limit } as const;
      const found = byArrival ? findInOrder(connection, docs, page) : listByKey(connection, spec, query);
      return (await found).map(toRow);
    },
    count: () => ride(() => docs.estimatedDocumentCount()),
  };
};

type Conditional = Pick<CollectionRows, 'insertNew' | 'compareAndSet' | 'remove'>;

/** Writes that tell whether they were done; one that is repeated after its answer was lost finds its own mark. */
const createConditional = (
  { ride, collection }: MongoConnection,
  spec: AnySpec,
  place: () => Promise<Partial<RowDoc>>,
): Conditional => {
  const idOf = idIn(spec);
  const docs = collection<Document & { _id: string }>(spec.name);
  const isMarked = async (which: Document): Promise<boolean> => (await docs.findOne(which)) !== null;
  return {
    insertNew: async (row) => {
      const [_id, insertion] = [idOf(row), randomUUID()];
      const doc = { _id, ...row, ...(await place()), insertion };
      return ride(async () => {
        try {
          await docs.insertOne(doc);
          return true;
        } catch (error) {
          if (!isDuplicate(error)) throw error;
          return isMarked({ _id, insertion });
        }
      });
    },
    compareAndSet: (row, expected, set) => {
      const [_id, change] = [idOf(row), randomUUID()];
      let attempts = 0;
      return ride(async () => {
        const isRepeated = attempts++ > 0;
        const { matchedCount } = await docs.updateOne({ _id, ...expected }, { $set: { ...set, change } });
        return matchedCount === 1 || (isRepeated && (await isMarked({ _id, change })));
      });
    },
    remove: async (row) => {
      const which = { _id: idOf(row) };
      // Looked for first: a deletion that is repeated after a cut connection finds nothing.
      const found = await ride(() => docs.findOne(which));
      await ride(() => docs.deleteOne(which));
      return found !== null;
    },
  };
};

const createWrites = (
  connection: MongoConnection,
  sequence: JournalSequence,
  spec: AnySpec,
): Omit<CollectionRows, keyof Reads> => {
  const { ride } = connection;
  const { name, byArrival } = spec;
  const idOf = idIn(spec);
  const docs = connection.collection<Document & { _id: string }>(name);
  const place = async (): Promise<Partial<RowDoc>> => (byArrival ? { order: await sequence.take() } : {});
  return {
    put: async (row) => {
      const update = { $set: row, ...(byArrival && { $setOnInsert: await place() }) };
      await ride(() => again(() => docs.updateOne({ _id: idOf(row) }, update, { upsert: true })));
    },
    ...createConditional(connection, spec, place),
    restore: async (rows) => {
      const places = rows.map(({ position }) => Number(position));
      if (byArrival) await sequence.skip({ place: Math.max(0, ...places), epoch: 0 });
      const documents = rows.map(({ position, ...row }) => ({
        ...{ _id: idOf(row), ...row },
        ...(byArrival && { order: position }),
      }));
      await putAll(connection, name, documents);
    },
  };
};

/** Rows of collections, which are documents with the key of the record as their `_id`. */
export const createRowsOf =
  (connection: MongoConnection, sequence: JournalSequence, seen: SeenRecords): RowsOf =>
  (spec) => ({ ...createReads(connection, spec, seen), ...createWrites(connection, sequence, spec) });
