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
export class Sweeps {
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<Sweep> | undefined;
  #last: Sweep | undefined;

  /** The last one that came to its end. */
  get last(): Sweep | undefined {
    return this.#last;
  }

  /** A caller that asks during a round gets the next one: this one may have passed already what the caller asks about. */
  run(round: () => Promise<Sweep>): Promise<Sweep> {
    return (this.#next ??= this.#begin(round));
  }

  async #begin(round: () => Promise<Sweep>): Promise<Sweep> {
    await this.#running;
    this.#next = undefined;
    const running = round();
    this.#running = running.catch(() => undefined);
    this.#last = await running;
    return this.#last;
  }
}
