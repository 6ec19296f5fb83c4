import assert from 'node:assert/strict';

import { parseSchedule } from '../../../domain/schedule/schedule.ts';

const at = (text: string): number => Date.parse(text);

describe('cron', () => {
  it('is in UTC unless a zone is named', () => {
    const now = at('2026-01-01T00:30:00Z');
    assert.equal(parseSchedule('cron 0 */2 * * *').next(now), at('2026-01-01T02:00:00Z'));
    const berlin = parseSchedule('cron 0 */2 * * * Europe/Berlin');
    assert.equal(berlin.next(now), at('2026-01-01T01:00:00Z'));
    assert.equal(berlin.describe(), 'cron 0 */2 * * * (Europe/Berlin)');
  });

  it('does not take the last field for a zone', () => {
    const schedule = parseSchedule('cron 0 9 * * MON-FRI/2', { timezone: 'Asia/Tokyo' });
    assert.equal(schedule.next(at('2026-01-03T00:00:00Z')), at('2026-01-05T00:00:00Z'));
  });

  it('may have seconds, or a nickname', () => {
    assert.equal(
      parseSchedule('cron */20 * * * * *').next(at('2026-01-01T00:00:20Z')),
      at('2026-01-01T00:00:40Z'),
    );
    assert.equal(parseSchedule('cron @daily').next(at('2026-01-01T00:00:00Z')), at('2026-01-02T00:00:00Z'));
  });

  it('is strict about the millisecond, even a part of one', () => {
    const schedule = parseSchedule('cron 0 * * * *');
    const hour = at('2026-01-01T05:00:00Z');
    assert.equal(schedule.next(hour - 1), hour);
    assert.equal(schedule.next(hour), hour + 3_600_000);
    assert.equal(schedule.previous(hour), hour - 3_600_000);
    assert.equal(schedule.previous(hour + 1), hour);
    assert.equal(schedule.previous(hour + 0.5), hour);
    assert.equal(schedule.next(hour + 0.5), hour + 3_600_000);
  });

  it('moves a fixed time out of the gap, and does not repeat it', () => {
    const schedule = parseSchedule('cron 30 2 * * * Europe/Berlin');
    assert.equal(schedule.next(at('2026-03-28T12:00:00Z')), at('2026-03-29T01:00:00Z'));
    assert.equal(schedule.next(at('2026-10-24T12:00:00Z')), at('2026-10-25T00:30:00Z'));
    assert.equal(schedule.next(at('2026-10-25T00:30:00Z')), at('2026-10-26T01:30:00Z'));
  });

  const wrong: Record<string, RegExp> = {
    cron: /'' should have the fields minute, hour, day, month and day of week/,
    'cron * * *': /'\* \* \*' should have the fields/,
    'cron 0 0 0 1 1 * 2030': /should have the fields/,
    'cron 2026-01-01T00:00:00': /should have the fields/,
    'cron 0 25 * * *': /the expression is wrong \(Invalid value for hour: 25\)/,
    'cron 0 0 * * FOO': /the expression is wrong \(configuration entry 5 \(FOO\)/,
    'cron @reboot': /the expression is wrong/,
    'cron 0 0 30 2 *': /the day should exist in one of the months/,
  };
  for (const [text, problem] of Object.entries(wrong)) {
    it(`refuses '${text}'`, () => {
      assert.throws(
        () => parseSchedule(text),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'INVALID_SCHEDULE');
          assert.match(error.message, problem);
          assert.ok(error.message.startsWith(`schedule '${text}': `), error.message);
          assert.ok(error.message.endsWith("such as 'cron 0 */2 * * *'"), error.message);
          return true;
        },
      );
    });
  }
});
