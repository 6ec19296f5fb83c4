import assert from 'node:assert/strict';
import type { Plan, PlanStep } from '../../../domain/cascade/plan.ts';
import { planText } from '../../../mx/actions/plan-text.ts';

const step = (hour: number, cancelsUow = false): PlanStep => ({
  processName: 'SiteHourly',
  timeperiod: `20150517${String(hour % 24).padStart(2, '0')}`,
  from: 'PROCESSED',
  to: 'IN_PROGRESS',
  standing: 'PROCESSED',
  version: 2,
  cancelsUow,
});
const plan = (steps: PlanStep[]): Plan => ({
  kind: 'reprocess',
  target: { processName: 'SiteHourly', timeperiod: '2015051700' },
  steps,
  hash: 'h',
});
const qualifiers = new Map([['SiteHourly', 'hourly' as const]]);

describe('planText', () => {
  it('says that nothing would change', () => {
    const { empty, jobs, canceled } = planText(plan([]), qualifiers);
    assert.deepEqual([empty, jobs, canceled], [true, '0 jobs', undefined]);
  });

  it('lists a few steps one by one, and counts canceled work', () => {
    const { jobs, totals, steps, canceled } = planText(plan([step(1), step(2, true)]), qualifiers);
    assert.deepEqual([jobs, totals], ['2 jobs', []]);
    assert.deepEqual(steps.map(({ chip, from, to }) => [chip.period, from.label, to.label])[0], [
      '17 May 2015 01h',
      'Processed',
      'In progress',
    ]);
    assert.equal(canceled, '1 unfinished unit of work will be canceled');
  });

  it('tells failing jobs from those in progress', () => {
    const hours = Array.from({ length: 10 }, (_, hour): PlanStep => ({
      ...step(hour),
      from: 'IN_PROGRESS',
      to: 'SKIPPED',
      standing: hour < 7 ? 'RETRYING' : 'IN_PROGRESS',
    }));
    const { totals, steps } = planText(plan(hours), qualifiers);
    assert.deepEqual(
      totals.map(({ from, count }) => [from.label, from.glyph, count]),
      [
        ['Retrying', 'invalid', '7 jobs'],
        ['In progress', 'in-progress', '3 jobs'],
      ],
    );
    assert.deepEqual([steps[0]?.from.label, steps[0]?.chip.look.label], ['Retrying', 'Retrying']);
  });

  it('adds many steps up, and says how many it does not list', () => {
    const { totals, steps, hidden } = planText(
      plan(Array.from({ length: 60 }, (_, hour) => step(hour))),
      qualifiers,
    );
    assert.deepEqual(
      totals.map(({ process, count }) => [process, count]),
      [['SiteHourly', '60 jobs']],
    );
    assert.deepEqual([steps.length, hidden], [50, 10]);
  });
});
