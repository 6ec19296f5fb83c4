import { shiftedClock } from '../domain/clock.ts';
import type { Clock } from '../domain/clock.ts';
import { refuseUnfinishedCopy } from '../db/copy-mark.ts';
import { openStore } from '../db/registry.ts';
import type { StoreOptions } from '../db/registry.ts';
import type { Store } from '../db/store.ts';
import type { MovableStore } from '../db/transfer.ts';
import type { Queue } from '../mq/queue.ts';
import { openQueue } from '../mq/registry.ts';
import type { Settings } from '../settings.ts';
import { systemClock } from '../lib/system-clock.ts';

/** What every service stands on: the adapters that the settings name, and the clocks. */
export interface Adapters {
  readonly settings: Settings;
  readonly store: Store;
  readonly queue: Queue;
  /** Real time: leases, retries, journal. */
  readonly clock: Clock;
  /** Time of the timetable; `asOf` shifts it. */
  readonly timetableClock: Clock;
  close(): Promise<void>;
}

/** Opens the store alone, for the length of `work`. */
export const withStore = async <T>(
  { store, dataDir }: Pick<Settings, 'store' | 'dataDir'>,
  work: (store: MovableStore) => Promise<T>,
): Promise<T> => {
  const opened = await openStore(store, { dataDir, clock: systemClock });
  return work(opened).finally(() => opened.close());
};

/** Both at once: a process that replaces a dead one has no time to lose. */
const openBoth = async (settings: Settings, options: StoreOptions) => {
  const [store, queue] = await Promise.allSettled([
    openStore(settings.store, options),
    openQueue(settings.queue, options),
  ]);
  if (store.status === 'fulfilled' && queue.status === 'fulfilled')
    return { store: store.value, queue: queue.value };
  for (const opened of [queue, store]) if (opened.status === 'fulfilled') await opened.value.close();
  throw store.status === 'rejected' ? store.reason : (queue as PromiseRejectedResult).reason;
};

/** Opens store and queue. Throws `STORE_LOCKED`, `STORE_VERSION`, `STORE_UNREADABLE` or `COPY_UNFINISHED`. */
export const openAdapters = async (settings: Settings): Promise<Adapters> => {
  const { store, queue } = await openBoth(settings, {
    dataDir: settings.dataDir,
    clock: systemClock,
    lockTerm: settings.leaderTerm,
  });
  const close = async (): Promise<void> => {
    await queue.close();
    await store.close();
  };
  try {
    await refuseUnfinishedCopy(store);
  } catch (error) {
    await close();
    throw error;
  }
  const timetableClock = shiftedClock(systemClock, settings.clockOffset);
  return { settings, store, queue, clock: systemClock, timetableClock, close };
};
