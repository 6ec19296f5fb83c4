import { SynergyError } from '../domain/errors.ts';
import { commitBatch } from './batch.ts';
import type { Batch, Unit, Work } from './batch.ts';
import type { Database } from './open.ts';
import { toStoreError } from './statement.ts';
import { createBeginWrite } from './begin-write.ts';

export interface GroupCommitOptions {
  readonly database: Database;
  readonly file: string;
  /** Milliseconds that writes wait for other programs' transactions before they fail with STORE_LOCKED. */
  readonly patience: number;
  /** Called after each commit, before the writers hear of it. */
  readonly onCommit: () => void;
}

/**
 * Collects writes and commits many of them at a time: one flush to the disk costs more than a hundred writes. Those of one
 * turn of the event loop, and those made while another process was writing, share a commit.
 */
export const createGroupCommit = (options: GroupCommitOptions) => {
  const { database, file, patience, onCommit } = options;
  const begin = createBeginWrite(database, file, patience);
  let queue: Unit[] = [];
  let scheduled = false;
  /** Undefined when it was undone, and is to be done again with care. */
  let last: Batch | undefined = { settles: [], ms: 0 };
  let closed: Promise<void> | undefined;
  let onIdle = (): void => undefined;

  const flush = (): void => {
    try {
      const durable = queue.some((unit) => unit.durable);
      if (!begin(durable, flush)) return;
      commit();
    } catch (error) {
      for (const unit of queue.splice(0)) unit.reject(error);
    }
    scheduled = queue.length > 0;
    if (scheduled) setImmediate(flush);
    else onIdle();
  };
  const commit = (): void => {
    last = commitBatch(database, queue, last === undefined);
    if (last === undefined) return;
    queue = queue.slice(last.settles.length);
    onCommit();
    for (const settle of last.settles) settle();
  };

  const enqueue = <T>(work: Work<T>, durable: boolean): Promise<T> =>
    new Promise((resolve, reject) => {
      if (closed !== undefined) throw new SynergyError('STOPPED', `store ${file} is closed`);
      queue.push({ work, durable, resolve, reject: (error) => reject(toStoreError(error, file)) });
      if (!scheduled) setImmediate(flush);
      scheduled = true;
    });

  return {
    /** Resolves when the writes are on the disk. What `work` throws undoes its writes alone and rejects. */
    write: <T>(work: Work<T>): Promise<T> => enqueue(work, true),
    /** The same for what a power cut may undo: resolves when all processes see it, and waits for the disk only in company. */
    writeLightly: <T>(work: Work<T>): Promise<T> => enqueue(work, false),
    /** How long the last commit took, ms, without the work that it made durable. */
    lastCommit: (): number => last?.ms ?? 0,
    /** Resolves when everything written so far is done with; later writes are refused. */
    close: (): Promise<void> =>
      (closed ??= new Promise((resolve) => {
        onIdle = resolve;
        if (!scheduled) resolve();
      })),
  };
};

export type GroupCommit = ReturnType<typeof createGroupCommit>;
