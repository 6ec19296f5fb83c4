import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Lock } from '../store.ts';
import type { Ground } from './ground.ts';
import { again } from './keyed.ts';
import { serverNow } from './sequence.ts';

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

/** Host, boot and process namespace: within them a process id that nobody has tells that its process is gone. */
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

export interface Locks {
  /**
   * Takes a lock that expires by itself a while after its process ended or was cut off; on the machine of a holder
   * whose process is gone, at once.
   */
  readonly tryLock: (name: string) => Promise<Lock | undefined>;
  readonly releaseAll: () => Promise<void>;
}

/** `term`: ms a lock lasts without being renewed. */
export const createLocks = (ground: Ground, term: number): Locks => {
  const held = new Set<Lock>();
  const take = createTake(ground, term);
  return {
    tryLock: async (name) => {
      const holder = randomUUID();
      let current = await take(name, holder, holder);
      if (current?.holder !== holder && current !== null && isGone(current)) {
        current = await take(name, holder, current.holder);
      }
      return current?.holder === holder ? hold(ground, { name, holder, term }, held) : undefined;
    },
    releaseAll: async () => {
      await Promise.allSettled([...held].map((lock) => lock.release()));
    },
  };
};

const expiryIn = (term: number) => ({ $add: [serverNow, term] });

/** One update that takes the lock if it is free or `from`'s, and leaves it as it is otherwise. Returns what it is then. */
const createTake = (ground: Ground, term: number) => {
  const locks = ground.collection<LockDoc>(LOCK);
  return (name: string, holder: string, from: string): Promise<LockDoc | null> => {
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
    return ground.ride(() =>
      again(() => locks.findOneAndUpdate({ _id: name }, update, { upsert: true, returnDocument: 'after' })),
    );
  };
};

interface Holding {
  readonly name: string;
  readonly holder: string;
  readonly term: number;
}

/** Keeps a lock that was taken. */
const hold = (ground: Ground, { name, holder, term }: Holding, held: Set<Lock>): Lock => {
  const locks = ground.collection<LockDoc>(LOCK);
  const lost = new AbortController();
  let renewedAt = performance.now();
  const leave = (): boolean => {
    clearInterval(timer);
    return held.delete(lock);
  };
  const renew = async (): Promise<void> => {
    const begun = performance.now();
    // Whoever cannot ask has to believe, after some time, that somebody else took it.
    const answer = await locks
      .updateOne({ _id: name, holder }, [{ $set: { expiresAt: expiryIn(term) } }])
      .catch(() => undefined);
    if (answer !== undefined && answer.matchedCount > 0) renewedAt = begun;
    else if (answer !== undefined || begun - renewedAt > term) {
      if (leave()) lost.abort();
    }
  };
  const timer = setInterval(() => void renew(), term / 3).unref();
  const lock: Lock = {
    lost: lost.signal,
    release: async () => {
      if (leave()) await ground.ride(() => locks.deleteOne({ _id: name, holder }));
    },
  };
  held.add(lock);
  return lock;
};
