import assert from 'node:assert/strict';

import fc from 'fast-check';

import { validateNode, validateTimetable } from '../../../domain/cascade/validate.ts';
import type { Repair } from '../../../domain/cascade/validate.ts';
import { jobStates } from '../../../domain/machine/job-machine.ts';
import type { JobState } from '../../../domain/machine/job-machine.ts';
import { isJobFinished } from '../../../domain/machine/transition.ts';
import { buildTimetable } from '../../../domain/timetable/timetable.ts';
import type { Timetable } from '../../../domain/timetable/timetable.ts';
import { cases, casesContext } from '../../support/context.ts';
import { anyWorld, naive } from '../../support/naive.ts';
import { at, casesTimetable, nameOf, put, putAll } from '../../support/timetable.ts';

const repair = (timetable: Timetable, name: string): Repair['event'] | undefined =>
  validateNode(at(timetable, name));

const repairs = (timetable: Timetable): string[] =>
  validateTimetable(timetable).map(({ node, event }) => `${event} ${nameOf(node)}`);

describe('validating', () => {
  it('finds nothing in a fresh timetable', () => {
    assert.deepEqual(repairs(casesTimetable()), []);
  });

  for (const state of ['PROCESSED', 'SKIPPED', 'NOOP'] as const) {
    it(`reprocesses a ${state} parent over an active child`, () => {
      const timetable = casesTimetable();
      putAll(timetable, 'SiteHourly', 'PROCESSED', ['2015060107']);
      put(timetable, 'SiteDaily/2015060100', state);
      assert.equal(repair(timetable, 'SiteDaily/2015060100'), 'reprocess');
      put(timetable, 'SiteHourly/2015060107', 'NOOP');
      assert.equal(repair(timetable, 'SiteDaily/2015060100'), undefined);
    });
  }

  it('looks at children, not at what is below them', () => {
    const timetable = casesTimetable();
    put(timetable, 'SiteDaily/2015053100', 'PROCESSED');
    put(timetable, 'SiteMonthly/2015050000', 'PROCESSED');
    assert.deepEqual(repairs(timetable), ['reprocess SiteDaily/2015053100']);
  });

  it('skips an unfinished parent all of whose children were SKIPPED', () => {
    const timetable = casesTimetable();
    put(timetable, 'SiteHourly/2015053122', 'SKIPPED');
    assert.equal(repair(timetable, 'SiteDaily/2015053100'), undefined, 'one is open');
    put(timetable, 'SiteHourly/2015053123', 'NOOP');
    assert.equal(repair(timetable, 'SiteDaily/2015053100'), undefined, 'one is finished otherwise');
    put(timetable, 'SiteHourly/2015053123', 'SKIPPED');
    for (const state of ['EMBRYO', 'IN_PROGRESS', 'FINAL_RUN'] as const) {
      put(timetable, 'SiteDaily/2015053100', state);
      assert.equal(repair(timetable, 'SiteDaily/2015053100'), 'skip', state);
    }
    put(timetable, 'SiteDaily/2015053100', 'PROCESSED');
    assert.equal(repair(timetable, 'SiteDaily/2015053100'), undefined, 'it is finished');
  });

  it('leaves the youngest of a level, whose last children may still come', () => {
    const timetable = casesTimetable();
    putAll(timetable, 'SiteHourly', 'SKIPPED');
    assert.deepEqual(repairs(timetable), ['skip SiteDaily/2015053100', 'skip SiteDaily/2015060100']);
  });

  it('has nothing to say of jobs without children', () => {
    const timetable = casesTimetable();
    putAll(timetable, 'StreamHourly', 'SKIPPED');
    assert.deepEqual([repair(timetable, 'StreamHourly/2015060102'), repairs(timetable)], [undefined, []]);
  });

  it('names coarse levels first, in whatever order they are registered', () => {
    const context = casesContext();
    const backwards = { ...context, processes: context.processes.toReversed() };
    const timetable = buildTimetable(backwards, cases);
    for (const name of ['SiteDaily/2015060100', 'SiteMonthly/2015060000', 'SiteYearly/2015000000'])
      put(timetable, name, 'PROCESSED');
    assert.deepEqual(repairs(timetable), [
      'reprocess SiteYearly/2015000000',
      'reprocess SiteMonthly/2015060000',
      'reprocess SiteDaily/2015060100',
    ]);
  });

  it('finds what a look at every parent and all of its children finds', () => {
    const anyPast = fc.record({
      world: anyWorld,
      // Few states at a time, so that children are often of one.
      states: fc.array(fc.subarray([...jobStates], { minLength: 1, maxLength: 2 }), {
        minLength: 1,
        maxLength: 5,
      }),
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 50 }),
    });
    fc.assert(
      fc.property(anyPast, ({ world: { context, span }, states, picks }) => {
        const timetable = buildTimetable(context, span);
        const { jobs, children } = naive(context, span);
        const known = new Map<string, JobState>();
        jobs.forEach((job, i) => {
          const [name = ''] = job.split('/');
          const choice = states[name.length === 0 ? 0 : name.charCodeAt(2) % states.length]!;
          known.set(job, choice[picks[i % picks.length]! % choice.length]!);
          put(timetable, job, known.get(job)!);
        });
        const expected = [...children].flatMap(([job, own]) => {
          const of = (wanted: (state: JobState) => boolean): boolean[] =>
            own.map((child) => wanted(known.get(child)!));
          const isYoungest =
            job === jobs.findLast((other) => other.startsWith(job.slice(0, job.indexOf('/') + 1)));
          if (isJobFinished(known.get(job)!))
            return of((state) => !isJobFinished(state)).includes(true) ? [`reprocess ${job}`] : [];
          return !isYoungest && of((state) => state === 'SKIPPED').every(Boolean) ? [`skip ${job}`] : [];
        });
        assert.deepEqual(repairs(timetable).sort(), expected.sort());
      }),
      { numRuns: 100 },
    );
  });
});
