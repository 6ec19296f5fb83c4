import assert from 'node:assert/strict';
import { firingRate } from '../../../domain/schedule/rate.ts';
import { parseSchedule } from '../../../domain/schedule/schedule.ts';

const DAY = 86_400;

/** Firings of the busiest of some days, counted one by one. */
const counted = (text: string, from = Date.UTC(2027, 0, 1), days = 8): number => {
  const schedule = parseSchedule(text);
  const counts = Array.from({ length: days }, (_, day) => {
    const [first, end] = [from + day * DAY * 1_000, from + (day + 1) * DAY * 1_000];
    let count = 0;
    for (let at = schedule.next(first - 1); at !== undefined && at < end; at = schedule.next(at)) count++;
    return count;
  });
  return Math.max(...counts);
};

const texts = [
  ...['every 1s', 'every 15m', ' every   2h ', 'every 1d', 'every 90'],
  ...['at 08:00', 'at 08:00,08:00', 'at 0-08:00,2-14:30 Europe/Berlin', 'at *-17:00,4-15:45,4-16:00'],
  ...[
    'cron 0 8 * * 1-5',
    'cron */7 * * * *',
    'cron 0,30 8-17/3 * * MON Europe/Berlin',
    'cron */30 0 * * * *',
  ],
  ...['cron 10-20/5,12 0 12 * * *', 'cron @hourly', 'cron @daily', 'cron 5 4 * * ? UTC'],
  ...[
    'R/2026-01-01T00:00:00Z/PT10M',
    'iso R/2026-01-01T00:00:00Z/PT1S/ET5S',
    'R50000/2026-12-31T00:00:00Z/PT1M',
  ],
];

describe('the rate of a schedule', () => {
  for (const text of texts)
    it(`is what is counted of '${text}'`, () => {
      assert.ok(Math.abs(firingRate(text) * DAY - counted(text)) < 1e-6);
      assert.equal(firingRate(text), firingRate(text));
    });

  it('is that of the average month for months, and nothing for what fires once', () => {
    assert.ok(Math.abs(firingRate('R/2027-01-31T10:00:00Z/P1M') * DAY * 30.436875 - 1) < 1e-6);
    assert.equal(firingRate('R0/2027-01-31T10:00:00Z/P1M'), 0);
  });

  it('is none of a text that is no schedule', () => {
    assert.throws(() => firingRate('cron 99 * * * *'), { code: 'INVALID_SCHEDULE' });
    assert.throws(() => firingRate('R/2027-01-01T00:00:00Z/P0D'), { code: 'INVALID_SCHEDULE' });
  });
});
