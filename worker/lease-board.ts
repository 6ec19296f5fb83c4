const HELD = 0;
const ROUND = 1;

/**
 * Two counters that the worker host and its heartbeat thread share: how many units the host holds, so that an idle
 * thread need not touch the store, and the round of renewals, which orders claims and renewals without any clock.
 */
export interface LeaseBoard {
  readonly buffer: SharedArrayBuffer;
  held(): number;
  /** Counts `units` more (fewer, when negative) held. */
  hold(units: number): void;
  round(): number;
  /** Begins a round of renewals; returns its number. */
  nextRound(): number;
}

export const createLeaseBoard = (
  buffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT),
): LeaseBoard => {
  const cells = new Int32Array(buffer);
  return {
    buffer,
    held: () => Atomics.load(cells, HELD),
    hold: (units) => void Atomics.add(cells, HELD, units),
    round: () => Atomics.load(cells, ROUND),
    nextRound: () => Atomics.add(cells, ROUND, 1) + 1,
  };
};
