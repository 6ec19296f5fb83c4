import assert from 'node:assert/strict';

import fc from 'fast-check';

import { isCoarser, qualifiers } from '../../../domain/time/qualifier.ts';
import type { Qualifier } from '../../../domain/time/qualifier.ts';
import {
  cast,
  current,
  fromOrdinal,
  increment,
  ordinal,
  ordinalAt,
  startOf,
  toInterval,
} from '../../../domain/time/timeperiod.ts';

const END = Date.UTC(10_000, 0, 1);
const anyQualifier = fc.constantFrom(...qualifiers);
const anyInstant = fc.integer({ min: 0, max: END - 1 });

/** The timeperiod around an instant, and its interval, as JavaScript's own calendar sees them. */
const oracle = (qualifier: Qualifier, ms: number): { timeperiod: string; start: number; end: number } => {
  const digits = new Date(ms).toISOString().replace(/\D/g, '');
  const kept = { hourly: 10, daily: 8, monthly: 6, yearly: 4 }[qualifier];
  const [year, month, day, hour] = [
    Number(digits.slice(0, 4)),
    Number(digits.slice(4, 6)) - 1,
    Number(digits.slice(6, 8)),
    Number(digits.slice(8, 10)),
  ];
  const interval = {
    hourly: [Date.UTC(year, month, day, hour), Date.UTC(year, month, day, hour + 1)],
    daily: [Date.UTC(year, month, day), Date.UTC(year, month, day + 1)],
    monthly: [Date.UTC(year, month), Date.UTC(year, month + 1)],
    yearly: [Date.UTC(year, 0), Date.UTC(year + 1, 0)],
  }[qualifier];
  return { timeperiod: digits.slice(0, kept).padEnd(10, '0'), start: interval[0]!, end: interval[1]! };
};

describe('timeperiod', () => {
  it('agrees with JavaScript dates at any instant', () => {
    fc.assert(
      fc.property(anyQualifier, anyInstant, (qualifier, ms) => {
        const { timeperiod, start, end } = oracle(qualifier, ms);
        assert.equal(current(qualifier, ms), timeperiod);
        assert.deepEqual(toInterval(qualifier, timeperiod), { start, end });
        assert.equal(startOf(qualifier, ordinalAt(qualifier, ms)), start);
        assert.equal(ordinalAt(qualifier, end - 1), ordinalAt(qualifier, start));
      }),
      { numRuns: 2000 },
    );
  });

  it('numbers every day from 1970 through 2400 in a row', () => {
    const days = Date.UTC(2401, 0, 1) / 86_400_000;
    for (let day = 0; day < days; day++) {
      const expected = `${new Date(day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')}00`;
      if (fromOrdinal('daily', day) !== expected || ordinal('daily', expected) !== day) {
        assert.fail(`day ${day} is ${expected}, not ${fromOrdinal('daily', day)}`);
      }
    }
  });

  it('begins counting in 1970', () => {
    const first = qualifiers.map((qualifier) => fromOrdinal(qualifier, 0));
    assert.deepEqual(first, ['1970010100', '1970010100', '1970010000', '1970000000']);
  });

  it('is found again from its ordinal', () => {
    fc.assert(
      fc.property(anyQualifier, anyInstant, (qualifier, ms) => {
        const index = ordinalAt(qualifier, ms);
        assert.equal(ordinal(qualifier, fromOrdinal(qualifier, index)), index);
      }),
    );
  });

  describe('increment', () => {
    const inMiddle = fc.integer({ min: Date.UTC(3000, 0), max: Date.UTC(5000, 0) });
    const anyDelta = fc.integer({ min: -500, max: 500 });

    it('undoes itself and adds up', () => {
      fc.assert(
        fc.property(anyQualifier, inMiddle, anyDelta, anyDelta, (qualifier, ms, a, b) => {
          const timeperiod = current(qualifier, ms);
          const later = increment(qualifier, timeperiod, a);
          assert.equal(increment(qualifier, later, -a), timeperiod);
          assert.equal(increment(qualifier, later, b), increment(qualifier, timeperiod, a + b));
          assert.equal(Math.sign(later.localeCompare(timeperiod)), Math.sign(a));
        }),
      );
    });

    it('meets the end of each period where the next begins', () => {
      fc.assert(
        fc.property(anyQualifier, inMiddle, (qualifier, ms) => {
          const timeperiod = current(qualifier, ms);
          const next = increment(qualifier, timeperiod, 1);
          assert.equal(toInterval(qualifier, timeperiod).end, toInterval(qualifier, next).start);
        }),
      );
    });

    it('crosses month ends, leap days and years', () => {
      assert.equal(increment('hourly', '2016022823', 1), '2016022900');
      assert.equal(increment('hourly', '2015022823', 1), '2015030100');
      assert.equal(increment('hourly', '2016010100', -1), '2015123123');
      assert.equal(increment('daily', '2000022800', 1), '2000022900');
      assert.equal(increment('daily', '2100022800', 1), '2100030100');
      assert.equal(increment('monthly', '2015120000', 1), '2016010000');
      assert.equal(increment('monthly', '2015010000', -13), '2013120000');
      assert.equal(increment('yearly', '2015000000', -45), '1970000000');
      assert.equal(increment('daily', '2015060100', 0), '2015060100');
    });

    it('stays between 1970 and 9999, in whole periods', () => {
      const refused = { code: 'INVALID_TIMEPERIOD' };
      assert.throws(() => increment('hourly', '1970010100', -1), refused);
      assert.throws(() => increment('hourly', '9999123123', 1), refused);
      assert.throws(() => increment('yearly', '9999000000', 1), refused);
      assert.throws(() => increment('daily', '2015060100', 0.5), refused);
      assert.throws(() => increment('monthly', '2015060000', NaN), refused);
    });
  });

  describe('cast', () => {
    it('gives the period around a finer one, which it spans', () => {
      fc.assert(
        fc.property(anyQualifier, anyQualifier, anyInstant, (fine, coarse, ms) => {
          fc.pre(!isCoarser(fine, coarse));
          const timeperiod = current(fine, ms);
          const parent = cast(coarse, timeperiod);
          assert.equal(parent, current(coarse, ms));
          const outer = toInterval(coarse, parent);
          const inner = toInterval(fine, timeperiod);
          assert.ok(outer.start <= inner.start && inner.end <= outer.end);
        }),
      );
    });

    it('takes a second', () => {
      const second = '20150601173059';
      assert.deepEqual(
        qualifiers.map((qualifier) => cast(qualifier, second)),
        ['2015060117', '2015060100', '2015060000', '2015000000'],
      );
    });

    it('refuses a coarser period and what is none', () => {
      const refused = { code: 'INVALID_TIMEPERIOD' };
      assert.throws(() => cast('daily', '2015060000'), refused);
      assert.throws(() => cast('monthly', '2015000000'), refused);
      for (const text of [
        '2015063100',
        '20150601176000',
        '20150601170060',
        '2015060117305',
        '201506011x',
        '',
      ]) {
        assert.throws(() => cast('yearly', text), refused, text);
      }
    });
  });

  describe('ordinal', () => {
    const correct: Record<Qualifier, string[]> = {
      hourly: ['2015060117', '2015060100', '2016022900', '1970010100', '9999123123'],
      daily: ['2015060100', '2016022900', '9999123100'],
      monthly: ['2015060000', '2015120000'],
      yearly: ['2015000000', '1970000000', '9999000000'],
    };
    const wrong: Record<Qualifier, string[]> = {
      hourly: [
        '2015060124',
        '2015060000',
        '2015022900',
        '201506011',
        '20150601170',
        '2015o60117',
        ' 201506011',
      ],
      daily: ['2015060117', '2015063100', '2015060000', '1900022900', '2015130100', '2015000100'],
      monthly: ['2015130000', '2015000000', '2015060100', '2015060001'],
      yearly: ['1969000000', '2015060000', '2015000100', '2015000001', '', '0000000000', '-201500000'],
    };

    for (const qualifier of qualifiers) {
      it(`takes what is ${qualifier}`, () => {
        for (const text of correct[qualifier])
          assert.equal(fromOrdinal(qualifier, ordinal(qualifier, text)), text);
      });

      it(`refuses what is not ${qualifier}, naming both`, () => {
        for (const text of wrong[qualifier]) {
          assert.throws(
            () => ordinal(qualifier, text),
            (error: Error & { code?: string }) =>
              error.code === 'INVALID_TIMEPERIOD' &&
              error.message.startsWith(`timeperiod '${text}' is not ${qualifier}: expected YYYY`),
            text,
          );
        }
      });
    }
  });

  it('refuses instants out of its years', () => {
    for (const ms of [-1, END, NaN, Infinity]) {
      for (const qualifier of qualifiers) {
        assert.throws(() => ordinalAt(qualifier, ms), { code: 'INVALID_TIMEPERIOD' }, String(ms));
      }
    }
  });

  it('ends the last period as year 10000 begins', () => {
    for (const qualifier of qualifiers) {
      assert.equal(toInterval(qualifier, current(qualifier, END - 1)).end, END);
    }
  });
});
