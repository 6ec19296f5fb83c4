import { tryLock } from '../../db/embedded/lock.ts';
import { openStore } from '../../db/registry.ts';
import type { Lock } from '../../db/store.ts';
import { SynergyError } from '../../domain/errors.ts';
import { redactUrl } from '../../domain/redact-url.ts';
import { SCHEDULER_LOCK } from '../../scheduler/scheduler.ts';
import type { Settings } from '../../settings.ts';
import { checkDataDir } from './preflight.ts';
import { SUPERVISOR } from './running-services.ts';
import { systemClock } from '../../lib/system-clock.ts';

/** The lock of the scheduler, where the scheduler of these settings would take it. */
const lockScheduler = async ({ store, dataDir }: Settings): Promise<Lock | undefined> => {
  // A folder that is to be emptied must not be opened.
  if (store === 'embedded') return tryLock(dataDir, SCHEDULER_LOCK);
  const opened = await openStore(store, { dataDir, clock: systemClock });
  const lock = await opened.tryLock(SCHEDULER_LOCK);
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
  const locksOf = {
    [SUPERVISOR]: () => tryLock(settings.dataDir, SUPERVISOR),
    [SCHEDULER_LOCK]: () => lockScheduler(settings),
  };
  const locks: Lock[] = [];
  try {
    for (const [name, take] of Object.entries(locksOf)) {
      const lock = await take();
      if (lock === undefined) return await work(name);
      locks.push(lock);
    }
    return await work(undefined);
  } finally {
    for (const lock of locks) await lock.release();
  }
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
