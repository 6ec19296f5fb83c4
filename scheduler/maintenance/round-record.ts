import { retentionRoundSpec } from '../../db/collections.ts';
import type { ExpiredCounts, RetentionRound } from '../../domain/model/record.ts';
import { sumOf } from '../../domain/retention/tally.ts';
import type { ExpiredSum } from '../../domain/retention/tally.ts';
import type { SchedulerContext } from '../context.ts';

/** Rounds that are kept on record. */
const ROUNDS = 100;

/** What a round needs of the scheduler. */
export type Retaining = Pick<
  SchedulerContext,
  'store' | 'clock' | 'timetableClock' | 'timetable' | 'context' | 'limits' | 'leader'
>;

const nothing: ExpiredSum = { uows: 0, transitions: 0, lines: 0, reports: 0, from: Infinity, to: -Infinity };

/** Keeps what a round did, from its first step on. */
export const createRoundRecord = ({ store, clock, leader }: Retaining) => {
  const rounds = store.collection(retentionRoundSpec);
  const begunAt = clock.now();
  // One scheduler has an epoch, and one round at a time.
  const begun = { id: `${leader.epoch()}-${begunAt}`, begunAt };
  let round: RetentionRound | undefined;
  const forgetOld = async (): Promise<void> => {
    const kept = await rounds.list({ reverse: true, limit: ROUNDS });
    const oldest = kept.length < ROUNDS ? undefined : kept.at(-1);
    for (const { id } of oldest === undefined ? [] : await rounds.list({ reverse: true, after: oldest }))
      await rounds.remove({ id });
  };
  let steps = 0;
  return {
    /** Begins a step: its id, and what it is written under. */
    nextStep: () => ({ id: `${begun.id}-${++steps}`, epoch: leader.epoch() }),
    counts: (): ExpiredCounts => {
      const { uows, transitions, lines, reports } = round ?? nothing;
      return { uows, transitions, lines, reports };
    },
    /** `instants`: of what was deleted, ms. */
    add: async (counts: Partial<ExpiredCounts>, instants: readonly number[]): Promise<void> => {
      const more = { ...nothing, ...counts, from: Math.min(...instants), to: Math.max(...instants) };
      const isFirst = round === undefined;
      round = { ...begun, endedAt: null, ...sumOf(round ?? nothing, more) };
      await rounds.put(round);
      // Not in the end only: rounds may be cut off again and again.
      if (isFirst) await forgetOld();
    },
    end: async (): Promise<void> => {
      if (round === undefined) return;
      await rounds.put({ ...round, endedAt: clock.now() });
    },
  };
};
