import type { Collection, CollectionSpec } from '../db/collection.ts';
import type { MemberStore, Store } from '../db/store.ts';
import type { ExpiredCounts } from '../domain/model/record.ts';
import { startTiming } from '../lib/tally.ts';
import type { Measurements, StoreCall } from './measurements.ts';

/** Methods that are not timed: they are called once in a while, not by the scheduler, or answer something else than a promise. */
type Untimed =
  | 'beginEpoch'
  | 'latestEpoch'
  | 'tryLock'
  | 'loadJobs'
  | 'workedFor'
  | 'collection'
  | 'close'
  | 'size'
  | 'unreadable'
  | keyof MemberStore;

type Timed = {
  [K in keyof Store]: Store[K] extends (...parameters: never[]) => Promise<unknown> ? K : never;
}[keyof Store];

/** A new method of the store has to say here what it counts as, or above that it does not. */
const calls: Readonly<Record<Exclude<Timed, Untimed>, StoreCall>> = {
  commit: 'commit',
  repair: 'commit',
  uows: 'read',
  job: 'read',
  findUows: 'read',
  overdueUows: 'read',
  journal: 'read',
  journalReach: 'read',
  countFinishedJobs: 'read',
  rejectedReports: 'read',
  log: 'read',
  entriesWithUows: 'read',
  countUows: 'read',
  countFailed: 'read',
  claim: 'worker',
  renewLeases: 'worker',
  renewHeld: 'worker',
  releaseLeases: 'worker',
  report: 'worker',
  progress: 'worker',
  appendLog: 'worker',
  expireLogs: 'expire',
  expireUows: 'expire',
  expireTransitions: 'expire',
  shrink: 'expire',
};

const collectionCalls: Readonly<Record<keyof Collection<object, never>, StoreCall>> = {
  get: 'read',
  getAll: 'read',
  list: 'read',
  put: 'write',
  insertNew: 'write',
  compareAndSet: 'write',
  remove: 'write',
};

type Method = (...parameters: readonly unknown[]) => Promise<unknown>;

/** The same methods, each of which is timed. They are looked up when they are called, as without. */
const timed = <T extends object>(
  target: T,
  callOf: Readonly<Record<string, StoreCall>>,
  { storeCalls }: Measurements,
): Partial<T> => {
  const methods = Object.entries(callOf).map(([name, call]): [string, Method] => [
    name,
    async (...parameters) => {
      const seconds = startTiming();
      try {
        return await (target as Readonly<Record<string, Method>>)[name]?.(...parameters);
      } finally {
        storeCalls.observe(seconds(), call);
      }
    },
  ]);
  return Object.fromEntries(methods) as Partial<T>;
};

/** The store of a scheduler, through which all passes that it reads, writes and deletes: times calls, and counts what expired. */
export const measuredStore = (store: Store, measurements: Measurements): Store => {
  const known = { ...store, ...timed(store, calls, measurements) };
  const count = (counts: Partial<ExpiredCounts>): void => {
    for (const [kind, more] of Object.entries(counts)) measurements.expired.add(more, kind);
  };
  return {
    ...known,
    collection: <R extends object, K extends keyof R & string>(spec: CollectionSpec<R, K>) => {
      const collection = store.collection(spec);
      return { ...collection, ...timed(collection, collectionCalls, measurements) };
    },
    expireLogs: async (...parameters) => {
      const lines = await known.expireLogs(...parameters);
      count({ lines });
      return lines;
    },
    expireUows: async (step) => {
      const counts = await known.expireUows(step);
      count(counts);
      return counts;
    },
    expireTransitions: async (step) => {
      const cut = await known.expireTransitions(step);
      if (cut !== undefined) count({ transitions: cut.transitions });
      return cut;
    },
  };
};
