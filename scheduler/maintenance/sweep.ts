import { oneAtATime } from '../../lib/one-at-a-time.ts';

/** What a round of the collector did; counts, and milliseconds where they are times. */
export interface Sweep {
  /** Instant of its beginning. */
  readonly at: number;
  readonly ms: number;
  /** Units of work rung for again, handed out again after a crash or failure, set aside, given up. */
  readonly rung: number;
  readonly reposted: number;
  readonly quarantined: number;
  readonly canceled: number;
  /** Records and journal rows that were half written. */
  readonly repaired: number;
  /** Finished jobs that were taken back, since a part of theirs is not finished. */
  readonly reopened: number;
}

/** What of a round is counted. */
export type SweepCounts = { -readonly [K in Exclude<keyof Sweep, 'at' | 'ms'>]: number };

export const freshCounts = (): SweepCounts => ({
  rung: 0,
  reposted: 0,
  quarantined: 0,
  canceled: 0,
  repaired: 0,
  reopened: 0,
});

/** Whether a round did anything. */
export const isBusy = (tally: SweepCounts): boolean => Object.values(tally).some((count) => count > 0);

/** The rounds of a collector, one at a time. */
export const createSweeps = () => {
  const inTurn = oneAtATime<Sweep>();
  let last: Sweep | undefined;
  return {
    /** The last one that came to its end. */
    last: () => last,
    run: (round: () => Promise<Sweep>): Promise<Sweep> => inTurn(async () => (last = await round())),
  };
};

export type Sweeps = ReturnType<typeof createSweeps>;
