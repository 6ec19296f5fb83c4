import { tryLock } from '../../db/embedded/lock.ts';
import { openStore } from '../../db/registry.ts';
import type { Lock } from '../../db/store.ts';
import { SynergyError } from '../../domain/errors.ts';
import { redactUrl } from '../../domain/redact-url.ts';
import { SCHEDULER_LOCK } from '../../scheduler/scheduler.ts';
import type { Settings } from '../../settings.ts';
import { checkDataDir } from './preflight.ts';
import { SUPERVISOR } from '../../domain/model/service-name.ts';
import { systemClock } from '../../lib/system-clock.ts';

/**
 * Takes the locks of supervisor and scheduler by `take` for the length of `work`, which is told which of them runs
 * already, if any.
 */
export const withLocks = async <T>(
  take: (name: string) => Promise<Lock | undefined>,
  work: (inUseBy: string | undefined) => Promise<T>,
): Promise<T> => {
  const locks: Lock[] = [];
  try {
    for (const name of [SUPERVISOR, SCHEDULER_LOCK]) {
      const lock = await take(name);
      if (lock === undefined) return await work(name);
      locks.push(lock);
    }
    return await work(undefined);
  } finally {
    for (const lock of locks) await lock.release();
  }
};

/** The lock of supervisor or scheduler, where those of these settings would take it. */
const lockOf = async (
  { store, dataDir, leaderTerm: lockTerm }: Settings,
  name: string,
): Promise<Lock | undefined> => {
  // A folder that is to be emptied must not be opened.
  if (name === SUPERVISOR || store === 'embedded') return tryLock(dataDir, name);
  const opened = await openStore(store, { dataDir, clock: systemClock, lockTerm });
  const lock = await opened.tryLock(name);
  if (lock === undefined) await opened.close();
  return lock && { release: () => lock.release().finally(() => opened.close()) };
};

/** The store for people. */
export const placeOf = ({ store, dataDir }: Settings): string =>
  store === 'embedded' ? dataDir : redactUrl(store);

/** Keeps supervisor and scheduler away for the length of `work`, which is told which of them runs already, if any. */
export const tryExclusiveAccess = async <T>(
  settings: Settings,
  work: (inUseBy: string | undefined) => Promise<T>,
): Promise<T> => {
  checkDataDir(settings);
  return withLocks((name) => lockOf(settings, name), work);
};

/** Keeps supervisor and scheduler away for the length of `work`. Throws `STORE_LOCKED` when they are there already. */
export const withExclusiveAccess = <T>(settings: Settings, work: () => Promise<T>): Promise<T> =>
  tryExclusiveAccess(settings, (inUseBy) => {
    if (inUseBy === undefined) return work();
    return Promise.reject(
      new SynergyError(
        'STORE_LOCKED',
        `'${placeOf(settings)}' is in use by a running ${inUseBy}: stop it first with 'synergy stop'`,
      ),
    );
  });
