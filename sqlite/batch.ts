import type { Database } from './open.ts';

/** What a unit of writes may use while its transaction is open. */
export interface Transaction {
  /**
   * Runs `step` over the items until one answers false, which has to mean that it wrote nothing. Then nothing
   * of the steps before it remains either, and the answer is false.
   */
  readonly allOrNone: <I>(items: readonly I[], step: (item: I) => boolean) => boolean;
}

/** Writes that are committed together. May run more than once, so it has no effect but on the database. */
export type Work<T> = (transaction: Transaction) => T;

/** Writes waiting for their commit, and who waits for them. */
export interface Unit {
  readonly work: Work<unknown>;
  /** Whether a caller waits for it to be on the disk. */
  readonly durable: boolean;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Tells the writer of a unit how it ended; to be called after the commit. */
export type Settle = () => void;

// A transaction takes in no more units after this time, ms, so that other processes and the event loop get their turn.
const LONG = 20;

/** Units that are committed. */
export interface Batch {
  readonly settles: readonly Settle[];
  /** How long the commit alone took, ms. */
  readonly ms: number;
}

/**
 * Runs units in the open transaction, the first ones of `queue` that fit, and commits. Units usually succeed, so
 * the fast way takes no precautions; when something has to be undone, it undoes everything and answers undefined.
 * The careful way guards every step by a savepoint and always gets through: a unit that throws fails alone.
 */
export const commitBatch = (
  database: Database,
  queue: readonly Unit[],
  careful: boolean,
): Batch | undefined => {
  const settles: Settle[] = [];
  let taken = 0;
  const end = performance.now() + LONG;
  try {
    for (const unit of queue) {
      taken++;
      settles.push(careful ? runCarefully(database, unit) : runFast(unit));
      if (performance.now() > end) break;
    }
    const begun = performance.now();
    database.exec('COMMIT');
    return { settles, ms: performance.now() - begun };
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    if (!careful) return undefined;
    return { settles: queue.slice(0, taken).map((unit) => () => unit.reject(error)), ms: 0 };
  }
};

const fast: Transaction = {
  allOrNone: (items, step) => {
    const failed = items.findIndex((item) => !step(item));
    // A conflict of the first step, the usual kind, leaves nothing to undo.
    if (failed > 0) throw new Error('to be undone');
    return failed === -1;
  },
};

const runFast = ({ work, resolve }: Unit): Settle => {
  const value = work(fast) as never;
  return () => resolve(value);
};

const runCarefully = (database: Database, { work, resolve, reject }: Unit): Settle => {
  const careful: Transaction = {
    allOrNone: (items, step) => undoable(database, () => items.every(step), Boolean),
  };
  try {
    const value = undoable(database, () => work(careful)) as never;
    return () => resolve(value);
  } catch (error) {
    // An error that ended the whole transaction, such as a full disk, concerns all.
    if (!database.isTransaction) throw error;
    return () => reject(error);
  }
};

/** Runs `work` under a savepoint, and undoes it when it throws or its answer is not to be kept. */
const undoable = <T>(database: Database, work: () => T, keep: (value: T) => boolean = () => true): T => {
  let done = false;
  database.exec('SAVEPOINT step');
  try {
    const value = work();
    done = keep(value);
    return value;
  } finally {
    if (database.isTransaction) database.exec(done ? 'RELEASE step' : 'ROLLBACK TO step; RELEASE step');
  }
};
