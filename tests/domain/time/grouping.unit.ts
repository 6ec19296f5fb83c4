import assert from 'node:assert/strict';

import fc from 'fast-check';

import { validateGrouping } from '../../../domain/time/grouping.ts';
import { isCoarser, qualifiers } from '../../../domain/time/qualifier.ts';
import type { Qualifier } from '../../../domain/time/qualifier.ts';
import { cast, current, increment } from '../../../domain/time/timeperiod.ts';
import { isLabel, label, span } from '../../support/grouping.ts';

const largest: Record<Qualifier, number> = { hourly: 23, daily: 28, monthly: 12, yearly: 1 };
const anyGrouping = fc
  .constantFrom(...qualifiers)
  .chain((qualifier) => fc.tuple(fc.constant(qualifier), fc.integer({ min: 1, max: largest[qualifier] })));
const anyInstant = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(2100, 0) });

/** The sentence of the design, word by word. */
const naiveLabel = (s: number, grouping: number, last: number): number => {
  for (let multiple = grouping; multiple <= last; multiple += grouping) if (s <= multiple) return multiple;
  return last;
};

describe('time grouping', () => {
  it('joins hours as the grouped process of the cases does', () => {
    const labels = ['00', '01', '02', '03', '04', '06', '22', '23'].map((hour) =>
      label('hourly', `20150601${hour}`, 3),
    );
    assert.deepEqual(
      labels.map((timeperiod) => timeperiod.slice(8)),
      ['03', '03', '03', '03', '06', '06', '23', '23'],
    );
    assert.deepEqual(span('hourly', '2015060103', 3), { start: '2015060100', end: '2015060104' });
    assert.deepEqual(span('hourly', '2015060106', 3), { start: '2015060104', end: '2015060107' });
    assert.deepEqual(span('hourly', '2015060118', 3), { start: '2015060116', end: '2015060119' });
    assert.deepEqual(span('hourly', '2015060123', 3), { start: '2015060122', end: '2015060200' });
  });

  it('joins days and months from 1', () => {
    assert.deepEqual(span('daily', '2015020700', 7), { start: '2015020100', end: '2015020800' });
    assert.deepEqual(span('daily', '2016022900', 7), { start: '2016022900', end: '2016030100' });
    assert.deepEqual(span('daily', '2015053100', 28), { start: '2015052900', end: '2015060100' });
    assert.deepEqual(span('monthly', '2015030000', 3), { start: '2015010000', end: '2015040000' });
    assert.deepEqual(span('monthly', '2015120000', 5), { start: '2015110000', end: '2016010000' });
    assert.deepEqual(span('monthly', '2015120000', 12), { start: '2015010000', end: '2016010000' });
  });

  it('labels as the rule says', () => {
    fc.assert(
      fc.property(anyGrouping, anyInstant, ([qualifier, grouping], ms) => {
        fc.pre(grouping > 1);
        const timeperiod = current(qualifier, ms);
        const date = new Date(ms);
        const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
        const [from, to, last] = {
          hourly: [8, 10, 23],
          daily: [6, 8, lastDay],
          monthly: [4, 6, 12],
          yearly: [],
        }[qualifier];
        const expected = naiveLabel(Number(timeperiod.slice(from, to)), grouping, last!);
        assert.equal(Number(label(qualifier, timeperiod, grouping).slice(from, to)), expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('cuts time into spans without gap or overlap, which end in their label', () => {
    fc.assert(
      fc.property(anyGrouping, anyInstant, ([qualifier, grouping], ms) => {
        const timeperiod = current(qualifier, ms);
        const { start, end } = span(qualifier, timeperiod, grouping);
        assert.ok(start <= timeperiod && timeperiod < end);
        assert.equal(label(qualifier, timeperiod, grouping), increment(qualifier, end, -1));
        assert.equal(span(qualifier, end, grouping).start, end);
        let members = 0;
        for (let period = start; period < end; period = increment(qualifier, period, 1), members++) {
          assert.equal(isLabel(qualifier, period, grouping), increment(qualifier, period, 1) === end);
          assert.deepEqual(span(qualifier, period, grouping), { start, end });
        }
        assert.ok(members <= grouping + 1);
      }),
    );
  });

  it('stays within the enclosing period', () => {
    fc.assert(
      fc.property(anyGrouping, anyInstant, ([qualifier, grouping], ms) => {
        const timeperiod = current(qualifier, ms);
        const enclosing = qualifiers.find((candidate) => isCoarser(candidate, qualifier)) ?? qualifier;
        assert.equal(cast(enclosing, label(qualifier, timeperiod, grouping)), cast(enclosing, timeperiod));
      }),
    );
  });

  it('of one leaves every period to itself', () => {
    fc.assert(
      fc.property(fc.constantFrom(...qualifiers), anyInstant, (qualifier, ms) => {
        const timeperiod = current(qualifier, ms);
        assert.equal(label(qualifier, timeperiod, 1), timeperiod);
        assert.equal(isLabel(qualifier, timeperiod, 1), true);
      }),
    );
    assert.equal(isLabel('hourly', '2015060100', 1), true);
  });

  it('is refused out of range', () => {
    for (const qualifier of qualifiers) {
      assert.equal(validateGrouping(qualifier, 1), 1);
      assert.equal(validateGrouping(qualifier, largest[qualifier]), largest[qualifier]);
      for (const grouping of [0, -1, 1.5, NaN, largest[qualifier] + 1]) {
        assert.throws(() => validateGrouping(qualifier, grouping), { code: 'INVALID_GROUPING' });
      }
    }
    assert.throws(() => validateGrouping('hourly', 24), {
      message: 'time grouping 24 is out of range for hourly: expected a whole number from 1 to 23',
    });
    assert.throws(() => label('yearly', '2015000000', 2), { message: /years cannot be grouped/ });
  });
});
