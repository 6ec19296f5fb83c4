import assert from 'node:assert/strict';
import { settledJobs } from '../../../domain/retention/settled.ts';
import { toInterval } from '../../../domain/time/timeperiod.ts';
import { levelOf } from '../../../domain/timetable/timetable.ts';
import type { Level } from '../../../domain/timetable/level.ts';
import type { Timetable } from '../../../domain/timetable/timetable.ts';
import { casesTimetable, nameOf, put, putAll } from '../../support/timetable.ts';

/** All PROCESSED, with one unit each but for some of the hours. */
const processed = (): Timetable => {
  const timetable = casesTimetable();
  for (const name of timetable.levels.keys()) putAll(timetable, name, 'PROCESSED');
  for (const hour of ['02', '05', '07'])
    put(timetable, `SiteHourly/20150601${hour}`, 'PROCESSED', { uowCount: 2 });
  return timetable;
};
const found = (timetable: Timetable, before = '2015060106', name = 'SiteHourly'): string[] => {
  const instant = toInterval('hourly', before).start;
  const settled = { before: instant, isWanted: (level: Level, index: number) => level.uowCount(index) > 1 };
  return [...settledJobs(timetable, levelOf(timetable, name), settled)].map(nameOf);
};

describe('jobs of which history may go', () => {
  it('are those that are asked for, of periods begun before an instant', () => {
    assert.deepEqual(found(processed()), ['SiteHourly/2015060102', 'SiteHourly/2015060105']);
  });

  it('are none that are unfinished, or being redone', () => {
    const timetable = processed();
    put(timetable, 'SiteHourly/2015060102', 'EMBRYO', { uowCount: 2 });
    put(timetable, 'SiteHourly/2015060105', 'PROCESSED', { uowCount: 2, redo: true });
    assert.deepEqual(found(timetable), []);
  });

  it('are none from which something is being made anew, as their day or a dependant', () => {
    const timetable = processed();
    put(timetable, 'SiteDaily/2015060100', 'EMBRYO', { redo: true });
    assert.deepEqual(found(timetable), []);
    put(timetable, 'SiteDaily/2015060100', 'PROCESSED', { uowCount: 2 });
    assert.deepEqual(found(timetable, '2015060106', 'SiteDaily'), ['SiteDaily/2015060100']);
    put(timetable, 'ClientDaily/2015060100', 'EMBRYO', { redo: true });
    assert.deepEqual(found(timetable, '2015060106', 'SiteDaily'), []);
    assert.equal(found(timetable).length, 2);
  });

  it('may lie within a year, which nothing encloses', () => {
    const timetable = processed();
    put(timetable, 'SiteYearly/2015000000', 'PROCESSED', { uowCount: 2 });
    assert.deepEqual(found(timetable, '2015060106', 'SiteYearly'), ['SiteYearly/2015000000']);
  });
});
