import assert from 'node:assert/strict';
import {
  clockFace,
  clockText,
  distanceText,
  looseTileText,
  periodText,
  periodTitle,
  secondText,
  tileText,
  weekdayOf,
} from '../../../mx/present/time-text.ts';

describe('words for time', () => {
  const periods = [
    ['yearly', '2015000000'],
    ['monthly', '2015050000'],
    ['daily', '2015051700'],
    ['hourly', '2015051703'],
  ] as const;

  it('name periods in headings, in text and on tiles', () => {
    assert.deepEqual(
      periods.map(([qualifier, period]) => periodTitle(qualifier, period)),
      ['2015', 'May 2015', 'Sun 17 May 2015', 'Sun 17 May 2015, 03:00'],
    );
    assert.deepEqual(
      periods.map(([qualifier, period]) => periodText(qualifier, period)),
      ['2015', 'May 2015', '17 May 2015', '17 May 2015 03h'],
    );
    assert.deepEqual(
      periods.map(([qualifier, period]) => tileText(qualifier, period)),
      ['2015', 'May', '17', '03'],
    );
    assert.deepEqual(
      periods.map(([qualifier, period]) => looseTileText(qualifier, period)),
      ['2015', 'May 2015', '17 May', '17 May 03h'],
    );
  });

  it('count days of the week from Monday', () => {
    assert.deepEqual(
      ['2015051700', '2015051800', '2015051900'].map((day) => weekdayOf('daily', day)),
      [6, 0, 1],
    );
  });

  it('tell instants for people and machines', () => {
    const at = Date.UTC(2026, 10, 21, 11, 4, 3);
    assert.deepEqual(clockText(at), {
      iso: '2026-11-21T11:04:03.000Z',
      full: '2026-11-21 11:04:03 UTC',
      text: '2026-11-21 11:04:03',
    });
    assert.deepEqual(clockFace(at), { date: 'Sat 21 Nov 2026', time: '11:04:03' });
    assert.equal(secondText('20150601001500'), '2015-06-01 00:15:00');
  });

  it('tell how far an instant is', () => {
    const words = [-3_600_000, -400, 0, 499, 12_000, 250_000].map(
      (ms) => distanceText(1_000_000_000 + ms, 1_000_000_000).text,
    );
    assert.deepEqual(words, ['1h ago', 'now', 'now', 'now', 'in 12s', 'in 4m 10s']);
  });
});
