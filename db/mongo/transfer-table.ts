import type { Document, Filter, Sort, WithId, WithoutId } from 'mongodb';
import type { Ground } from './ground.ts';
import { again } from './keyed.ts';

/** How the rows of one table are moved. */
export interface TransferTable<R> {
  readonly count: () => Promise<number>;
  readonly read: (after: R | undefined, limit: number) => Promise<R[]>;
  readonly write: (rows: readonly R[]) => Promise<void>;
}

/** Rows R of a table, which are documents D of a collection. */
export interface TransferSpec<R, D extends Document> {
  readonly collection: string;
  /** What tells a row from others. */
  readonly key: (row: R) => Filter<D>;
  /** Those that follow a row in the order of `sort`. */
  readonly following: (row: R) => Filter<D>;
  readonly sort: Sort;
  readonly toDoc: (row: R) => WithoutId<D>;
  readonly toRow: (doc: WithId<D>) => R;
}

/** Puts documents in place of those that have their keys; the id of a new one is that of the filter, or made up. */
export const replaceAll = async <D extends Document>(
  ground: Ground,
  collection: string,
  documents: readonly { readonly filter: Filter<D>; readonly replacement: WithoutId<D> }[],
): Promise<void> => {
  if (documents.length === 0) return;
  const operations = documents.map((each) => ({ replaceOne: { ...each, upsert: true } }));
  const target = ground.collection<D>(collection);
  await ground.ride(() => again(() => target.bulkWrite(operations, { ordered: false })));
};

/** A table that is a collection. */
export const collectionTable = <R, D extends Document>(
  ground: Ground,
  { collection, key, following, sort, toDoc, toRow }: TransferSpec<R, D>,
): TransferTable<R> => {
  const documents = ground.collection<D>(collection);
  return {
    count: () => ground.ride(() => documents.estimatedDocumentCount()),
    read: async (after, limit) => {
      const filter = after === undefined ? {} : following(after);
      return (await ground.ride(() => documents.find(filter).sort(sort).limit(limit).toArray())).map(toRow);
    },
    write: (rows) =>
      replaceAll(
        ground,
        collection,
        rows.map((row) => ({ filter: key(row), replacement: toDoc(row) })),
      ),
  };
};
