import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jobStates } from '../../../domain/machine/job-machine.ts';
import { canJob, isJobFinished } from '../../../domain/machine/transition.ts';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import { strategies } from '../../../domain/strategy/registry.ts';
import type { Decision, JobFacts, SourceExtent, WaitsFor } from '../../../domain/strategy/decision.ts';
import type { StrategyName } from '../../../domain/model/process.ts';

const names = Object.keys(strategies) as StrategyName[];

const id = fc.integer({ min: 1, max: 5 });
const anyFacts: fc.Arbitrary<JobFacts> = fc
  .record({
    state: fc.constantFrom(...jobStates),
    uow: fc.constantFrom(undefined, ...uowStates),
    endId: fc.option(id, { nil: undefined }),
    failures: fc.integer({ min: 0, max: 5 }),
    emptySource: fc.constantFrom('noop' as const, 'skip' as const),
    future: fc.boolean(),
    phase: fc.constantFrom('open', 'over', 'lag over'),
    finalizable: fc.boolean(),
    mayRun: fc.constantFrom('yes' as const, 'no' as const, 'skip' as const),
    occasion: fc.constantFrom('tick' as const, 'event' as const),
  })
  .map(({ phase, ...rest }) => ({ ...rest, periodOver: phase !== 'open', lagOver: phase === 'lag over' }));
const anyExtent: fc.Arbitrary<SourceExtent | undefined> = fc.option(
  fc.record({ lowest: id, highest: id, complete: fc.boolean() }, { requiredKeys: ['complete'] }),
  { nil: undefined },
);

const holds = (property: (decision: Decision, facts: JobFacts, name: StrategyName) => void): void => {
  fc.assert(
    fc.property(fc.constantFrom(...names), anyFacts, anyExtent, (name, facts, extent) => {
      property(strategies[name](facts, extent), facts, name);
    }),
    { numRuns: 5000 },
  );
};

describe('every strategy', () => {
  it('is registered under the name of its file', () => {
    assert.deepEqual(names, ['discrete', 'continuous', 'recomputing']);
  });

  it('sends a job no event that its state does not accept', () => {
    holds((decision, { state }) => {
      if ('event' in decision) assert.ok(canJob(state, decision.event), `${state} got ${decision.event}`);
    });
  });

  it('never touches a job from the future', () => {
    holds((decision, { future }) => assert.equal(decision.do === 'refuse', future));
  });

  it('never publishes or finishes over an unfinished unit of work', () => {
    holds((decision, { uow }) => {
      if (uow === 'REQUESTED' || uow === 'IN_PROGRESS' || uow === 'INVALID') {
        assert.ok(decision.do !== 'publish' && decision.do !== 'finish', decision.do);
      }
    });
  });

  it('says what it waits for: for a unit of work under way alone, else for what the facts lack', () => {
    holds((decision, { uow, state, mayRun, periodOver, lagOver }, name) => {
      if (decision.do !== 'wait') return;
      const has = (what: WaitsFor): boolean => decision.for.includes(what);
      const isActive = !isJobFinished(state);
      const isUnderWay = uow === 'REQUESTED' || uow === 'IN_PROGRESS' || uow === 'INVALID';
      assert.equal(has('unit'), isActive && isUnderWay);
      if (!isActive || isUnderWay || state === 'FINAL_RUN') return;
      assert.equal(has('inputs-to-run'), mayRun === 'no');
      assert.equal(has('period-end'), name === 'discrete' && !periodOver);
      assert.equal(has('start-lag'), name === 'discrete' && periodOver && !lagOver);
    });
  });

  it('waits for what a run that has ended lacks for the end of its job', () => {
    holds((decision, { uow, state, finalizable }) => {
      if (decision.do !== 'wait' || !decision.for.includes('inputs-to-end')) return;
      assert.deepEqual([uow === undefined, state, finalizable], [false, 'IN_PROGRESS', false]);
    });
  });

  it('publishes only what may run', () => {
    holds((decision, { mayRun }) => {
      if (decision.do === 'publish') assert.equal(mayRun, 'yes');
    });
  });

  it('completes a job only after a PROCESSED unit of work', () => {
    holds((decision, { uow }) => {
      if (decision.do === 'finish' && decision.event === 'complete') assert.equal(uow, 'PROCESSED');
    });
  });

  it('finishes and finalizes a job that is not in its final run only when everything it needs is finished', () => {
    holds((decision, { state, finalizable, periodOver, mayRun }) => {
      const ends = decision.do === 'finish' || (decision.do === 'publish' && decision.event === 'finalize');
      if (ends && state !== 'FINAL_RUN' && mayRun !== 'skip') assert.ok(finalizable && periodOver);
    });
  });

  it('follows a finished unit of work with a further one on ticks only', () => {
    holds((decision, { uow, occasion }) => {
      if (decision.do === 'publish' && decision.event === 'rerun' && uow !== undefined) {
        assert.equal(occasion, 'tick');
      }
    });
  });

  it('asks the source once at most, and covers rows only as recomputing', () => {
    fc.assert(
      fc.property(anyFacts, anyExtent, (facts, extent) => {
        const decision = strategies.recomputing(facts, extent);
        if (extent !== undefined) assert.notEqual(decision.do, 'ask-source');
        if (decision.do === 'publish') {
          assert.deepEqual(decision.range, { startId: extent?.lowest, endId: extent?.highest });
        }
        for (const name of ['discrete', 'continuous'] as const) {
          assert.deepEqual(strategies[name](facts, extent), strategies[name](facts));
        }
      }),
    );
  });
});
