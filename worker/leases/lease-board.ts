const HELD = 0;
const ROUND = 1;
const RENEWED_ROUND = 2;
const TURNS = 3;
/** The instant follows the counters, at a whole multiple of its size. */
const RENEWED_AT = 16;
const BYTES = 24;

/** A round of renewals, and when it was sent, ms of the stopwatch. */
export interface SentRound {
  readonly round: number;
  readonly at: number;
}

/**
 * What the worker host and its heartbeat thread share: how many units the host holds, so that an idle thread need not
 * touch the store; the round of renewals, which orders claims and renewals without any clock; and the last renewal that
 * succeeded, which neither a busy event loop nor the end of the thread keeps from the host.
 */
export const createLeaseBoard = (buffer = new SharedArrayBuffer(BYTES)) => {
  const cells = new Int32Array(buffer, 0, RENEWED_AT / Int32Array.BYTES_PER_ELEMENT);
  const renewedAt = new BigInt64Array(buffer, RENEWED_AT);
  return {
    buffer,
    held: () => Atomics.load(cells, HELD),
    /** Counts `units` more (fewer, when negative) held. */
    hold: (units: number) => void Atomics.add(cells, HELD, units),
    round: () => Atomics.load(cells, ROUND),
    /** Shows that the event loop of the host turns. */
    turn: () => void Atomics.add(cells, TURNS, 1),
    /** Changes with every turn shown. */
    turns: () => Atomics.load(cells, TURNS),
    /** Begins a round of renewals; returns its number. */
    nextRound: () => Atomics.add(cells, ROUND, 1) + 1,
    /** Notes that a round succeeded. The instant first, and read last: one that is of a later round than it is taken for is as good. */
    renewed: ({ round, at }: SentRound): void => {
      Atomics.store(renewedAt, 0, BigInt(Math.floor(at)));
      Atomics.store(cells, RENEWED_ROUND, round);
    },
    /** The last round that succeeded; round 0 while none has. */
    lastRenewed: (): SentRound => {
      const round = Atomics.load(cells, RENEWED_ROUND);
      return { round, at: Number(Atomics.load(renewedAt, 0)) };
    },
  };
};

export type LeaseBoard = ReturnType<typeof createLeaseBoard>;
