/** A store or a queue, as far as it tells which log orders its writes. */
export interface Logged {
  readonly capabilities: { readonly commitLog: string | null };
}

/**
 * Whether a ring may be published right after a commit was begun, without waiting for its outcome: in one log it
 * shares the commit and is never seen before it. A ring for what was not written after all finds nothing to claim.
 */
export const shareCommitLog = (store: Logged, queue: Logged): boolean =>
  store.capabilities.commitLog !== null && store.capabilities.commitLog === queue.capabilities.commitLog;
