import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Lock } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import { again } from './failure.ts';
import { serverNow } from './commit/journal-sequence.ts';

export const LOCK = 'lock';

/** A lock is held until `expiresAt`, by the clock of the server. */
interface LockDoc {
  readonly _id: string;
  readonly holder: string;
  /** Where process ids mean the same; empty when unknown. */
  readonly machine: string;
  readonly pid: number;
  readonly expiresAt: number;
}

const readText = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    return '';
  }
};

/** Host, boot and process namespace: within them an unused process id tells that its process is gone. */
const machine = (() => {
  const boot = readText(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = readText(() => readlinkSync('/proc/self/ns/pid'));
  return boot === '' || namespace === '' ? '' : `${hostname()} ${boot} ${namespace}`;
})();

const isGone = ({ machine: where, pid }: LockDoc): boolean => {
  if (where === '' || where !== machine) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
};

/** `term`: ms a lock lasts without being renewed. */
export const createLocks = (connection: MongoConnection, term: number) => {
  const own: Own = { held: new Set(), lapsed: new Set() };
  const take = createTake(connection, term);
  return {
    /**
     * Takes a lock that expires by itself a while after its process ended or was cut off; on the machine of a holder
     * whose process is gone, at once.
     */
    tryLock: async (name: string): Promise<Lock | undefined> => {
      const holder = randomUUID();
      let { current, asked } = await take(name, holder, holder);
      if (current !== null && (own.lapsed.has(current.holder) || isGone(current))) {
        ({ current, asked } = await take(name, holder, current.holder));
      }
      return current?.holder === holder ? hold(connection, { name, holder, term, asked }, own) : undefined;
    },
    releaseAll: async (): Promise<void> => {
      await Promise.allSettled([...own.held].map((lock) => lock.release()));
    },
  };
};

const expiryIn = (term: number) => ({ $add: [serverNow, term] });

/**
 * One update that takes the lock if it is free or `from`'s, and leaves it as it is otherwise. Answers what it is then, and
 * the instant of `performance.now()` before that: a lock that was taken lasts from then on at least.
 */
const createTake = (connection: MongoConnection, term: number) => {
  const locks = connection.collection<LockDoc>(LOCK);
  return (name: string, holder: string, from: string) => {
    const isFree = { $or: [{ $lt: ['$expiresAt', serverNow] }, { $in: ['$holder', [holder, from]] }] };
    const ifFree = (value: unknown, field: string) => ({ $cond: ['$free', value, `$${field}`] });
    const update = [
      { $set: { free: isFree } },
      {
        $set: {
          holder: ifFree({ $literal: holder }, 'holder'),
          machine: ifFree({ $literal: machine }, 'machine'),
          pid: ifFree({ $literal: process.pid }, 'pid'),
          expiresAt: ifFree(expiryIn(term), 'expiresAt'),
        },
      },
      { $unset: 'free' },
    ];
    const options = { upsert: true, returnDocument: 'after' } as const;
    return connection.ride(async () => {
      const asked = performance.now();
      return { current: await again(() => locks.findOneAndUpdate({ _id: name }, update, options)), asked };
    });
  };
};

interface Holding {
  readonly name: string;
  readonly holder: string;
  readonly term: number;
  readonly asked: number;
}

/** The locks of this process. */
interface Own {
  readonly held: Set<Lock>;
  /**
   * Holders of locks that were lost. One that is still on record is ours for the asking: a process that stood still
   * sends a renewal late, and would else keep itself out for another term.
   */
  readonly lapsed: Set<string>;
}

/** Keeps a lock that was taken. */
const hold = (
  connection: MongoConnection,
  { name, holder, term, asked }: Holding,
  { held, lapsed }: Own,
): Lock => {
  const locks = connection.collection<LockDoc>(LOCK);
  const lost = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  const leave = (): boolean => {
    clearInterval(timer);
    clearTimeout(deadline);
    return held.delete(lock);
  };
  const lose = (): void => {
    if (!leave()) return;
    lapsed.add(holder);
    lost.abort();
  };
  // A holder that could not renew the lock in time must assume that another process has it.
  const lastFrom = (start: number): void => {
    clearTimeout(deadline);
    deadline = setTimeout(lose, start + term - performance.now()).unref();
  };
  const renew = async (): Promise<void> => {
    const start = performance.now();
    const renewal = [{ $set: { expiresAt: expiryIn(term) } }];
    const answer = await locks.updateOne({ _id: name, holder }, renewal).catch(() => undefined);
    if (answer?.matchedCount === 0) lose();
    else if (answer !== undefined && held.has(lock)) lastFrom(start);
  };
  const timer = setInterval(() => void renew(), term / 3).unref();
  const lock: Lock = {
    lost: lost.signal,
    release: async () => {
      if (leave()) await connection.ride(() => locks.deleteOne({ _id: name, holder }));
    },
  };
  held.add(lock);
  lastFrom(asked);
  return lock;
};
