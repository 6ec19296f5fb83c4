/** How something long-lived is restarted after it failed. Times in milliseconds. */
export interface RestartPolicy {
  /** First back-off; doubles with each failure up to `maxDelay`. */
  readonly delay: number;
  readonly maxDelay: number;
  /** So many failures within `window` are too many; a run that lasted longer starts the count afresh. */
  readonly limit: number;
  readonly window: number;
}

/** Back-off 1 s doubling to 60 s, five failures within 60 s are the end. */
export const standardRestart: RestartPolicy = { delay: 1000, maxDelay: 60_000, limit: 5, window: 60_000 };

/** What is remembered from failure to failure. */
export interface RestartHistory {
  /** Instants of failures within the window, oldest first. */
  readonly recent: readonly number[];
  /** Failures in a row, none of them after a run longer than the window. */
  readonly inRow: number;
}

export const noFailures: RestartHistory = { recent: [], inRow: 0 };

/**
 * Decides after a run that lasted from `startedAt` to `failedAt` (instants, ms): the history to go on with and the
 * delay before the next start, undefined when there must be none.
 */
export const decideRestart = (
  history: RestartHistory,
  run: { readonly startedAt: number; readonly failedAt: number },
  policy: RestartPolicy,
): { readonly history: RestartHistory; readonly delay: number | undefined } => {
  const steady = run.failedAt - run.startedAt > policy.window;
  const recent = [...history.recent.filter((at) => run.failedAt - at < policy.window), run.failedAt];
  const inRow = steady ? 1 : history.inRow + 1;
  const delay = Math.min(policy.maxDelay, policy.delay * 2 ** (inRow - 1));
  return { history: { recent, inRow }, delay: recent.length >= policy.limit ? undefined : delay };
};
