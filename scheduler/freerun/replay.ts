import type { Store } from '../../db/store.ts';
import type { Json } from '../../domain/model/process.ts';
import { passOf, replayed } from '../../domain/schedule/replay.ts';
import type { Replay } from '../../domain/schedule/replay.ts';
import { parseSchedule } from '../../domain/schedule/schedule.ts';

const FACT = 'freerun-replay';

/** Keeps which time of the timetable comes again, since the clock was set back. */
export class FreerunReplay {
  readonly #store: Pick<Store, 'getFact' | 'putFact'>;
  #replay: Replay | undefined;
  #isStored = true;

  constructor(store: Pick<Store, 'getFact' | 'putFact'>) {
    this.#store = store;
  }

  async load(): Promise<void> {
    this.#replay = (await this.#store.getFact(FACT)) as (Replay & Json) | undefined;
  }

  /** Time from `now` to `until` comes again; to be stored. */
  begin(span: { now: number; until: number }): void {
    this.#replay = replayed(this.#replay, span);
    this.#isStored = false;
  }

  async store(): Promise<void> {
    if (this.#replay === undefined || this.#isStored) return;
    await this.#store.putFact(FACT, { ...this.#replay });
    this.#isStored = true;
  }

  comesAgain(at: number): boolean {
    return passOf(at, this.#replay) > 1;
  }

  /** Which time an instant of a trigger counts. A fixed time comes once: its unit of the first time is found by its id. */
  pass(trigger: string, at: number): number {
    return this.comesAgain(at) && parseSchedule(trigger).isFixed ? 1 : passOf(at, this.#replay);
  }
}

/** Drops instants later than `now`: they come again by themselves. */
export const dropAhead = (missed: Map<string, readonly number[]>, now: number): void => {
  for (const [key, instants] of missed) {
    const left = instants.filter((at) => at <= now);
    if (left.length > 0) missed.set(key, left);
    else missed.delete(key);
  }
};
