import assert from 'node:assert/strict';

import { jobStates } from '../../../domain/machine/job-machine.ts';
import type { JobState } from '../../../domain/machine/job-machine.ts';
import type { Qualifier } from '../../../domain/time/qualifier.ts';
import { Level } from '../../../domain/timetable/level.ts';
import { standings } from '../../../domain/timetable/standing.ts';
import { managed } from '../../support/context.ts';
import { unitOf } from '../../support/timetable.ts';

const START = Date.UTC(2015, 4, 31, 22);

/** Levels that nest, coarse to fine, without a node yet. */
const nest = (...qualifiers: Qualifier[]): Level[] => {
  const levels: Level[] = [];
  for (const qualifier of qualifiers) {
    const parent = levels.at(-1);
    const level = new Level({ process: managed(qualifier, qualifier), tree: 'tree', parent, start: START });
    if (parent !== undefined) parent.child = level;
    levels.push(level);
  }
  return levels;
};

const growTo = (levels: readonly Level[], now: number): void => {
  for (const level of levels) level.grow(level.indexAt(now) + 1);
};

const set = (level: Level, index: number, state: JobState, redo = false): void =>
  level.set(index, { state, version: level.version(index) + 1, uowCount: 1, redo });

describe('Level', () => {
  it('tells the span of a job, that of periods before the first node too', () => {
    const [hours] = nest('hourly') as [Level];
    assert.deepEqual(hours.spanOf(0), { start: '2015053122', end: '2015053123' });
    const process = { ...managed('hourly', 'hourly'), grouping: 3 };
    const threes = new Level({ process, tree: 'tree', parent: undefined, start: START });
    assert.deepEqual(threes.spanOf(1), { start: '2015053122', end: '2015060100' });
    const fives = new Level({
      process: { ...process, grouping: 5 },
      tree: 'tree',
      parent: undefined,
      start: START,
    });
    assert.deepEqual(fives.spanOf(0), { start: '2015053121', end: '2015060100' });
  });

  it('names its nodes by index and finds them again', () => {
    const [hours] = nest('hourly') as [Level];
    hours.grow(30);
    assert.deepEqual(
      [hours.timeperiod(0), hours.timeperiod(2), hours.timeperiod(29)],
      ['2015053122', '2015060100', '2015060203'],
    );
    assert.deepEqual([hours.indexOf('2015053121'), hours.indexOf('2015060100')], [-1, 2]);
    assert.deepEqual([hours.indexAt(START + 3_599_999), hours.startAt(1)], [0, START + 3_600_000]);
    assert.throws(() => hours.indexOf('2015060124'), { code: 'INVALID_TIMEPERIOD' });
  });

  it('has nodes without a record: EMBRYO, version 0, no unit, nothing to redo', () => {
    const [hours] = nest('hourly') as [Level];
    hours.grow(2);
    assert.deepEqual(
      [hours.state(1), hours.version(1), hours.uowCount(1), hours.redo(1), hours.isFinished(1)],
      ['EMBRYO', 0, 0, false, false],
    );
    assert.deepEqual(
      [[...hours.active.between(0, 9)], [...hours.candidates.between(0, 9)]],
      [
        [0, 1],
        [0, 1],
      ],
    );
  });

  it('remembers what a job is', () => {
    const [hours] = nest('hourly') as [Level];
    hours.grow(3);
    for (const state of jobStates) {
      hours.set(1, { state, version: 9, uowCount: 3, redo: true });
      assert.deepEqual(
        [hours.state(1), hours.version(1), hours.uowCount(1), hours.redo(1)],
        [state, 9, 3, true],
      );
      assert.deepEqual([hours.state(0), hours.state(2)], ['EMBRYO', 'EMBRYO']);
    }
    hours.set(1, { state: 'NOOP', version: 10, uowCount: 3, redo: false });
    assert.equal(hours.redo(1), false);
  });

  it('forgets the unit, the failures and the queueing of a job that finishes', () => {
    const [hours] = nest('hourly') as [Level];
    hours.grow(3);
    hours.setUnit(1, unitOf('u', 'PROCESSED'));
    hours.failures.set(1, 2);
    hours.resting.add(1);
    set(hours, 1, 'PROCESSED');
    assert.deepEqual([hours.units.size, hours.failures.size, hours.resting.size], [0, 0, 0]);
    assert.deepEqual(
      [[...hours.active.between(0, 9)], [...hours.candidates.between(0, 9)]],
      [
        [0, 2],
        [0, 2],
      ],
    );
    set(hours, 1, 'IN_PROGRESS', true);
    assert.deepEqual([...hours.active.between(0, 9)], [0, 1, 2]);
  });

  it('keeps the unit of a job that only moves on', () => {
    const [hours] = nest('hourly') as [Level];
    hours.grow(1);
    hours.setUnit(0, unitOf('u', 'REQUESTED'));
    set(hours, 0, 'IN_PROGRESS');
    set(hours, 0, 'FINAL_RUN');
    assert.equal(hours.units.get(0)?.id, 'u');
  });

  it('counts slots by the units that wait for a worker or run in one', () => {
    const [hours] = nest('hourly') as [Level];
    hours.grow(6);
    const states = ['REQUESTED', 'IN_PROGRESS', 'INVALID', 'PROCESSED', 'NOOP', 'CANCELED'] as const;
    states.forEach((state, index) => hours.setUnit(index, unitOf(`u${index}`, state)));
    assert.equal(hours.slotsUsed(), 2);
  });

  it('finds parents and the children that exist', () => {
    const [months, days, hours] = nest('monthly', 'daily', 'hourly') as [Level, Level, Level];
    growTo([months, days, hours], Date.UTC(2015, 5, 2, 3));
    assert.deepEqual([hours.parentOf(1), hours.parentOf(2), hours.parentOf(29)], [0, 1, 2]);
    assert.deepEqual([days.parentOf(0), days.parentOf(1)], [0, 1]);
    assert.deepEqual(months.childrenOf(0), { from: 0, to: 1 });
    assert.deepEqual(months.childrenOf(1), { from: 1, to: 3 });
    assert.deepEqual(days.childrenOf(0), { from: 0, to: 2 });
    assert.deepEqual(days.childrenOf(1), { from: 2, to: 26 });
    assert.deepEqual(days.childrenOf(2), { from: 26, to: 30 });
    const { from, to } = days.childrenOf(3);
    assert.equal(to, from, 'a day that does not exist yet has none');
    assert.deepEqual(hours.childrenOf(5), { from: 0, to: 0 }, 'of a leaf');
  });

  it('skips levels that are missing between two', () => {
    const [years, hours] = nest('yearly', 'hourly') as [Level, Level];
    growTo([years, hours], Date.UTC(2016, 0, 1, 1));
    assert.deepEqual(years.childrenOf(1), { from: hours.indexOf('2016010100'), to: hours.size });
    assert.deepEqual([years.openChildren(1), hours.parentOf(hours.size - 1)], [2, 1]);
  });

  it('counts states over everything below, and children that are open', () => {
    const [months, days, hours] = nest('monthly', 'daily', 'hourly') as [Level, Level, Level];
    growTo([months, days, hours], Date.UTC(2015, 5, 1, 1));
    set(hours, hours.indexOf('2015060100'), 'PROCESSED');
    set(days, 0, 'SKIPPED');
    set(hours, 0, 'IN_PROGRESS');
    const below = (level: Level, index: number): number[] =>
      standings.map((standing) => level.below(index, standing));
    assert.deepEqual(below(months, 0), [1, 1, 0, 0, 1, 0, 0, 0]);
    assert.deepEqual(below(months, 1), [2, 0, 0, 1, 0, 0, 0, 0]);
    assert.deepEqual(below(days, 1), [1, 0, 0, 1, 0, 0, 0, 0]);
    assert.deepEqual(below(hours, 0), [0, 0, 0, 0, 0, 0, 0, 0], 'nothing is below a leaf');
    assert.deepEqual([months.openChildren(0), months.openChildren(1)], [0, 1]);
    assert.deepEqual([days.openChildren(0), days.openChildren(1)], [2, 1]);
    assert.deepEqual(
      [[...days.totals], [...hours.totals]],
      [
        [1, 0, 0, 0, 1, 0, 0, 0],
        [2, 1, 0, 1, 0, 0, 0, 0],
      ],
    );
  });

  it('counts a failed job as that, on its own level and above, until its unit is at work again or gone', () => {
    const [days, hours] = nest('daily', 'hourly') as [Level, Level];
    growTo([days, hours], START + 3_600_000);
    set(hours, 1, 'IN_PROGRESS');
    /** How the hour stands, and how many are in progress, retrying and quarantined here and in the day. */
    const seen = (): unknown => [
      hours.standing(1),
      [hours.totals[1], hours.totals[6], hours.totals[7]],
      [days.below(0, 'IN_PROGRESS'), days.below(0, 'RETRYING'), days.below(0, 'QUARANTINED')],
    ];
    hours.setUnit(1, unitOf('u', 'IN_PROGRESS'));
    assert.deepEqual(seen(), ['IN_PROGRESS', [1, 0, 0], [1, 0, 0]]);
    hours.setUnit(1, unitOf('u', 'INVALID', { retryAt: START }));
    assert.deepEqual(seen(), ['RETRYING', [0, 1, 0], [0, 1, 0]]);
    hours.setUnit(1, unitOf('u', 'INVALID', { retryAt: null }));
    assert.deepEqual(seen(), ['QUARANTINED', [0, 0, 1], [0, 0, 1]]);
    hours.setUnit(1, undefined);
    assert.deepEqual(seen(), ['IN_PROGRESS', [1, 0, 0], [1, 0, 0]]);
    hours.setUnit(1, unitOf('u', 'INVALID', { retryAt: null }));
    set(hours, 1, 'SKIPPED');
    assert.deepEqual(seen(), ['SKIPPED', [0, 0, 0], [0, 0, 0]]);
  });

  it('does not shrink', () => {
    const [hours] = nest('hourly') as [Level];
    hours.grow(5);
    hours.grow(3);
    hours.grow(5);
    assert.deepEqual([hours.size, hours.active.size, hours.totals[0]], [5, 5, 5]);
  });

  for (const [end, now, parents] of [
    ['an hour', Date.UTC(2015, 4, 31, 23), { yearly: 1, monthly: 1, daily: 1, hourly: 2 }],
    ['a day and a month', Date.UTC(2015, 5, 1), { yearly: 1, monthly: 2, daily: 2, hourly: 3 }],
    ['a leap February', Date.UTC(2016, 2, 1), { yearly: 2, monthly: 11, daily: 276, hourly: 6579 }],
    ['a year', Date.UTC(2016, 0, 1), { yearly: 2, monthly: 9, daily: 216, hourly: 5139 }],
  ] as const) {
    it(`grows over the end of ${end} and counts the newcomers where they belong`, () => {
      const levels = nest('yearly', 'monthly', 'daily', 'hourly');
      const [years, months, days, hours] = levels as [Level, Level, Level, Level];
      growTo(levels, START);
      growTo(levels, now - 1);
      growTo(levels, now);
      assert.deepEqual(
        { yearly: years.size, monthly: months.size, daily: days.size, hourly: hours.size },
        parents,
      );
      const below = Array.from({ length: years.size }, (_, year) => years.below(year, 'EMBRYO'));
      assert.equal(
        below.reduce((a, b) => a + b),
        months.size + days.size + hours.size,
      );
      const young = days.childrenOf(days.size - 1);
      assert.equal(days.openChildren(days.size - 1), young.to - young.from);
      assert.equal(hours.active.next(hours.size - 1), hours.size - 1);
      assert.equal(hours.startAt(hours.size - 1), now);
    });
  }
});
