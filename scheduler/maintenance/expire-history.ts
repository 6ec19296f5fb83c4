import { EXPIRED_AT_ONCE } from '../../db/store.ts';
import type { Store } from '../../db/store.ts';
import type { ExpiredCounts } from '../../domain/model/record.ts';
import { endOf } from '../../domain/retention/expirable.ts';
import { sleep } from '../../lib/sleep.ts';
import { expireCommands } from './expire-commands.ts';
import { expirableUows } from './expirable-uows.ts';
import { longJournals } from './long-journals.ts';
import { createRoundRecord } from './round-record.ts';
import type { Retaining } from './round-record.ts';

/** A step is to take so long, ms, where others can write nothing meanwhile: in a store with one transaction at a time. */
const STEP_TIME = 20;
/** Units of the first step. */
const FEW = 16;
/** Rests after a step, in durations of its work and in ms at least: so retention is at work a twenty-fifth of the time at most. */
const RESTS = 24;
const SHORTEST_REST = 20;

/** One round of retention, which keeps on record what it does. */
interface Round {
  readonly shared: Retaining;
  readonly stopping: AbortSignal;
  readonly record: ReturnType<typeof createRoundRecord>;
  readonly rest: () => Promise<void>;
}

const expireUows = async ({ shared, stopping, record, rest }: Round): Promise<void> => {
  const { store } = shared;
  let size = FEW;
  for await (const { entity, uows } of expirableUows(shared)) {
    for (let from = 0; from < uows.length && !stopping.aborted;) {
      const chunk = uows.slice(from, from + size);
      from += chunk.length;
      const before = store.workedFor();
      const counts = await store.expireUows({ ...record.nextStep(), entity, uows: chunk });
      // Some units have many lines.
      const isLong = store.capabilities.atomicGroups && store.workedFor() - before > STEP_TIME;
      size = isLong ? Math.ceil(size / 2) : Math.min(2 * size, EXPIRED_AT_ONCE);
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

/**
 * Rests for many times as long as the work since the rest before took. What a step waits for others does not count: in a busy
 * store retention would come to a stop.
 */
const createRest = (store: Store, stopping: AbortSignal): (() => Promise<void>) => {
  let since = store.workedFor();
  return async () => {
    await sleep(Math.max(SHORTEST_REST, RESTS * (store.workedFor() - since)), stopping);
    since = store.workedFor();
  };
};

/**
 * Deletes history that is out of date in small steps, until none is left or `stopping` aborts, puts on record what it
 * deleted, and has the store shrink. It rests after each step for many times as long as that took. Returns what it deleted.
 */
export const expireHistory = async (shared: Retaining, stopping: AbortSignal): Promise<ExpiredCounts> => {
  const { store } = shared;
  const rest = createRest(store, stopping);
  const round = { shared, stopping, rest, record: createRoundRecord(shared) };
  await expireUows(round);
  await cutJournals(round);
  await expireCommands(shared, stopping, rest);
  while (!stopping.aborted && (await store.shrink())) await rest();
  await round.record.end();
  return round.record.counts();
};
