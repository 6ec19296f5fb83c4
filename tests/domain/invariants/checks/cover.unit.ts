import assert from 'node:assert/strict';

import type { Evidence } from '../../../../domain/invariants/evidence.ts';
import { createInvariantChecker } from '../../../../domain/invariants/checker.ts';
import type { JobState } from '../../../../domain/machine/job-machine.ts';
import type { JobRecord } from '../../../../domain/model/record.ts';
import type { GroupingHistory } from '../../../../domain/time/grouping.ts';
import type { Extra } from '../../../support/context.ts';
import { contextOf, managed } from '../../../support/context.ts';
import { freshUow } from '../../../support/records.ts';

const start = Date.UTC(2026, 0, 1);
const hour = (index: number): string => `20260101${String(index).padStart(2, '0')}`;

const evidenceWith = (extra: Extra, history?: GroupingHistory): Evidence => ({
  situation: 'stopped',
  now: start,
  context: contextOf({
    load: { processes: [managed('Load', 'hourly', extra)] },
    use: { processes: [managed('Use', 'hourly', { blocking: 'dependencies', dependsOn: ['Load'] })] },
  }),
  timetable: { start, now: start + 23 * 3_600_000 },
  ...(history === undefined ? {} : { groupings: new Map([['Load', history]]) }),
});

/** A job; with `from`, as it ended by a unit over the hours from that one through its own. */
interface Told {
  readonly at: number;
  readonly state: JobState;
  readonly from?: number;
}

const noop = (at: number): Told => ({ at, state: 'NOOP' });
const ran = (from: number, at: number): Told => ({ at, from, state: 'PROCESSED' });

/** Entities that break invariant 11. */
const uncovered = (evidence: Evidence, jobs: readonly Told[]): string[] => {
  const checker = createInvariantChecker(evidence);
  const idOf = (at: number): string => `Load/${hour(at)}#1`;
  for (const { at, from } of jobs) {
    if (from === undefined) continue;
    const range = { startTimeperiod: hour(from), endTimeperiod: hour(at + 1) };
    const uow = freshUow(idOf(at), {
      processName: 'Load',
      timeperiod: hour(at),
      state: 'PROCESSED',
      ...range,
    });
    checker.add('unit_of_work', { ...uow, epoch: 1 });
  }
  for (const { at, state, from } of jobs) {
    const unit =
      from === undefined ? { relatedUow: null, uowCount: 0 } : { relatedUow: idOf(at), uowCount: 1 };
    const rest = { version: 1, failures: 0, redo: false, consumed: null };
    checker.add('job', { processName: 'Load', timeperiod: hour(at), state, ...unit, ...rest });
  }
  return checker
    .close()
    .violations.filter(({ invariant }) => invariant === 11)
    .map(({ entity }) => entity);
};

describe('the ledger, on grouped periods', () => {
  it('is content with hours that a run covers, or that are left to one', () => {
    const jobs = [noop(0), noop(1), noop(2), ran(0, 3), noop(4), noop(5)];
    assert.deepEqual(uncovered(evidenceWith({ grouping: 3 }), jobs), []);
    const open = { at: 6, state: 'IN_PROGRESS' } as const;
    assert.deepEqual(uncovered(evidenceWith({ grouping: 3 }), [...jobs, open]), []);
    assert.deepEqual(uncovered(evidenceWith({ grouping: 3 }), [...jobs, { at: 6, state: 'SKIPPED' }]), []);
  });

  it('finds the hours that a changed grouping left without a job', () => {
    const jobs = [noop(0), noop(1), noop(2), ran(0, 3), noop(4), noop(5)];
    const lost = [`Load/${hour(4)}`, `Load/${hour(5)}`];
    assert.deepEqual(uncovered(evidenceWith({}), jobs), lost);
    assert.deepEqual(uncovered(evidenceWith({}), [...jobs, ran(6, 6), ran(7, 7)]), lost);
  });

  it('finds an hour that the run of its label leaves out', () =>
    assert.deepEqual(uncovered(evidenceWith({ grouping: 3 }), [noop(4), noop(5), ran(5, 6)]), [
      `Load/${hour(4)}`,
    ]));

  it('goes by the groupings that the store remembers', () => {
    const history = [
      { since: null, grouping: 1 },
      { since: hour(5), grouping: 3 },
    ];
    assert.deepEqual(uncovered(evidenceWith({ grouping: 3 }, history), [ran(4, 4), noop(5), ran(5, 6)]), []);
    assert.deepEqual(uncovered(evidenceWith({ grouping: 3 }, history), [noop(4), noop(5), ran(5, 6)]), [
      `Load/${hour(4)}`,
    ]);
  });

  it('leaves a recomputing process alone whose source was empty', () =>
    assert.deepEqual(
      uncovered(evidenceWith({ strategy: 'recomputing', source: 'rows' }), [noop(0), ran(1, 1)]),
      [],
    ));

  it('expects no job to be finished before the one that covers its input may be', () => {
    const late = (hours: number): string[] => {
      const evidence = evidenceWith({ grouping: 3 });
      const now = start + hours * 3_600_000 + 1_800_000;
      const checker = createInvariantChecker({ ...evidence, situation: 'done', timetable: { start, now } });
      const missed = checker.close().violations.filter(({ invariant }) => invariant === 11);
      return missed.map(({ entity }) => entity).filter((entity) => entity.startsWith('Use/'));
    };
    assert.deepEqual(late(3), []);
    assert.deepEqual(
      late(6),
      [0, 1, 2, 3].map((at) => `Use/${hour(at)}`),
    );
  });

  it('finds who started before the job that covers an input had finished', () => {
    const judge = (state: 'IN_PROGRESS' | 'PROCESSED'): number[] => {
      const checker = createInvariantChecker(evidenceWith({ grouping: 3 }));
      const row = {
        epoch: 1,
        at: 0,
        actor: 'scheduler',
        reason: null,
        attempt: 0,
        entityKind: 'job',
      } as const;
      const label = { ...row, entityId: `Load/${hour(3)}` };
      const use = {
        ...row,
        entityId: `Use/${hour(0)}`,
        from: 'EMBRYO',
        event: 'start',
        to: 'IN_PROGRESS',
      } as const;
      checker.add('transition', {
        ...label,
        sequence: 1,
        version: 1,
        from: 'EMBRYO',
        event: 'start',
        to: 'IN_PROGRESS',
      });
      if (state === 'PROCESSED')
        checker.add('transition', {
          ...label,
          sequence: 2,
          version: 2,
          from: 'IN_PROGRESS',
          event: 'complete',
          to: state,
        });
      checker.add('transition', { ...use, sequence: 3, version: 1 });
      const job: Omit<JobRecord, 'consumed'> = {
        ...{ processName: 'Use', timeperiod: hour(0), state: 'IN_PROGRESS', version: 1, relatedUow: null },
        ...{ uowCount: 0, failures: 0, redo: false },
      };
      checker.add('job', { ...job, consumed: { [`Load/${hour(3)}`]: state === 'PROCESSED' ? 2 : 1 } });
      return checker.close().violations.flatMap(({ invariant }) => (invariant === 10 ? [invariant] : []));
    };
    assert.deepEqual(judge('PROCESSED'), []);
    assert.deepEqual(judge('IN_PROGRESS'), [10]);
  });
});
