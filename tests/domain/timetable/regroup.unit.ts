import assert from 'node:assert/strict';

import fc from 'fast-check';

import type { JobState } from '../../../domain/machine/job-machine.ts';
import { groupFinder } from '../../../domain/time/grouping.ts';
import type { GroupingHistory } from '../../../domain/time/grouping.ts';
import type { Qualifier } from '../../../domain/time/qualifier.ts';
import { fromOrdinal, ordinal } from '../../../domain/time/timeperiod.ts';
import { isRegrouped, regroup } from '../../../domain/timetable/regroup.ts';
import type { StoredJob } from '../../../domain/timetable/regroup.ts';

const HOURLY = 'hourly' as const;
const hour = (index: number): string => fromOrdinal(HOURLY, ordinal(HOURLY, '2026010100') + index);
const job = (index: number, state: JobState, uowCount = 0): StoredJob => ({
  ...{ timeperiod: hour(index), state, uowCount, version: 1 },
});
const ran = (index: number): StoredJob => job(index, 'PROCESSED', 1);
const noop = (index: number): StoredJob => job(index, 'NOOP');

const change = (from: number, to: number, jobs: readonly StoredJob[]) => {
  const found = regroup({ qualifier: HOURLY, grouping: to }, [{ since: null, grouping: from }], jobs);
  return { groupings: found.groupings, reopened: found.reopened.map(({ timeperiod }) => timeperiod) };
};

describe('a change of grouping', () => {
  it('opens the hours again that no run has come to cover', () =>
    assert.deepEqual(change(3, 1, [noop(0), noop(1), noop(2), ran(3), noop(4), noop(5)]), {
      groupings: [
        { since: null, grouping: 3 },
        { since: '2026010104', grouping: 1 },
      ],
      reopened: ['2026010104', '2026010105'],
    }));

  it('leaves those covered that the new grouping covers too', () =>
    assert.deepEqual(change(3, 2, [noop(0), noop(1), noop(2), ran(3), noop(4), noop(5)]), {
      groupings: [
        { since: null, grouping: 3 },
        { since: '2026010104', grouping: 2 },
      ],
      reopened: ['2026010104'],
    }));

  it('runs no hour again that had its own run', () => {
    const { groupings, reopened } = change(1, 3, [ran(0), ran(1), ran(2), ran(3), ran(4)]);
    assert.deepEqual(reopened, []);
    assert.deepEqual(groupings.at(-1), { since: '2026010105', grouping: 3 });
    const groupOf = groupFinder(HOURLY, groupings);
    const first = ordinal(HOURLY, '2026010100');
    assert.deepEqual(groupOf?.(first + 5), [first + 5, first + 6]);
  });

  it('waits for what was begun, whatever became of it', () => {
    for (const state of ['IN_PROGRESS', 'FINAL_RUN', 'PROCESSED', 'SKIPPED', 'NOOP'] as const)
      assert.deepEqual(change(3, 1, [noop(0), ran(3), noop(4), job(6, state, 1), noop(7)]).groupings.at(-1), {
        since: '2026010107',
        grouping: 1,
      });
  });

  it('takes the place of what nothing was begun under', () => {
    assert.deepEqual(change(3, 2, [noop(0), noop(1), noop(2), job(3, 'EMBRYO')]), {
      groupings: [{ since: null, grouping: 2 }],
      reopened: ['2026010102'],
    });
    const there = regroup({ qualifier: HOURLY, grouping: 1 }, [{ since: null, grouping: 3 }], [ran(3)]);
    const back = regroup({ qualifier: HOURLY, grouping: 3 }, there.groupings, [ran(3)]);
    assert.deepEqual(back.groupings, [{ since: null, grouping: 3 }]);
  });
});

// Deployments of one process, each of another grouping, under which labels run, wait or are skipped as they like. A scheduler
// is played in a few lines: covered periods become NOOP, labels get a run over their group.

interface Deployment {
  readonly grouping: number;
  readonly passes: number;
  /** What becomes of labels that are due, in turn: run, skipped, or left for later. */
  readonly fates: readonly ('run' | 'skip' | 'wait')[];
}

const anyDeployment = (most: number): fc.Arbitrary<Deployment> =>
  fc.record({
    grouping: fc.integer({ min: 1, max: most }),
    passes: fc.nat(2 * most),
    fates: fc.array(fc.constantFrom('run', 'run', 'run', 'skip', 'wait'), { minLength: 1, maxLength: 9 }),
  });

const most: Readonly<Record<Qualifier, number>> = { hourly: 23, daily: 28, monthly: 12, yearly: 1 };

const anyLife = fc.constantFrom<Qualifier>('hourly', 'daily', 'monthly').chain((qualifier) =>
  fc.record({
    qualifier: fc.constant(qualifier),
    start: fc.integer({ min: 400, max: 900 }),
    deployments: fc.array(anyDeployment(most[qualifier]), { minLength: 1, maxLength: 6 }),
  }),
);

interface Played {
  readonly jobs: Map<number, { state: JobState; uowCount: number }>;
  /** Of each label the periods of its latest run or, where it was skipped, of what was skipped. */
  readonly runs: Map<number, readonly [first: number, last: number]>;
  history: GroupingHistory;
}

const deploy = (played: Played, qualifier: Qualifier, grouping: number): void => {
  if (!isRegrouped({ grouping }, played.history)) return;
  const jobs = [...played.jobs].map(([index, one]) => ({
    ...{ ...one, timeperiod: fromOrdinal(qualifier, index), version: 1 },
  }));
  const { groupings, reopened } = regroup({ qualifier, grouping }, played.history, jobs);
  played.history = groupings;
  for (const { timeperiod } of reopened)
    played.jobs.set(ordinal(qualifier, timeperiod), { state: 'EMBRYO', uowCount: 0 });
};

const work = (
  played: Played,
  qualifier: Qualifier,
  { size, fates }: { size: readonly [number, number]; fates: Deployment['fates'] },
): void => {
  const groupOf = groupFinder(qualifier, played.history) ?? ((index: number) => [index, index] as const);
  let turn = 0;
  for (let index = size[0]; index < size[1]; index++) {
    const [first, label] = groupOf(index);
    const state = played.jobs.get(index)?.state ?? 'EMBRYO';
    if (state !== 'EMBRYO') continue;
    if (label !== index) {
      played.jobs.set(index, { state: 'NOOP', uowCount: 0 });
      continue;
    }
    const fate = fates[turn++ % fates.length];
    if (fate === 'wait') continue;
    played.jobs.set(
      index,
      fate === 'run' ? { state: 'PROCESSED', uowCount: 1 } : { state: 'SKIPPED', uowCount: 0 },
    );
    played.runs.set(index, [first, index]);
  }
};

describe('groupings that change between deployments', () => {
  it('leave every period in exactly one run, once all that is due has run', () => {
    fc.assert(
      fc.property(anyLife, ({ qualifier, start, deployments }) => {
        const first = deployments[0]!;
        const played: Played = {
          ...{ jobs: new Map(), runs: new Map(), history: [{ since: null, grouping: first.grouping }] },
        };
        let end = start;
        for (const { grouping, passes, fates } of deployments) {
          deploy(played, qualifier, grouping);
          end += passes;
          work(played, qualifier, { size: [start, end], fates });
        }
        work(played, qualifier, { size: [start, end], fates: ['run'] });
        const covered = new Map<number, number>();
        for (const [from, to] of played.runs.values())
          for (let index = from; index <= to; index++) covered.set(index, (covered.get(index) ?? 0) + 1);
        const groupOf = groupFinder(qualifier, played.history);
        for (let index = start; index < end; index++) {
          // A label that is still to come covers it then.
          const isDue = groupOf === undefined || groupOf(index)[1] < end;
          assert.equal(covered.get(index) ?? 0, isDue ? 1 : 0, fromOrdinal(qualifier, index));
        }
      }),
      { numRuns: 500 },
    );
  });
});
