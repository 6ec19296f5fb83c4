import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection, Db, Document } from 'mongodb';
import { isPassing, toStoreError } from './failure.ts';
import type { RecordDoc } from './records.ts';

export interface MongoConnectionSettings {
  readonly db: Db;
  /** Address for messages, without the password. */
  readonly where: string;
  /** ms for which passing errors are ridden out. */
  readonly patience: number;
}

const FIRST_PAUSE = 25;
const LONGEST_PAUSE = 1000;

/** What the parts of the adapter share. */
export type MongoConnection = ReturnType<typeof createMongoConnection>;

export const createMongoConnection = (settings: MongoConnectionSettings) => {
  const { db, where } = settings;
  let patience = settings.patience;
  const collection = <D extends Document>(name: string): Collection<D> => db.collection<D>(name);
  return {
    db,
    where,
    collection,
    records: (name: string): Collection<RecordDoc> => collection(name),
    /** From now on nothing is ridden out any more. */
    hurry: (): void => {
      patience = 0;
    },
    /**
     * Runs something that may be run twice: again and again while the server cannot be reached or elects, with
     * growing pauses. Rejects with `STORE_UNREACHABLE` when its patience ends; other errors end it at once.
     */
    ride: async <T>(attempt: () => Promise<T>): Promise<T> => {
      const start = performance.now();
      for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
        try {
          return await attempt();
        } catch (error) {
          if (!isPassing(error) || performance.now() + pause > start + patience)
            throw toStoreError(error, where);
          // Several who wait for the same server should not come back at the same moment.
          await sleep(pause * (0.5 + Math.random() / 2));
        }
      }
    },
  };
};
