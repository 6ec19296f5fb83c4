import type { RecordDoc } from '../records.ts';

/** Those that are never changed must not pile up. */
const MOST = 10_000;

/** Records as they were read or written last, so that a change that follows at once need not read them again. */
export const createSeenRecords = () => {
  const seen = new Map<string, RecordDoc>();
  return {
    remember: (name: string, docs: readonly RecordDoc[]): void => {
      if (seen.size + docs.length > MOST) seen.clear();
      for (const doc of docs) seen.set(`${name} ${doc._id}`, doc);
    },
    /** Once: should the record have changed since, the next try reads it. */
    recall: (name: string, id: string): RecordDoc | undefined => {
      const key = `${name} ${id}`;
      const doc = seen.get(key);
      seen.delete(key);
      return doc;
    },
  };
};

export type SeenRecords = ReturnType<typeof createSeenRecords>;
