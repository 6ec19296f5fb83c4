import assert from 'node:assert/strict';
import { jobEvents, jobStates } from '../../../domain/machine/job-machine.ts';
import {
  canJob,
  canUow,
  isJobActive,
  isJobFinished,
  isUowFinished,
  isUowHolding,
  jobStateCode,
  nextJobState,
  nextUowState,
} from '../../../domain/machine/transition.ts';
import { uowEvents, uowStates } from '../../../domain/machine/uow-machine.ts';
import type { JobEvent, JobState } from '../../../domain/machine/job-machine.ts';
import type { UowEvent, UowState } from '../../../domain/machine/uow-machine.ts';

// Both tables are copied by hand from the design, `reprocess` as for a job that had a unit of work.
const legalJob: Record<JobState, Partial<Record<JobEvent, JobState>>> = {
  EMBRYO: { start: 'IN_PROGRESS', finalize: 'FINAL_RUN', empty: 'NOOP', skip: 'SKIPPED' },
  IN_PROGRESS: {
    finalize: 'FINAL_RUN',
    rerun: 'IN_PROGRESS',
    complete: 'PROCESSED',
    empty: 'NOOP',
    skip: 'SKIPPED',
    reprocess: 'IN_PROGRESS',
  },
  FINAL_RUN: { complete: 'PROCESSED', empty: 'NOOP', skip: 'SKIPPED', reprocess: 'IN_PROGRESS' },
  PROCESSED: { reprocess: 'IN_PROGRESS' },
  SKIPPED: { reprocess: 'IN_PROGRESS' },
  NOOP: { reprocess: 'IN_PROGRESS' },
};

const legalUow: Record<UowState, Partial<Record<UowEvent, UowState>>> = {
  REQUESTED: { claim: 'IN_PROGRESS', empty: 'NOOP', fail: 'INVALID', cancel: 'CANCELED' },
  IN_PROGRESS: {
    complete: 'PROCESSED',
    empty: 'NOOP',
    fail: 'INVALID',
    repost: 'REQUESTED',
    cancel: 'CANCELED',
  },
  PROCESSED: {},
  NOOP: {},
  CANCELED: {},
  INVALID: { repost: 'REQUESTED', cancel: 'CANCELED' },
};

const throwsIllegal = (act: () => unknown, state: string, event: string): void => {
  const message = `the entity in ${state} does not accept '${event}'`;
  assert.throws(act, { name: 'SynergyError', code: 'ILLEGAL_TRANSITION', message });
};

describe('nextJobState', () => {
  for (const hasUow of [true, false]) {
    for (const state of jobStates) {
      for (const event of jobEvents) {
        const legal = legalJob[state][event];
        const target = legal !== undefined && event === 'reprocess' && !hasUow ? 'EMBRYO' : legal;
        const unit = hasUow ? 'with' : 'without';
        it(`${state}, ${event}, ${unit} a unit of work: ${target ?? 'refused'}`, () => {
          assert.equal(canJob(state, event), target !== undefined);
          const act = (): JobState => nextJobState('the entity', state, event, hasUow);
          if (target === undefined) throwsIllegal(act, state, event);
          else assert.equal(act(), target);
        });
      }
    }
  }

  it('refuses names that every object inherits, and states of an unknown version', () => {
    throwsIllegal(
      () => nextJobState('the entity', 'EMBRYO', 'toString' as JobEvent, true),
      'EMBRYO',
      'toString',
    );
    throwsIllegal(() => nextJobState('the entity', 'PAUSED' as JobState, 'skip', false), 'PAUSED', 'skip');
  });
});

describe('nextUowState', () => {
  for (const state of uowStates) {
    for (const event of uowEvents) {
      const target = legalUow[state][event];
      it(`${state}, ${event}: ${target ?? 'refused'}`, () => {
        assert.equal(canUow(state, event), target !== undefined);
        const act = (): UowState => nextUowState('the entity', state, event);
        if (target === undefined) throwsIllegal(act, state, event);
        else assert.equal(act(), target);
      });
    }
  }

  it('refuses names that every object inherits, and states of an unknown version', () => {
    throwsIllegal(() => nextUowState('the entity', 'constructor' as UowState, 'fail'), 'constructor', 'fail');
  });
});

describe('predicates on states', () => {
  it('tells finished jobs from active ones', () => {
    assert.deepEqual(jobStates.filter(isJobFinished), ['PROCESSED', 'SKIPPED', 'NOOP']);
    assert.deepEqual(jobStates.filter(isJobActive), ['EMBRYO', 'IN_PROGRESS', 'FINAL_RUN']);
  });

  it('counts an INVALID unit of work neither as finished nor as holding a slot', () => {
    assert.deepEqual(uowStates.filter(isUowFinished), ['PROCESSED', 'NOOP', 'CANCELED']);
    assert.deepEqual(uowStates.filter(isUowHolding), ['REQUESTED', 'IN_PROGRESS']);
  });
});

describe('jobStateCode', () => {
  it('numbers the states in their order, EMBRYO being the zero of a fresh typed array', () => {
    assert.equal(jobStateCode('EMBRYO'), 0);
    assert.deepEqual(jobStates.map(jobStateCode), [0, 1, 2, 3, 4, 5]);
  });
});
