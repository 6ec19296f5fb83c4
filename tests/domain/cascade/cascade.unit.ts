import assert from 'node:assert/strict';

import fc from 'fast-check';

import { planReprocess, planSkip } from '../../../domain/cascade/cascade.ts';
import { planEffect } from '../../../domain/cascade/plan.ts';
import type { Plan, PlanStep } from '../../../domain/cascade/plan.ts';
import { jobStates } from '../../../domain/machine/job-machine.ts';
import type { JobState } from '../../../domain/machine/job-machine.ts';
import { isJobFinished, isUowFinished } from '../../../domain/machine/transition.ts';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import type { UowState } from '../../../domain/machine/uow-machine.ts';
import { buildTimetable, growTimetable } from '../../../domain/timetable/timetable.ts';
import type { Timetable } from '../../../domain/timetable/timetable.ts';
import { contextOf, managed } from '../../support/context.ts';
import { anyWorld, naive } from '../../support/naive.ts';
import type { Naive } from '../../support/naive.ts';
import { at, casesTimetable, charge, put, putAll } from '../../support/timetable.ts';

const reprocess = (timetable: Timetable, name: string): Plan => planReprocess(timetable, at(timetable, name));
const skip = (timetable: Timetable, name: string): Plan => planSkip(timetable, at(timetable, name));

const touched = ({ steps }: Plan): string[] =>
  steps.map(({ processName, timeperiod }) => `${processName}/${timeperiod}`);

/** A day, its month and year, and the client's day and month, all PROCESSED with one unit of work each. */
const processed = (): Timetable => {
  const timetable = casesTimetable();
  for (const name of timetable.levels.keys()) putAll(timetable, name, 'PROCESSED');
  return timetable;
};

describe('what a plan does, in words', () => {
  it('names the state that its steps lead to', () => {
    const timetable = casesTimetable();
    const plan = planSkip(timetable, at(timetable, 'SiteDaily/2015060100'));
    const dependants = plan.steps.filter(({ processName }) => processName === 'ClientDaily');
    assert.ok(dependants.length > 0, 'what depends on it is skipped, too');
    for (const { to } of plan.steps) assert.ok(planEffect('skip').includes(`they become ${to}`));
    assert.match(planEffect('reprocess'), /becomes active again/);
  });
});

describe('reprocessing', () => {
  it('goes up the parents and over to the dependants of each', () => {
    assert.deepEqual(touched(reprocess(processed(), 'SiteHourly/2015060107')), [
      'SiteHourly/2015060107',
      'SiteDaily/2015060100',
      'SiteMonthly/2015060000',
      'ClientDaily/2015060100',
      'SiteYearly/2015000000',
      'ClientMonthly/2015060000',
    ]);
  });

  it('does not go down, nor to dependencies', () => {
    assert.deepEqual(touched(reprocess(processed(), 'ClientDaily/2015060100')), [
      'ClientDaily/2015060100',
      'ClientMonthly/2015060000',
    ]);
    assert.deepEqual(touched(reprocess(processed(), 'SiteYearly/2015000000')), ['SiteYearly/2015000000']);
  });

  it('leaves EMBRYO jobs as they are, but goes on beyond them', () => {
    const timetable = casesTimetable();
    putAll(timetable, 'SiteHourly', 'PROCESSED');
    put(timetable, 'ClientDaily/2015060100', 'PROCESSED');
    assert.deepEqual(touched(reprocess(timetable, 'SiteHourly/2015060107')), [
      'SiteHourly/2015060107',
      'ClientDaily/2015060100',
    ]);
    assert.deepEqual(reprocess(timetable, 'SiteDaily/2015060200').steps, []);
  });

  const step = (timetable: Timetable): PlanStep | undefined =>
    reprocess(timetable, 'StreamHourly/2015060102').steps[0];
  const job = { processName: 'StreamHourly', timeperiod: '2015060102', version: 1 };

  for (const from of ['PROCESSED', 'SKIPPED', 'NOOP'] as const) {
    it(`takes a ${from} job back to IN_PROGRESS when it had a unit of work, else to EMBRYO`, () => {
      const timetable = casesTimetable();
      put(timetable, 'StreamHourly/2015060102', from);
      const before = { ...job, from, standing: from, cancelsUow: false };
      assert.deepEqual(step(timetable), { ...before, to: 'IN_PROGRESS' });
      put(timetable, 'StreamHourly/2015060102', from, { uowCount: 0 });
      assert.deepEqual(step(timetable), { ...before, to: 'EMBRYO', version: 2 });
    });
  }

  it('tells how a job stands, and is the same plan when its unit fails or is tried again', () => {
    const planWith = (state: 'IN_PROGRESS' | 'INVALID'): Plan => {
      const timetable = casesTimetable();
      put(timetable, 'StreamHourly/2015060102', 'IN_PROGRESS');
      charge(timetable, 'StreamHourly/2015060102', state);
      return skip(timetable, 'StreamHourly/2015060102');
    };
    const [running, failed] = [planWith('IN_PROGRESS'), planWith('INVALID')];
    assert.deepEqual([running.steps[0]?.standing, failed.steps[0]?.standing], ['IN_PROGRESS', 'QUARANTINED']);
    assert.equal(running.hash, failed.hash);
  });

  for (const from of ['IN_PROGRESS', 'FINAL_RUN'] as const) {
    it(`cancels the unfinished unit of work of a ${from} job, whatever its state`, () => {
      for (const state of uowStates) {
        const timetable = casesTimetable();
        put(timetable, 'StreamHourly/2015060102', from);
        charge(timetable, 'StreamHourly/2015060102', state);
        const cancelsUow = ['REQUESTED', 'IN_PROGRESS', 'INVALID'].includes(state);
        const standing = state === 'INVALID' ? 'QUARANTINED' : from;
        assert.deepEqual(step(timetable), { ...job, from, to: 'IN_PROGRESS', standing, cancelsUow }, state);
      }
    });
  }

  it('names its target, touched or not', () => {
    const { kind, target, steps } = reprocess(casesTimetable(), 'SiteHourly/2015060107');
    assert.deepEqual(
      [kind, target, steps],
      ['reprocess', { processName: 'SiteHourly', timeperiod: '2015060107' }, []],
    );
  });
});

describe('skipping', () => {
  it('goes down the children and over to the dependants of each', () => {
    assert.deepEqual(touched(skip(casesTimetable(), 'SiteDaily/2015053100')), [
      'SiteDaily/2015053100',
      'SiteHourly/2015053122',
      'SiteHourly/2015053123',
      'ClientDaily/2015053100',
    ]);
    assert.deepEqual(touched(skip(casesTimetable(), 'SiteMonthly/2015050000')).sort(), [
      'ClientDaily/2015053100',
      'ClientMonthly/2015050000',
      'SiteDaily/2015053100',
      'SiteHourly/2015053122',
      'SiteHourly/2015053123',
      'SiteMonthly/2015050000',
    ]);
  });

  it('does not go up', () => {
    assert.deepEqual(touched(skip(casesTimetable(), 'SiteHourly/2015060107')), ['SiteHourly/2015060107']);
  });

  it('leaves finished jobs, and those who wait for them: they have what they need', () => {
    const timetable = casesTimetable();
    put(timetable, 'SiteDaily/2015053100', 'PROCESSED');
    put(timetable, 'SiteHourly/2015053122', 'NOOP');
    assert.deepEqual(touched(skip(timetable, 'SiteDaily/2015053100')), ['SiteHourly/2015053123']);
    putAll(timetable, 'SiteHourly', 'PROCESSED');
    assert.deepEqual(touched(skip(timetable, 'SiteDaily/2015060100')), [
      'SiteDaily/2015060100',
      'ClientDaily/2015060100',
    ]);
  });

  it('cancels unfinished units of work', () => {
    const timetable = casesTimetable();
    put(timetable, 'SiteHourly/2015053122', 'IN_PROGRESS');
    charge(timetable, 'SiteHourly/2015053122', 'INVALID');
    put(timetable, 'SiteHourly/2015053123', 'FINAL_RUN');
    charge(timetable, 'SiteHourly/2015053123', 'PROCESSED');
    const { steps } = skip(timetable, 'SiteDaily/2015053100');
    assert.deepEqual(
      steps.map(({ from, to, version, cancelsUow }) => [from, to, version, cancelsUow]),
      [
        ['EMBRYO', 'SKIPPED', 0, false],
        ['IN_PROGRESS', 'SKIPPED', 1, true],
        ['FINAL_RUN', 'SKIPPED', 1, false],
        ['EMBRYO', 'SKIPPED', 0, false],
      ],
    );
  });
});

describe('the hash of a plan', () => {
  it('stays as long as nothing that the plan was made from changes', () => {
    const timetable = processed();
    const { hash } = reprocess(timetable, 'SiteHourly/2015060107');
    put(timetable, 'SiteHourly/2015060108', 'IN_PROGRESS');
    put(timetable, 'EagerDaily/2015060100', 'IN_PROGRESS');
    assert.equal(reprocess(timetable, 'SiteHourly/2015060107').hash, hash);
    assert.equal(reprocess(processed(), 'SiteHourly/2015060107').hash, hash);
  });

  it('differs between targets and between kinds, though both do nothing', () => {
    const timetable = casesTimetable();
    put(timetable, 'SiteHourly/2015060107', 'NOOP');
    const plans = [
      reprocess(timetable, 'SiteHourly/2015060108'),
      reprocess(timetable, 'SiteHourly/2015060109'),
      skip(timetable, 'SiteHourly/2015060107'),
    ];
    assert.deepEqual(
      plans.map(({ steps }) => steps),
      [[], [], []],
    );
    assert.equal(new Set(plans.map(({ hash }) => hash)).size, 3);
  });

  const changes: readonly (readonly [string, (timetable: Timetable) => void])[] = [
    ['the state of a job', (t) => put(t, 'ClientDaily/2015060100', 'SKIPPED')],
    ['the version of a job', (t) => put(t, 'ClientDaily/2015060100', 'PROCESSED')],
    ['where a job goes', (t) => put(t, 'ClientDaily/2015060100', 'PROCESSED', { uowCount: 0, version: 1 })],
    ['a unit that would be canceled', (t) => charge(t, 'ClientDaily/2015060100', 'INVALID')],
    ['a job that is not EMBRYO any more', (t) => put(t, 'ClientMonthly/2015060000', 'IN_PROGRESS')],
  ];
  for (const [what, change] of changes) {
    it(`changes with ${what}`, () => {
      const timetable = processed();
      put(timetable, 'ClientMonthly/2015060000', 'EMBRYO', { uowCount: 0 });
      const { hash } = reprocess(timetable, 'SiteHourly/2015060107');
      change(timetable);
      assert.notEqual(reprocess(timetable, 'SiteHourly/2015060107').hash, hash);
    });
  }

  it('changes with jobs that come into being', () => {
    const timetable = casesTimetable();
    const { hash } = skip(timetable, 'SiteDaily/2015060200');
    growTimetable(timetable, Date.UTC(2015, 5, 2, 4));
    assert.notEqual(skip(timetable, 'SiteDaily/2015060200').hash, hash);
  });
});

describe('plans', () => {
  it('reach a node once, on however many ways', () => {
    const waits = (process: string): { dependsOn: string[] } => ({ dependsOn: [process] });
    const timetable = buildTimetable(
      contextOf({
        a: { processes: [managed('A', 'daily')] },
        b: { processes: [managed('B', 'daily', waits('A'))] },
        c: { processes: [managed('C', 'daily', waits('A'))] },
        d: { processes: [managed('D', 'daily', { dependsOn: ['B', 'C'] })] },
      }),
      { start: 0, now: 0 },
    );
    for (const name of ['A', 'B', 'C', 'D']) putAll(timetable, name, 'PROCESSED');
    assert.deepEqual(touched(reprocess(timetable, 'A/1970010100')), [
      'A/1970010100',
      'B/1970010100',
      'C/1970010100',
      'D/1970010100',
    ]);
  });

  it('pass along a process that waits for its own past', () => {
    const own = { process: 'A', mapping: { offset: -1 } } as const;
    const timetable = buildTimetable(
      contextOf({ a: { processes: [managed('A', 'daily', { dependsOn: [own] })] } }),
      { start: 0, now: 3 * 86_400_000 },
    );
    putAll(timetable, 'A', 'PROCESSED');
    assert.deepEqual(touched(reprocess(timetable, 'A/1970010200')), [
      'A/1970010200',
      'A/1970010300',
      'A/1970010400',
    ]);
  });

  // The oracle recurses over names; see `naive`.
  interface State {
    readonly state: JobState;
    readonly uowCount: number;
    readonly unit: UowState | undefined;
  }

  const reach = (start: string, next: (job: string) => readonly string[]): Set<string> => {
    const seen = new Set<string>();
    const visit = (job: string): void => {
      if (seen.has(job)) return;
      seen.add(job);
      next(job).forEach(visit);
    };
    visit(start);
    return seen;
  };

  const isUnfinished = (unit: UowState | undefined): boolean => unit !== undefined && !isUowFinished(unit);

  const naiveReprocess = (oracle: Naive, states: ReadonlyMap<string, State>, target: string): unknown[] =>
    [
      ...reach(target, (job) => [
        ...[oracle.parent.get(job) ?? []].flat(),
        ...(oracle.dependants.get(job) ?? []),
      ]),
    ]
      .filter((job) => states.get(job)!.state !== 'EMBRYO')
      .map((job) => {
        const { state, uowCount, unit } = states.get(job)!;
        return [job, state, uowCount > 0 ? 'IN_PROGRESS' : 'EMBRYO', isUnfinished(unit)];
      })
      .sort();

  const naiveSkip = (oracle: Naive, states: ReadonlyMap<string, State>, target: string): unknown[] => {
    const isOpen = (job: string): boolean => !isJobFinished(states.get(job)!.state);
    const next = (job: string): string[] => [
      ...(oracle.children.get(job) ?? []),
      ...(isOpen(job) ? (oracle.dependants.get(job) ?? []) : []),
    ];
    return [...reach(target, next)]
      .filter(isOpen)
      .map((job) => [job, states.get(job)!.state, 'SKIPPED', isUnfinished(states.get(job)!.unit)])
      .sort();
  };

  it('equal a naive cascade over any trees', () => {
    const anyState: fc.Arbitrary<State> = fc.record({
      state: fc.constantFrom(...jobStates),
      uowCount: fc.nat(2),
      unit: fc.option(fc.constantFrom(...uowStates), { nil: undefined }),
    });
    const anyPast = fc.record({
      world: anyWorld,
      states: fc.array(anyState, { minLength: 1, maxLength: 40 }),
      targets: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(anyPast, ({ world: { context, span }, states, targets }) => {
        const timetable = buildTimetable(context, span);
        const oracle = naive(context, span);
        const known = new Map<string, State>();
        oracle.jobs.forEach((job, i) => {
          const { state, uowCount, unit } = states[i % states.length]!;
          put(timetable, job, state, { uowCount });
          const alive = isJobFinished(state) ? undefined : unit;
          if (alive !== undefined) charge(timetable, job, alive);
          known.set(job, { state, uowCount, unit: alive });
        });
        for (const pick of targets) {
          const target = oracle.jobs[pick % oracle.jobs.length]!;
          const seen = ({ steps }: Plan): unknown[] =>
            steps
              .map(({ processName, timeperiod, from, to, version, cancelsUow }) => {
                assert.equal(version, 1);
                return [`${processName}/${timeperiod}`, from, to, cancelsUow];
              })
              .sort();
          assert.deepEqual(seen(reprocess(timetable, target)), naiveReprocess(oracle, known, target));
          assert.deepEqual(seen(skip(timetable, target)), naiveSkip(oracle, known, target));
        }
      }),
      { numRuns: 100 },
    );
  });
});
