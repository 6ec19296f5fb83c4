import { EXPIRED_AT_ONCE } from '../../db/store.ts';
import type { Clock } from '../../domain/clock.ts';
import type { ExpiredCounts } from '../../domain/model/record.ts';
import { endOf } from '../../domain/retention/expirable.ts';
import { sleep } from '../../lib/sleep.ts';
import { expirableUows } from './expirable-uows.ts';
import { longJournals } from './long-journals.ts';
import { createRoundRecord } from './round-record.ts';
import type { Retaining } from './round-record.ts';

/** A step is to take so long, ms: the embedded store is closed to other writers meanwhile. */
const STEP_TIME = 20;
/** Units of the first step. */
const FEW = 16;
/** Rests after a step, in durations of it and in ms at least: retention is at work a twentieth of the time at most. */
const RESTS = 19;
const SHORTEST_REST = 20;

/** One round of retention, which keeps on record what it does. */
interface Round {
  readonly shared: Retaining;
  readonly stopping: AbortSignal;
  readonly record: ReturnType<typeof createRoundRecord>;
  readonly rest: () => Promise<void>;
}

const expireUows = async ({ shared, stopping, record, rest }: Round): Promise<void> => {
  const { store, clock } = shared;
  let size = FEW;
  for await (const { entity, uows } of expirableUows(shared)) {
    for (let from = 0; from < uows.length && !stopping.aborted;) {
      const chunk = uows.slice(from, from + size);
      from += chunk.length;
      const begunAt = clock.now();
      const counts = await store.expireUows({ ...record.nextStep(), entity, uows: chunk });
      // Some units have many lines.
      size = clock.now() - begunAt > STEP_TIME ? Math.ceil(size / 2) : Math.min(2 * size, EXPIRED_AT_ONCE);
      await record.add(counts, chunk.map(endOf));
      await store.shrink();
      await rest();
    }
    if (stopping.aborted) return;
  }
};

const cutJournals = async ({ shared, stopping, record, rest }: Round): Promise<void> => {
  const { store } = shared;
  for await (const journal of longJournals(shared)) {
    while (!stopping.aborted) {
      const cut = await store.expireTransitions({ ...record.nextStep(), ...journal });
      if (cut === undefined) break;
      await record.add({ transitions: cut.transitions }, [cut.from, cut.to]);
      await store.shrink();
      await rest();
    }
    if (stopping.aborted) return;
  }
};

/** Rests for many times as long as the work since the rest before took. */
const createRest = (clock: Clock, stopping: AbortSignal): (() => Promise<void>) => {
  let since = clock.now();
  return async () => {
    await sleep(Math.max(SHORTEST_REST, RESTS * (clock.now() - since)), stopping);
    since = clock.now();
  };
};

/**
 * Deletes history that is out of date in small steps, until none is left or `stopping` aborts, puts on record what it
 * deleted, and has the store shrink. It rests after each step for many times as long as that took. Returns what it deleted.
 */
export const expireHistory = async (shared: Retaining, stopping: AbortSignal): Promise<ExpiredCounts> => {
  const { store, clock } = shared;
  const rest = createRest(clock, stopping);
  const round = { shared, stopping, rest, record: createRoundRecord(shared) };
  await expireUows(round);
  await cutJournals(round);
  while (!stopping.aborted && (await store.shrink())) await rest();
  await round.record.end();
  return round.record.counts();
};
