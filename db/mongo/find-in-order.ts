import type { Collection, Filter, WithId } from 'mongodb';
import type { MongoConnection } from './connection.ts';

interface Ordered {
  readonly _id: string;
  /** Place of its arrival. */
  readonly order: number;
}

/** A page of a collection: of those that `filter` lets pass, at most `limit` (0: all). */
export interface OrderedPage<D> {
  readonly filter: Filter<D>;
  /** Oldest first, or newest first. */
  readonly direction: 1 | -1;
  /** Goes on behind the document of this id. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** Finds documents in the order of their arrival; none behind a document that there is not. */
export const findInOrder = async <D extends Ordered>(
  { ride }: MongoConnection,
  documents: Collection<D>,
  { filter, direction, after, limit }: OrderedPage<D>,
): Promise<WithId<D>[]> => {
  let beyond: Filter<Ordered> = {};
  if (after !== undefined) {
    const last = await ride(() =>
      documents.findOne({ _id: after } as Filter<D>, { projection: { order: 1 } }),
    );
    if (last === null) return [];
    beyond = { order: direction === 1 ? { $gt: last.order } : { $lt: last.order } };
  }
  return ride(() =>
    documents
      .find({ ...filter, ...beyond } as Filter<D>)
      .sort({ order: direction })
      .limit(limit)
      .toArray(),
  );
};
