import assert from 'node:assert/strict';
import fc from 'fast-check';
import { calendarPeriods } from '../../../../domain/invariants/checks/periods.ts';
import { qualifiers } from '../../../../domain/time/qualifier.ts';
import { fromOrdinal, ordinalAt } from '../../../../domain/time/timeperiod.ts';

const instant = fc.integer({ min: 0, max: Date.UTC(2099, 11, 31, 23) });

describe('periods by the calendar', () => {
  it('begin around the first instant and end around the last', () =>
    assert.deepEqual(
      [...calendarPeriods('monthly', { start: Date.UTC(2016, 0, 31, 23), now: Date.UTC(2016, 3, 1) })],
      ['2016010000', '2016020000', '2016030000', '2016040000'],
    ));

  it('pass leap days and years', () =>
    assert.deepEqual(
      [...calendarPeriods('daily', { start: Date.UTC(2016, 1, 28, 12), now: Date.UTC(2016, 2, 1, 1) })],
      ['2016022800', '2016022900', '2016030100'],
    ));

  it('are those that the timetable counts', () =>
    fc.assert(
      fc.property(fc.constantFrom(...qualifiers), instant, fc.nat(60), (qualifier, start, more) => {
        const first = ordinalAt(qualifier, start);
        const width = { hourly: 1, daily: 24, monthly: 31 * 24, yearly: 366 * 24 }[qualifier] * 3_600_000;
        const now = start + more * width;
        const counted = Array.from({ length: ordinalAt(qualifier, now) - first + 1 }, (_, index) =>
          fromOrdinal(qualifier, first + index),
        );
        assert.deepEqual([...calendarPeriods(qualifier, { start, now })], counted);
      }),
    ));
});
