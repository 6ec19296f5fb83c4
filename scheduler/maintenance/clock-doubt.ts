import { getFact, putFact } from '../../db/collections.ts';
import type { Json } from '../../domain/model/process.ts';
import { lookAtClock } from '../../domain/retention/clock.ts';
import type { SeenClock } from '../../domain/retention/clock.ts';
import type { SchedulerContext } from '../context.ts';
import { noneIfUnreadable } from './housekeeping.ts';
import type { HousekeepingResult, HousekeepingTask } from './housekeeping.ts';

/** Fact with how the clock was seen to go; each store has its own. */
export const CLOCK_FACT = 'clock';

/** Looks at the clock and keeps what it sees; answers what it leapt to, ms, while that is not to be believed. */
export const lookAtStoredClock = async ({
  store,
  clock,
}: Pick<SchedulerContext, 'store' | 'clock'>): Promise<number | null> => {
  const seen = (await getFact(store, CLOCK_FACT).catch(noneIfUnreadable)) as (SeenClock & Json) | undefined;
  const next = lookAtClock(seen, clock.now());
  await putFact(store, CLOCK_FACT, { ...next });
  return next.leaptTo;
};

/** The run of a task that deletes what is old: a clock that is far ahead would have it delete nearly everything. */
export const unlessClockLeapt =
  (
    expire: (...parameters: Parameters<HousekeepingTask['run']>) => Promise<HousekeepingResult['counts']>,
  ): HousekeepingTask['run'] =>
  async (shared, stopping) => {
    const leaptTo = await lookAtStoredClock(shared);
    if (leaptTo === null) return { counts: await expire(shared, stopping) };
    const instant = new Date(leaptTo).toISOString();
    const finding = `the clock leapt to ${instant}, days ahead of when it was looked at last: nothing is deleted until it is set right or has gone on for a day`;
    return { counts: {}, findings: [finding] };
  };
