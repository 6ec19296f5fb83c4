import type { Document, Filter, FindCursor, Sort, WithId } from 'mongodb';
import { toStoreError } from '../failure.ts';
import type { MongoConnection } from '../connection.ts';
import { insertNew } from '../insert-new.ts';
import { without } from '../without.ts';

/** How the rows of one table are moved. */
export interface TransferTable<R> {
  readonly count: () => Promise<number>;
  /** All rows in the order of the table, fetched by `batch` rows. */
  readonly rows: (batch: number) => AsyncGenerator<R, undefined>;
  readonly write: (rows: readonly R[]) => Promise<void>;
}

/** Rows R of a table, which are documents D of a collection. */
export interface TransferSpec<R, D extends Document> {
  readonly collection: string;
  /** In the order of the table. */
  readonly sort: Sort;
  /** Fields that tell documents apart, if not the `_id`. */
  readonly key?: readonly string[];
  readonly toDoc: (row: R) => D;
  readonly toRow: (doc: WithId<D>) => R;
}

/**
 * What a query finds, fetched by `batch` documents. One cursor for all: to look for every page anew takes some servers
 * the longer, the later it comes.
 */
export async function* stream<D>(
  { where }: MongoConnection,
  cursor: FindCursor<D>,
  batch: number,
): AsyncGenerator<D, undefined> {
  try {
    yield* cursor.batchSize(batch);
  } catch (error) {
    throw toStoreError(error, where);
  }
}

/** Puts documents in place of those that have their keys. */
export const putAll = async (
  { ride, collection }: MongoConnection,
  name: string,
  documents: readonly Document[],
  key: readonly string[] = ['_id'],
): Promise<void> => {
  // As a rule they are new, and to insert is several times as fast.
  if ((await ride(() => insertNew(collection(name), documents))) === documents.length) return;
  const operations = documents.map((document) => {
    const filter: Filter<Document> = Object.fromEntries(
      key.map((field) => [field, document[field] as unknown]),
    );
    return { replaceOne: { filter, replacement: without(document, '_id'), upsert: true } };
  });
  await ride(() => collection(name).bulkWrite(operations, { ordered: false }));
};

/** A table that is a collection. */
export const collectionTable = <R, D extends Document>(
  connection: MongoConnection,
  { collection, key, sort, toDoc, toRow }: TransferSpec<R, D>,
): TransferTable<R> => {
  const documents = connection.collection<D>(collection);
  return {
    count: () => connection.ride(() => documents.estimatedDocumentCount()),
    rows: async function* (batch): AsyncGenerator<R, undefined> {
      // Not every order has an index: one is not worth its price in every write, for a copy now and then.
      const found = documents.find({}, { allowDiskUse: true }).sort(sort);
      for await (const doc of stream(connection, found, batch)) yield toRow(doc);
    },
    write: (rows) => putAll(connection, collection, rows.map(toDoc), key),
  };
};

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A table whose rows lie in several collections, which are read one after the other. */
export const tableAcross = <R extends { readonly collection: string }>(
  collections: () => Promise<readonly string[]>,
  tableOf: (collection: string) => TransferTable<R>,
): TransferTable<R> => ({
  count: async () => {
    const counts = (await collections()).map((name) => tableOf(name).count());
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  },
  rows: async function* (batch): AsyncGenerator<R, undefined> {
    for (const name of [...(await collections())].sort(byBytes)) yield* tableOf(name).rows(batch);
  },
  write: async (rows) => {
    for (const name of new Set(rows.map(({ collection }) => collection)))
      await tableOf(name).write(rows.filter(({ collection }) => collection === name));
  },
});
