import assert from 'node:assert/strict';

import { buildTimetable, growTimetable, levelOf } from '../../../domain/timetable/timetable.ts';
import type { Timetable } from '../../../domain/timetable/timetable.ts';
import { contextOf, managed } from '../../support/context.ts';
import type { TreeOfProcesses } from '../../support/context.ts';
import { at, nameOf, put } from '../../support/timetable.ts';

const TREES = 20;
const HOURS = 1826 * 24;

/** Twenty trees of four levels over five years, each waiting for the one before. */
const buildLarge = (): Timetable => {
  const treeOf = (tree: number): [string, TreeOfProcesses] => [
    `t${tree}`,
    {
      processes: (['yearly', 'monthly', 'daily', 'hourly'] as const).map((qualifier) =>
        managed(`T${tree}${qualifier}`, qualifier),
      ),
      dependsOn: tree === 0 ? [] : [`t${tree - 1}`],
    },
  ];
  const context = contextOf(Object.fromEntries(Array.from({ length: TREES }, (_, tree) => treeOf(tree))));
  return buildTimetable(context, { start: Date.UTC(2011, 0), now: Date.UTC(2016, 0) - 1 });
};

describe('a timetable of 914,300 nodes', () => {
  let timetable: Timetable;
  before(() => {
    timetable = buildLarge();
  });

  it('has them all, active and worth a look', () => {
    const levels = [...timetable.levels.values()];
    const sum = (count: (level: (typeof levels)[number]) => number): number =>
      levels.map(count).reduce((a, b) => a + b);
    assert.equal(
      sum(({ size }) => size),
      914_300,
    );
    assert.equal(
      sum(({ active }) => active.size),
      914_300,
    );
    assert.equal(
      sum(({ candidates }) => candidates.size),
      914_300,
    );
    const { level, index } = at(timetable, 'T7yearly/2012000000');
    assert.deepEqual([level.below(index, 'EMBRYO'), level.openChildren(index)], [12 + 366 + 366 * 24, 12]);
  });

  it('finds the frontier behind five years of finished hours', () => {
    const hours = levelOf(timetable, 'T3hourly');
    const done = { state: 'PROCESSED', version: 2, uowCount: 1, redo: false } as const;
    for (let index = 0; index < HOURS - 1; index++) hours.set(index, done);
    assert.equal(hours.active.next(0), HOURS - 1);
    assert.equal(hours.candidates.next(0), HOURS - 1);
    assert.deepEqual([hours.active.size, hours.totals[0], hours.totals[3]], [1, 1, HOURS - 1]);
    const { level, index } = at(timetable, 'T3yearly/2015000000');
    assert.deepEqual(
      [level.below(index, 'PROCESSED'), level.below(index, 'EMBRYO')],
      [365 * 24 - 1, 12 + 365 + 1],
    );
    assert.equal(nameOf({ level: hours, index: hours.active.next(0) }), 'T3hourly/2015123123');
  });

  it('wakes the jobs that a change in its midst concerns, and no others', () => {
    assert.deepEqual(put(timetable, 'T11hourly/2013070112', 'PROCESSED'), ['T12hourly/2013070112']);
  });

  it('grows by what a new year brings', () => {
    assert.equal(growTimetable(timetable, Date.UTC(2016, 0)), TREES * 4);
    assert.equal(at(timetable, 'T19hourly/2016010100').index, HOURS);
  });
});
