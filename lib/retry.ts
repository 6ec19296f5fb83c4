import type { Logger } from '../domain/logger.ts';

/** Different reasons told of one outage; servers that come up again name many. */
const MOST_REASONS = 5;

/** Pauses between attempts, ms: they double from the first to the longest. */
export interface RetryPauses {
  readonly first: number;
  readonly longest: number;
}

const DEFAULT_PAUSES: RetryPauses = { first: 100, longest: 2000 };

/**
 * Carries a loop over the failures of what it depends on; logs each reason once, and once that they are over. `what` completes
 * the sentence "cannot …".
 */
export const createRetry = (what: string, log: Logger, { first, longest } = DEFAULT_PAUSES) => {
  const reasons = new Set<string>();
  let failures = 0;
  let pause = 0;
  return {
    /** Notes a failure; returns how long to wait before the next attempt, ms. */
    failed: (error: unknown): number => {
      const reason = String(error);
      failures++;
      pause = Math.min(longest, pause === 0 ? first : 2 * pause);
      if (!reasons.has(reason) && reasons.size < MOST_REASONS) {
        reasons.add(reason);
        log.warn(`cannot ${what}, trying again: ${reason}`);
      }
      return pause;
    },
    over: (): void => {
      if (failures > 0) log.info(`can ${what} again`, { failures });
      failures = 0;
      pause = 0;
      reasons.clear();
    },
  };
};

export type Retry = ReturnType<typeof createRetry>;
