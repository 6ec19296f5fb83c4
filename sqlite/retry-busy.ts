import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy, lockedError, toStoreError } from './statement.ts';

const PAUSE = 5;

/**
 * Runs `work` again and again while another program has the file, for at most `patience` milliseconds. Throws
 * `STORE_LOCKED` then, and `STORE_UNREADABLE` for what waiting does not help.
 */
export const retryBusy = async <T>(work: () => T, file: string, patience: number): Promise<T> => {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw toStoreError(error, file);
      if (performance.now() > deadline) throw lockedError(file, patience);
    }
    await sleep(PAUSE);
  }
};
