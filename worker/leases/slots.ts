/** Room of one process in this host. */
export interface Slots {
  /** Units that may be taken now. */
  free(): number;
  /** Resolves once there is a free slot, or `signal` has aborted. */
  room(signal: AbortSignal): Promise<void>;
  /** Units were claimed; their runs ended; their reports were answered. */
  claimed(units: number): void;
  ended(units: number): void;
  reported(units: number): void;
}

/**
 * At most `concurrency` units run, and at most twice as many are claimed: the next ones start while the last ones are
 * being reported, yet a store that takes no reports does not make them pile up.
 */
export const createSlots = (concurrency: number): Slots => {
  let running = 0;
  let held = 0;
  let wake: (() => void) | undefined;
  const free = (): number => Math.min(concurrency - running, 2 * concurrency - held);
  const freed = (): void => {
    if (free() > 0) wake?.();
  };
  return {
    free,
    async room(signal) {
      while (free() <= 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', wake, { once: true });
        });
        if (wake) signal.removeEventListener('abort', wake);
        wake = undefined;
      }
    },
    claimed(units) {
      running += units;
      held += units;
    },
    ended(units) {
      running -= units;
      freed();
    },
    reported(units) {
      held -= units;
      freed();
    },
  };
};
