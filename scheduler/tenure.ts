import { setTimeout as delay } from 'node:timers/promises';
import { SynergyError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { Lock, Store } from '../db/store.ts';

/** Pause before a store that is away is asked for the lock again, ms. */
const PATIENCE = 500;

/** What a scheduler needs to be the only one. */
export interface TenureOptions {
  readonly store: Pick<Store, 'tryLock'>;
  readonly log: Logger;
  /** Another scheduler is at work: this one has to go. Told once. */
  readonly onDeposed?: () => void;
}

/** The right to be the scheduler of a store. */
export interface Tenure {
  release(): Promise<void>;
}

/**
 * Takes the lock `name` for a scheduler, and takes it again when it was lost while the store was away. Work may go on
 * meanwhile: every write is a compare-and-set, so two schedulers for a moment cost rings and nothing else. Throws
 * `STORE_LOCKED` when another scheduler is at work.
 */
export const beginTenure = async (
  name: string,
  { store, log, onDeposed }: TenureOptions,
): Promise<Tenure> => {
  let released = false;
  const isReleased = (): boolean => released;
  let lock: Lock;

  const retake = async (): Promise<void> => {
    log.warn('the lock of the scheduler was lost, taking it again');
    while (!isReleased()) {
      try {
        const taken = await store.tryLock(name);
        if (taken === undefined) onDeposed?.();
        else if (isReleased()) await taken.release();
        else keep(taken);
        return;
      } catch {
        // Whoever watches the store tells that it is away.
        await delay(PATIENCE);
      }
    }
  };
  const keep = (taken: Lock): void => {
    lock = taken;
    if (taken.lost?.aborted === true) void retake();
    else taken.lost?.addEventListener('abort', () => void retake(), { once: true });
  };

  const first = await store.tryLock(name);
  if (first === undefined) {
    throw new SynergyError(
      'STORE_LOCKED',
      'another scheduler is at work on this store: stop it with `synergy stop`, or choose another --data-dir',
    );
  }
  keep(first);
  return {
    release: () => {
      released = true;
      return lock.release();
    },
  };
};
