import type { Document, FindOptions } from 'mongodb';
import type { Collection, Filter, WithId } from 'mongodb';

/** Ids asked for at a time. Some servers try every id on every document. */
const MOST_IDS = 50;

/** Documents of these ids, in no order; `more` holds further conditions. To be ridden by the caller. */
export const findByIds = async <D extends Document>(
  collection: Collection<D>,
  ids: readonly unknown[],
  { more = {}, ...options }: FindOptions & { readonly more?: Filter<Document> } = {},
): Promise<WithId<D>[]> => {
  const asked: Promise<WithId<D>[]>[] = [];
  for (let from = 0; from < ids.length; from += MOST_IDS) {
    const filter = { _id: { $in: ids.slice(from, from + MOST_IDS) }, ...more } as Filter<D>;
    asked.push(collection.find(filter, options).toArray());
  }
  return (await Promise.all(asked)).flat();
};
