import type { Logger } from '../domain/logger.ts';

/** Different reasons told of one outage; servers that come up again name many. */
const MOST_REASONS = 5;

/** Tells of something that fails again and again: once for each reason, and once when it is over. */
export interface OutageLog {
  failed(error: unknown): void;
  over(): void;
}

/** `what` completes the sentence "cannot …". */
export const createOutageLog = (what: string, log: Logger): OutageLog => {
  const reasons = new Set<string>();
  let failures = 0;
  return {
    failed: (error) => {
      failures++;
      const reason = String(error);
      if (reasons.has(reason) || reasons.size === MOST_REASONS) return;
      reasons.add(reason);
      log.warn(`cannot ${what}, trying again: ${reason}`);
    },
    over: () => {
      if (failures > 0) log.info(`can ${what} again`, { failures });
      failures = 0;
      reasons.clear();
    },
  };
};
