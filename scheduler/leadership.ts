import { DeposedError, SynergyError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { Lock, Store } from '../db/store.ts';
import { sleep } from '../lib/sleep.ts';

/** Pause before a store that is away is asked again, ms. */
const PATIENCE = 500;

/** What a scheduler needs to be the only one. */
export interface LeadershipOptions {
  readonly store: Pick<Store, 'tryLock' | 'beginEpoch' | 'latestEpoch'>;
  readonly log: Logger;
}

/** The right to be the scheduler of a store. */
export interface Leadership {
  /** Of all that this scheduler writes. */
  readonly epoch: number;
  /** Aborted when another scheduler leads: this one has to go. */
  readonly deposed: AbortSignal;
  /**
   * The store for this scheduler, which may hear of the other one by a refusal. What is no commit is let through when
   * no other epoch has begun a moment before: enough for what is written again and again, and for commands.
   */
  fence(store: Store): Store;
  release(): Promise<void>;
}

/**
 * Takes the lock `name` for a scheduler and begins an epoch; takes the lock again when it was lost while the store was
 * away. Work may go on meanwhile, since the store refuses what is of an earlier epoch than the latest. Throws
 * `STORE_LOCKED` when another scheduler is at work.
 */
export const beginLeadership = async (name: string, options: LeadershipOptions): Promise<Leadership> => {
  const lock = await options.store.tryLock(name);
  if (lock === undefined) {
    throw new SynergyError(
      'STORE_LOCKED',
      'another scheduler is at work on this store: stop it with `synergy stop`, or choose another --data-dir',
    );
  }
  try {
    return serve(options, name, await options.store.beginEpoch(), lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
};

const serve = ({ store, log }: LeadershipOptions, name: string, epoch: number, first: Lock): Leadership => {
  const deposed = new AbortController();
  let lock = first;
  let isReleased = false;
  const isOver = (): boolean => isReleased || deposed.signal.aborted;
  /** Asks until there is an answer; undefined when it is over before. */
  const ask = async <T>(question: () => Promise<T>): Promise<T | undefined> => {
    while (!isOver()) {
      try {
        return await question();
      } catch {
        // The server health check tells that the store is away.
        await sleep(PATIENCE);
      }
    }
    return undefined;
  };
  const retake = async (): Promise<void> => {
    if (isOver()) return;
    log.warn('the lock of the scheduler was lost, taking it again');
    const taken = await ask(() => store.tryLock(name));
    if (taken !== undefined) keep(taken);
    if (isReleased) return taken?.release();
    // Another scheduler may have led in between and be gone again: what this one knows is out of date all the same.
    const latest = taken && (await ask(() => store.latestEpoch()));
    if (!isOver() && latest !== epoch) deposed.abort();
  };
  const keep = (taken: Lock): void => {
    lock = taken;
    if (taken.lost?.aborted === true) void retake();
    else taken.lost?.addEventListener('abort', () => void retake(), { once: true });
  };
  keep(first);
  return {
    epoch,
    deposed: deposed.signal,
    fence: (unfenced) => fence(unfenced, epoch, () => deposed.abort()),
    release: () => {
      isReleased = true;
      return lock.release();
    },
  };
};

/** The store for a scheduler of this epoch. */
const fence = (store: Store, epoch: number, onDeposed: () => void): Store => {
  const watch = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof DeposedError) onDeposed();
      throw error;
    }
  };
  const commit: Store['commit'] = (groups) => watch(store.commit(groups));
  const expiry: Pick<Store, 'expireUows' | 'expireTransitions'> = {
    expireUows: (step) => watch(store.expireUows(step)),
    expireTransitions: (step) => watch(store.expireTransitions(step)),
  };
  // Where a lock cannot be lost no other scheduler leads meanwhile.
  if (!store.capabilities.shared) return { ...store, commit, ...expiry };
  const whileLeading = <T>(write: () => Promise<T>): Promise<T> =>
    watch(
      store
        .latestEpoch()
        .then((latest) => (latest > epoch ? Promise.reject(new DeposedError(epoch)) : write())),
    );
  return {
    ...store,
    commit,
    ...expiry,
    // That it still leads after the end of a command tells that the next leader knows what the command did.
    collection: (spec) => {
      // Each method is named, so that a new one has to say here whether it writes.
      const { get, getAll, list, put, insertNew, compareAndSet, remove } = store.collection(spec);
      return {
        get,
        getAll,
        list,
        put: (record) => whileLeading(() => put(record)),
        insertNew: (record) => whileLeading(() => insertNew(record)),
        compareAndSet: (...change) => whileLeading(() => compareAndSet(...change)),
        remove: (key) => whileLeading(() => remove(key)),
      };
    },
  };
};
