const SECOND = 1_000;
const SECONDS = 3_600;

/** Counts events by second over the last hour, in constant space. */
export class Rate {
  readonly #counts = new Uint32Array(SECONDS);
  #last = 0;

  /** `now` in milliseconds, never falling. */
  add(count: number, now: number): void {
    this.#forget(now);
    const slot = Math.floor(now / SECOND) % SECONDS;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + count;
  }

  /** Events of the last `seconds` (at most 3,600), the current second included. */
  within(seconds: number, now: number): number {
    this.#forget(now);
    const second = Math.floor(now / SECOND);
    let total = 0;
    for (let i = 0; i < Math.min(seconds, SECONDS); i++)
      total += this.#counts[(second - i + SECONDS) % SECONDS] ?? 0;
    return total;
  }

  #forget(now: number): void {
    const second = Math.floor(now / SECOND);
    const from = Math.max(this.#last + 1, second - SECONDS + 1);
    for (let passed = from; passed <= second; passed++) this.#counts[passed % SECONDS] = 0;
    this.#last = Math.max(this.#last, second);
  }
}
