import { shiftedClock } from '../domain/clock.ts';
import type { Clock } from '../domain/clock.ts';
import { refuseUnfinishedCopy } from '../db/copy-mark.ts';
import { openStore } from '../db/registry.ts';
import type { Store } from '../db/store.ts';
import type { Queue } from '../mq/queue.ts';
import { openQueue } from '../mq/registry.ts';
import type { Settings } from '../settings.ts';

/** What every service stands on: the adapters that the settings name, and the clocks. */
export interface Ground {
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
  { store, dataDir }: Settings,
  work: (store: Store) => Promise<T>,
): Promise<T> => {
  const opened = await openStore(store, { dataDir, clock: { now: () => Date.now() } });
  return work(opened).finally(() => opened.close());
};

/** Opens store and queue. Throws `STORE_LOCKED`, `STORE_VERSION`, `STORE_UNREADABLE` or `COPY_UNFINISHED`. */
export const openGround = async (settings: Settings): Promise<Ground> => {
  const clock: Clock = { now: () => Date.now() };
  const { dataDir } = settings;
  const store = await openStore(settings.store, { dataDir, clock });
  try {
    await refuseUnfinishedCopy(store);
    const queue = await openQueue(settings.queue, { dataDir, clock });
    return {
      settings,
      store,
      queue,
      clock,
      timetableClock: shiftedClock(clock, settings.clockOffset),
      close: async () => {
        await queue.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
};
