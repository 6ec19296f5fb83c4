import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Lock } from '../store.ts';
import type { Ground } from './ground.ts';
import { again } from './keyed.ts';

export const LOCK = 'lock';

/** A lock is held until `expiresAt`, by the clock of the server. */
interface LockDoc {
  readonly _id: string;
  readonly holder: string;
  /** Where process ids mean the same; empty when unknown. */
  readonly machine: string;
  readonly pid: number;
  readonly expiresAt: Date;
}

/** ms a lock lasts without being renewed. */
const TERM = 15_000;
const RENEW_EVERY = TERM / 3;

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

const expiry = { $add: ['$$NOW', TERM] };

/** A lock that is given back by itself some time after its process ended or was cut off. */
export interface Locks {
  readonly tryLock: (name: string) => Promise<Lock | undefined>;
  readonly releaseAll: () => Promise<void>;
}

export const createLocks = (ground: Ground): Locks => {
  const locks = ground.collection<LockDoc>(LOCK);
  const held = new Set<Lock>();

  /** One update that takes the lock if it can be had, and leaves it as it is otherwise. */
  const take = async (name: string, holder: string, gone?: string): Promise<LockDoc | null> => {
    const isFree = {
      $or: [{ $lt: ['$expiresAt', '$$NOW'] }, { $in: ['$holder', [holder, gone ?? holder]] }],
    };
    const mine = { holder, machine, pid: process.pid, expiresAt: expiry };
    const taken = Object.entries(mine).map(([field, value]) => {
      const own = typeof value === 'object' ? value : { $literal: value };
      return [field, { $cond: ['$free', own, `$${field}`] }];
    });
    const update = [
      { $set: { free: isFree } },
      { $set: Object.fromEntries(taken) as Record<string, unknown> },
      { $unset: 'free' },
    ];
    return ground.ride(() =>
      again(() => locks.findOneAndUpdate({ _id: name }, update, { upsert: true, returnDocument: 'after' })),
    );
  };

  const hold = (name: string, holder: string): Lock => {
    const lost = new AbortController();
    const renewed = { at: performance.now() };
    const lose = (): void => {
      clearInterval(timer);
      held.delete(lock);
      lost.abort();
    };
    const renew = async (): Promise<void> => {
      const begun = performance.now();
      try {
        const { matchedCount } = await locks.updateOne({ _id: name, holder }, [
          { $set: { expiresAt: expiry } },
        ]);
        if (matchedCount === 0) lose();
        else renewed.at = begun;
      } catch {
        // Whoever cannot ask has to believe that somebody else may have taken it.
        if (performance.now() - renewed.at > TERM) lose();
      }
    };
    const timer = setInterval(() => void renew(), RENEW_EVERY).unref();
    const lock: Lock = {
      lost: lost.signal,
      release: async () => {
        clearInterval(timer);
        if (!held.delete(lock)) return;
        await ground.ride(() => locks.deleteOne({ _id: name, holder }));
      },
    };
    held.add(lock);
    return lock;
  };

  return {
    tryLock: async (name) => {
      const holder = randomUUID();
      const first = await take(name, holder);
      const after =
        first !== null && first.holder !== holder && isGone(first)
          ? await take(name, holder, first.holder)
          : first;
      return after?.holder === holder ? hold(name, holder) : undefined;
    },
    releaseAll: async () => {
      await Promise.allSettled([...held].map((lock) => lock.release()));
    },
  };
};
