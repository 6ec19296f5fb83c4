import assert from 'node:assert/strict';
import { createInvariantChecker } from '../../../domain/invariants/checker.ts';
import type { Evidence } from '../../../domain/invariants/evidence.ts';
import { defineContext, managedProcess, tree } from '../../../domain/model/define.ts';
import { freshUow } from '../../support/records.ts';

const context = defineContext({
  processes: [managedProcess({ name: 'Year', qualifier: 'yearly', strategy: 'continuous', identity: true })],
  trees: [tree({ name: 'tree', processes: ['Year'] })],
});
const start = Date.UTC(2014, 0, 1);

/** Units of years that are unfinished where all work is said to be done. */
const unfinished = (year: number, given: Partial<Evidence>): string[] => {
  const checker = createInvariantChecker({ situation: 'done', now: Date.now(), ...given });
  const [timeperiod, endTimeperiod] = [`${year}000000`, `${year + 1}000000`];
  const id = `Year/${timeperiod}#1`;
  checker.add('unit_of_work', {
    ...freshUow(id, { processName: 'Year', timeperiod, startTimeperiod: timeperiod, endTimeperiod }),
    epoch: 1,
  });
  return checker
    .close()
    .violations.filter(({ invariant }) => invariant === 4)
    .map(({ entity }) => entity);
};

describe('a unit that is unfinished where all work is done', () => {
  const now = Date.UTC(2015, 5, 1);

  it('is right while its period is live', () => {
    assert.deepEqual(unfinished(2015, { context, timetable: { start, now } }), []);
  });

  it('is a violation once its period is over, or where that is not known', () => {
    const [id, live] = ['Year/2014000000#1', 'Year/2015000000#1'];
    assert.deepEqual(unfinished(2014, { context, timetable: { start, now } }), [id]);
    assert.deepEqual(unfinished(2015, { context, timetable: { start, now: Date.UTC(2016, 0, 1) } }), [live]);
    assert.deepEqual(unfinished(2015, { timetable: { start, now } }), [live]);
    assert.deepEqual(unfinished(2015, { context }), [live]);
  });
});
