import { MongoBulkWriteError } from 'mongodb';
import type { Collection, Document, OptionalUnlessRequiredId } from 'mongodb';
import { isDuplicate } from './failure.ts';

/** Adds documents; those whose key is there already are left as they are. Returns how many were new. */
export const insertNew = async <D extends Document>(
  collection: Collection<D>,
  documents: readonly D[],
): Promise<number> => {
  if (documents.length === 0) return 0;
  try {
    const all = documents as readonly OptionalUnlessRequiredId<D>[];
    return (await collection.insertMany(all, { ordered: false })).insertedCount;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return error instanceof MongoBulkWriteError ? error.insertedCount : 0;
  }
};
