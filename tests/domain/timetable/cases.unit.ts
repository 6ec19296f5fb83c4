import assert from 'node:assert/strict';

import { planReprocess, planSkip } from '../../../domain/cascade/cascade.ts';
import type { Plan } from '../../../domain/cascade/plan.ts';
import { isJobFinished } from '../../../domain/machine/transition.ts';
import type { Decision, WaitsFor } from '../../../domain/strategy/decision.ts';
import { strategies } from '../../../domain/strategy/registry.ts';
import { blockersOf } from '../../../domain/timetable/explain.ts';
import { factsOf } from '../../../domain/timetable/readiness.ts';
import type { Look } from '../../../domain/timetable/readiness.ts';
import { describeBlockers } from '../../../domain/timetable/blocker-sentence.ts';
import { dependantNodes, isCovered, keyOf, levelOf, wake } from '../../../domain/timetable/timetable.ts';
import type { Timetable } from '../../../domain/timetable/timetable.ts';
import { cases } from '../../support/context.ts';
import { span } from '../../support/grouping.ts';
import { at, casesTimetable, charge, nameOf, put, putAll } from '../../support/timetable.ts';

// Rows of the cases that are decided here, before any store or queue; the scheduler's tests have the others.

const decide = (timetable: Timetable, name: string, look: Partial<Look> = {}): Decision => {
  const node = at(timetable, name);
  return strategies[node.level.process.strategy](
    factsOf(timetable, node, { now: cases.now, occasion: 'event', ...look }),
  );
};

const sentence = (timetable: Timetable, name: string, isOn = true): string => {
  const node = at(timetable, name);
  const around = { now: cases.now, isOn: () => isOn, nextFire: () => undefined, uow: () => undefined };
  return describeBlockers(node.level.state(node.index), blockersOf(timetable, node, around));
};

/** The oldest period of a process that would run now. */
const nextReady = (timetable: Timetable, processName: string): string | undefined => {
  const level = levelOf(timetable, processName);
  for (const index of level.candidates.between(0, level.size)) {
    if (decide(timetable, nameOf({ level, index })).do === 'publish') return level.timeperiod(index);
  }
  return undefined;
};

/** Makes a plan come true in the timetable, as the scheduler does once it is written. */
const apply = (timetable: Timetable, { kind, steps }: Plan): void => {
  for (const { processName, timeperiod, to } of steps) {
    const { level, index } = at(timetable, `${processName}/${timeperiod}`);
    level.setUnit(index, undefined);
    put(timetable, `${processName}/${timeperiod}`, to, {
      uowCount: level.uowCount(index),
      redo: kind === 'reprocess',
    });
    wake({ level, index });
  }
};

const publish = {
  start: { do: 'publish', event: 'start' },
  rerun: { do: 'publish', event: 'rerun' },
} as const;
const waitingFor = (...reasons: WaitsFor[]): Decision => ({ do: 'wait', for: reasons });

describe('case', () => {
  describe('grouped hours', () => {
    const timetable = casesTimetable();

    it('are covered by the label’s job', () => {
      const hours = ['00', '01', '02', '03', '04', '06', '22', '23'].map((hour) => `20150601${hour}`);
      const covered = hours.filter((hour) => isCovered(at(timetable, `GroupHourly/${hour}`)));
      assert.deepEqual(covered, ['2015060100', '2015060101', '2015060102', '2015060104', '2015060122']);
    });

    for (const [hour, start, end] of [
      ['2015060103', '2015060100', '2015060104'],
      ['2015060106', '2015060104', '2015060107'],
      ['2015060123', '2015060122', '2015060200'],
    ] as const) {
      it(`make one job at ${hour} of [${start}, ${end})`, () => {
        const { process } = levelOf(timetable, 'GroupHourly');
        assert.deepEqual(span(process.qualifier, hour, process.grouping), { start, end });
      });
    }
  });

  it('across a month: the next hour is ready at once, its day still active', () => {
    const timetable = casesTimetable();
    for (const hour of ['2015053122', '2015053123']) put(timetable, `SiteHourly/${hour}`, 'PROCESSED');
    const { level, index } = at(timetable, 'SiteDaily/2015053100');
    assert.equal(isJobFinished(level.state(index)), false);
    assert.equal(nextReady(timetable, 'SiteHourly'), '2015060100');
  });

  describe('a stuck hour does not hold the line', () => {
    const stuckAt = (ordered: boolean, retryAt: number | null): Timetable => {
      const timetable = casesTimetable({ SiteHourly: { ordered } });
      for (const hour of ['2015053122', '2015053123', '2015060100', '2015060101'])
        put(timetable, `SiteHourly/${hour}`, 'PROCESSED');
      put(timetable, 'SiteHourly/2015060102', 'IN_PROGRESS');
      charge(timetable, 'SiteHourly/2015060102', 'INVALID', { retryAt });
      const { level, index } = at(timetable, 'SiteHourly/2015060102');
      level.candidates.delete(index);
      return timetable;
    };

    for (const [what, retryAt, standing] of [
      ['waits for its retry', cases.now + 30_000, 'RETRYING'],
      ['is quarantined', null, 'QUARANTINED'],
    ] as const) {
      it(`when it ${what}: the next one is ready and the slot free`, () => {
        const timetable = stuckAt(false, retryAt);
        assert.equal(nextReady(timetable, 'SiteHourly'), '2015060103');
        assert.equal(levelOf(timetable, 'SiteHourly').slotsUsed(), 0);
        assert.equal(sentence(timetable, 'SiteHourly/2015060103'), 'It waits for its trigger.');
      });

      it(`when it ${what}, unless the process is ordered: then the next one says for what it waits`, () => {
        assert.equal(
          sentence(stuckAt(true, retryAt), 'SiteHourly/2015060103'),
          `It waits for the earlier period SiteHourly 2015060102 (${standing}), since the process is ordered.`,
        );
      });
    }
  });

  describe('counterpart', () => {
    it('of a client’s day is the site’s day', () => {
      const timetable = casesTimetable();
      const inputs = timetable.inputs
        .get('ClientDaily')!
        .map(({ input, mapping }) => [input.process.name, mapping]);
      assert.deepEqual(inputs, [['SiteDaily', 'same']]);
      assert.deepEqual(dependantNodes(timetable, at(timetable, 'SiteDaily/2015060100')).map(keyOf), [
        { processName: 'ClientDaily', timeperiod: '2015060100' },
      ]);
    });

    it('is missing for a site’s hour, and a level that the other tree lacks never blocks', () => {
      const timetable = casesTimetable();
      assert.deepEqual(dependantNodes(timetable, at(timetable, 'SiteHourly/2015060100')), []);
      put(timetable, 'SiteDaily/2015060100', 'PROCESSED');
      assert.deepEqual(decide(timetable, 'ClientDaily/2015060100'), publish.start);
    });
  });

  it('discrete life: one run, then the end of the job without a tick', () => {
    const timetable = casesTimetable();
    const hour = 'SiteHourly/2015053122';
    assert.deepEqual(decide(timetable, hour, { occasion: 'tick' }), publish.start);
    put(timetable, hour, 'IN_PROGRESS');
    charge(timetable, hour, 'REQUESTED');
    assert.deepEqual(decide(timetable, hour, { occasion: 'tick' }), waitingFor('unit'));
    charge(timetable, hour, 'PROCESSED');
    assert.deepEqual(decide(timetable, hour), { do: 'finish', event: 'complete' });
  });

  it('eager parent: runs while hours are open, again at the next tick, and ends only after the hours', () => {
    const timetable = casesTimetable();
    const day = 'EagerDaily/2015060100';
    assert.deepEqual(decide(timetable, day), publish.start);
    put(timetable, day, 'IN_PROGRESS');
    charge(timetable, day, 'PROCESSED');
    assert.deepEqual(decide(timetable, day), waitingFor('inputs-to-end'));
    assert.deepEqual(decide(timetable, day, { occasion: 'tick' }), publish.rerun);
    charge(timetable, day, 'REQUESTED');
    putAll(timetable, 'EagerHourly', 'PROCESSED');
    assert.deepEqual(decide(timetable, day), waitingFor('unit'));
    charge(timetable, day, 'PROCESSED');
    assert.deepEqual(decide(timetable, day), { do: 'finish', event: 'complete' });
  });

  describe('wake-up', () => {
    it('of the client’s day comes with the end of the site’s', () => {
      const timetable = casesTimetable({}, Date.UTC(2015, 5, 5, 1));
      const { level, index } = at(timetable, 'ClientDaily/2015060400');
      level.candidates.delete(index);
      assert.deepEqual(put(timetable, 'SiteDaily/2015060400', 'PROCESSED'), ['ClientDaily/2015060400']);
      assert.equal(level.candidates.has(index), true);
    });

    it('of a day does not come with an hour while it still waits for others', () => {
      const timetable = casesTimetable({}, Date.UTC(2015, 5, 5, 1));
      const { level, index } = at(timetable, 'SiteDaily/2015060400');
      level.candidates.delete(index);
      for (let hour = 0; hour < 23; hour++) {
        const name = `SiteHourly/20150604${String(hour).padStart(2, '0')}`;
        assert.deepEqual(put(timetable, name, 'PROCESSED'), [], name);
      }
      assert.equal(level.candidates.has(index), false);
      assert.deepEqual(put(timetable, 'SiteHourly/2015060423', 'PROCESSED'), ['SiteDaily/2015060400']);
    });
  });

  it('order within a reprocess: hour, then day, then month and client’s day, each once its inputs have finished', () => {
    const now = Date.UTC(2015, 6, 1, 1);
    const timetable = casesTimetable({}, now);
    for (const name of timetable.levels.keys()) putAll(timetable, name, 'PROCESSED');
    const chain = [
      'SiteHourly/2015060107',
      'SiteDaily/2015060100',
      'SiteMonthly/2015060000',
      'ClientDaily/2015060100',
    ];
    apply(timetable, planReprocess(timetable, at(timetable, chain[0]!)));
    const active = chain.filter((name) => {
      const { level, index } = at(timetable, name);
      return level.active.has(index) && level.state(index) === 'IN_PROGRESS';
    });
    assert.deepEqual(active, chain);

    const ready = (): string[] => chain.filter((name) => decide(timetable, name, { now }).do === 'publish');
    const rerun = (name: string): void => {
      charge(timetable, name, 'PROCESSED');
      assert.deepEqual(decide(timetable, name, { now }), { do: 'finish', event: 'complete' });
      put(timetable, name, 'PROCESSED');
    };
    assert.deepEqual(ready(), ['SiteHourly/2015060107']);
    rerun('SiteHourly/2015060107');
    assert.deepEqual(ready(), ['SiteDaily/2015060100']);
    rerun('SiteDaily/2015060100');
    assert.deepEqual(ready(), ['SiteMonthly/2015060000', 'ClientDaily/2015060100']);
  });

  it('order within a reprocess holds for an eager day, too, which needs no hours to run', () => {
    const timetable = casesTimetable();
    putAll(timetable, 'EagerHourly', 'PROCESSED', ['2015060203']);
    putAll(timetable, 'EagerDaily', 'PROCESSED', ['2015060200']);
    apply(timetable, planReprocess(timetable, at(timetable, 'EagerHourly/2015060107')));
    assert.deepEqual(
      decide(timetable, 'EagerDaily/2015060100', { occasion: 'tick' }),
      waitingFor('inputs-to-run'),
    );
    put(timetable, 'EagerHourly/2015060107', 'PROCESSED');
    assert.deepEqual(decide(timetable, 'EagerDaily/2015060100'), publish.rerun);
  });

  describe('reprocess by state', () => {
    const reprocessed = (prepare: (timetable: Timetable) => void): Timetable => {
      const timetable = casesTimetable();
      prepare(timetable);
      apply(timetable, planReprocess(timetable, at(timetable, 'StreamHourly/2015060102')));
      return timetable;
    };
    const hour = 'StreamHourly/2015060102';
    const seen = (timetable: Timetable): unknown => {
      const { level, index } = at(timetable, hour);
      return [level.state(index), level.units.get(index), decide(timetable, hour)];
    };

    it('finished with a unit of work: IN_PROGRESS, wanting a fresh one', () => {
      for (const state of ['PROCESSED', 'SKIPPED', 'NOOP'] as const) {
        const timetable = reprocessed((fresh) => put(fresh, hour, state));
        assert.deepEqual(seen(timetable), ['IN_PROGRESS', undefined, { do: 'publish', event: 'finalize' }]);
      }
    });

    it('SKIPPED without one: EMBRYO', () => {
      const timetable = reprocessed((fresh) => put(fresh, hour, 'SKIPPED', { uowCount: 0 }));
      assert.deepEqual(seen(timetable), ['EMBRYO', undefined, { do: 'publish', event: 'finalize' }]);
    });

    it('EMBRYO: left', () => {
      const timetable = casesTimetable();
      assert.deepEqual(planReprocess(timetable, at(timetable, hour)).steps, []);
    });

    it('IN_PROGRESS with an unfinished unit: that is canceled, and the job wants a fresh one', () => {
      const timetable = casesTimetable();
      put(timetable, hour, 'IN_PROGRESS');
      charge(timetable, hour, 'IN_PROGRESS');
      const plan = planReprocess(timetable, at(timetable, hour));
      assert.deepEqual(
        plan.steps.map(({ to, cancelsUow }) => [to, cancelsUow]),
        [['IN_PROGRESS', true]],
      );
      apply(timetable, plan);
      assert.deepEqual(seen(timetable), ['IN_PROGRESS', undefined, { do: 'publish', event: 'finalize' }]);
    });
  });

  it('skip under a running worker: the job is SKIPPED, its unit canceled', () => {
    const timetable = casesTimetable();
    put(timetable, 'SiteHourly/2015060102', 'IN_PROGRESS');
    charge(timetable, 'SiteHourly/2015060102', 'IN_PROGRESS');
    const plan = planSkip(timetable, at(timetable, 'SiteHourly/2015060102'));
    assert.deepEqual(
      plan.steps.map(({ to, cancelsUow }) => [to, cancelsUow]),
      [['SKIPPED', true]],
    );
    apply(timetable, plan);
    const { level, index } = at(timetable, 'SiteHourly/2015060102');
    assert.deepEqual(
      [level.state(index), level.units.has(index), level.active.has(index)],
      ['SKIPPED', false, false],
    );
  });

  it('process off: an INVALID unit of work says so', () => {
    const timetable = casesTimetable();
    put(timetable, 'SiteHourly/2015060102', 'IN_PROGRESS');
    charge(timetable, 'SiteHourly/2015060102', 'INVALID', { retryAt: Date.UTC(2015, 5, 2, 4) });
    assert.equal(
      sentence(timetable, 'SiteHourly/2015060102', false),
      'It waits for its process SiteHourly, which is off: switch it on; its retry at 2015-06-02T04:00:00Z.',
    );
  });

  it('a job from the future is refused', () => {
    const decision = decide(casesTimetable(), 'SiteHourly/2015060203', { now: Date.UTC(2015, 5, 2, 2, 59) });
    assert.equal(decision.do, 'refuse');
  });
});
