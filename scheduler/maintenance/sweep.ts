import { oneAtATime } from '../../lib/one-at-a-time.ts';

/** What of a round is counted. */
export const freshCounts = () => ({
  /** Units of work rung for again, handed out again after a crash or failure, set aside, given up. */
  rung: 0,
  reposted: 0,
  quarantined: 0,
  canceled: 0,
  /** Records and journal rows that were half written. */
  repaired: 0,
  /** Finished jobs that were taken back, since a part of theirs is not finished. */
  reopened: 0,
});

export type SweepCounts = ReturnType<typeof freshCounts>;

/** What a round of the collector did; counts, and milliseconds where they are times. */
export interface Sweep extends Readonly<SweepCounts> {
  /** Instant of its beginning. */
  readonly at: number;
  readonly ms: number;
}

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
