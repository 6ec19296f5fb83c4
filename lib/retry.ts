import type { Logger } from '../domain/logger.ts';
import { sleep } from './sleep.ts';

const FIRST_DELAY = 100;
const LONGEST_DELAY = 2000;

/** Carries a loop over the failures of what it depends on: one log line when they begin, one when they are over. */
export interface RetryPause {
  /** Waits before the next try: 100 ms doubling to 2 s, less when the signal aborts. */
  failed(error: unknown): Promise<void>;
  over(): void;
}

/** `what` completes the sentence "cannot …". */
export const createRetryPause = (what: string, logger: Logger, signal: AbortSignal): RetryPause => {
  let delay = 0;
  return {
    failed(error) {
      if (delay === 0) logger.warn(`cannot ${what}: trying on`, { error: String(error) });
      delay = delay === 0 ? FIRST_DELAY : Math.min(LONGEST_DELAY, delay * 2);
      return sleep(delay, signal);
    },
    over() {
      if (delay !== 0) logger.info(`can ${what} again`);
      delay = 0;
    },
  };
};
