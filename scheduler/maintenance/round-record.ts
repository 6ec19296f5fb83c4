import { retentionRoundSpec } from '../../db/collections.ts';
import type { ExpiredCounts, RetentionRound } from '../../domain/model/record.ts';
import type { SchedulerContext } from '../context.ts';

/** Rounds that are kept on record. */
const ROUNDS = 100;

/** What a round needs of the scheduler. */
export type Retaining = Pick<
  SchedulerContext,
  'store' | 'clock' | 'timetableClock' | 'timetable' | 'context' | 'limits' | 'leader'
>;

const nothing: ExpiredCounts = { uows: 0, transitions: 0, lines: 0, reports: 0 };

const sum = (a: ExpiredCounts, b: ExpiredCounts): ExpiredCounts => ({
  uows: a.uows + b.uows,
  transitions: a.transitions + b.transitions,
  lines: a.lines + b.lines,
  reports: a.reports + b.reports,
});

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
    counts: (): ExpiredCounts => sum(nothing, round ?? nothing),
    /** `instants`: of what was deleted, ms. */
    add: async (counts: Partial<ExpiredCounts>, instants: readonly number[]): Promise<void> => {
      const from = Math.min(round?.from ?? Infinity, ...instants);
      const to = Math.max(round?.to ?? -Infinity, ...instants);
      round = { ...begun, endedAt: null, ...sum(round ?? nothing, { ...nothing, ...counts }), from, to };
      await rounds.put(round);
    },
    end: async (): Promise<void> => {
      if (round === undefined) return;
      await rounds.put({ ...round, endedAt: clock.now() });
      await forgetOld();
    },
  };
};
