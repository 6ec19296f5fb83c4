import assert from 'node:assert/strict';

import { parseSchedule } from '../../../domain/schedule/schedule.ts';

const at = (text: string): number => Date.parse(text);

describe('cron', () => {
  it('is in UTC unless a zone is named', () => {
    const now = at('2026-01-01T00:30:00Z');
    assert.equal(parseSchedule('cron 0 */2 * * *').next(now), at('2026-01-01T02:00:00Z'));
    const berlin = parseSchedule('cron 0 */2 * * * Europe/Berlin');
    assert.equal(berlin.next(now), at('2026-01-01T01:00:00Z'));
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

  it('takes names in any case, L, W, # and ?, and a + for both days', () => {
    const after = at('2026-01-01T00:00:00Z');
    const firsts: Record<string, string> = {
      '0 0 ? * mon-fri': '2026-01-02',
      '0 0 * feb ?': '2026-02-01',
      '0 0 * Feb-Apr *': '2026-02-01',
      '0 0 l * *': '2026-01-31',
      '0 0 lw * *': '2026-01-30',
      '0 0 3W * *': '2026-01-02',
      '0 0 * * fri#2': '2026-01-09',
      '0 0 * * FRIL': '2026-01-30',
      '0 0 * * 5#L': '2026-01-30',
      '0 0 13 * +FRI': '2026-02-13',
      '0 0 * * 7-7': '2026-01-04',
      '0 0 * * SUN-SUN/3': '2026-01-04',
      '@Daily': '2026-01-02',
    };
    for (const [text, day] of Object.entries(firsts))
      assert.equal(parseSchedule(`cron ${text}`).next(after), at(`${day}T00:00:00Z`), text);
  });

  it('takes zones without a slash', () => {
    const after = at('2026-01-01T00:00:00Z');
    assert.equal(parseSchedule('cron 0 8 * * * GMT').next(after), at('2026-01-01T08:00:00Z'));
    assert.equal(parseSchedule('cron 0 8 * * * CET').next(after), at('2026-01-01T07:00:00Z'));
    assert.equal(parseSchedule('at 08:00 EST5EDT').next(after), at('2026-01-01T13:00:00Z'));
    assert.equal(parseSchedule('cron 0 8 * * SAT').next(after), at('2026-01-03T08:00:00Z'));
  });

  it('knows fixed times from intervals', () => {
    const isFixed = (text: string): boolean => parseSchedule(text).isFixed;
    for (const text of ['cron 0 2,14 * * *', 'cron 0 0 */2 * *', 'cron @daily', 'at 08:00', 'every 1d'])
      assert.equal(isFixed(text), true, text);
    assert.equal(isFixed('iso R5/2026-01-01T00:00:00Z/PT1H'), true, 'firings that are counted');
    assert.equal(isFixed('iso R/2026-01-01T00:00:00Z/P1D'), true);
    for (const text of ['cron */5 * * * *', 'cron @hourly', 'every 2s', 'iso R/2026-01-01T00:00:00Z/PT1H'])
      assert.equal(isFixed(text), false, text);
  });

  const wrong: Record<string, RegExp> = {
    cron: /'' has 0 fields and should have five: minute, hour, day of month, month and day of week/,
    'cron * * *': /'\* \* \*' has 3 fields and should have five/,
    'cron 0 0 0 1 1 * 2030': /has 7 fields and should have five.* or six, with the second in front/,
    'cron 2026-01-01T00:00:00': /has 1 fields/,
    'cron 60 0 * * * *': /the second '60' should be 0 to 59/,
    'cron 60 * * * *': /the minute '60' should be 0 to 59/,
    'cron 0 25 * * *': /the hour '25' should be 0 to 23/,
    'cron 0 0 0 * *': /the day of month '0' should be 1 to 31, or L \(the last day\), LW/,
    'cron 0 0 L,LW * *': /the day of month 'L,LW' should be LW alone, or a list without it, such as/,
    'cron 0 0 L-3 * *': /the day of month 'L-3' counts from the end of the month, which is not supported/,
    'cron 0 0 32W * *': /the day of month '32W' should be 1 to 31/,
    'cron 0 0 * 13 *': /the month '13' should be 1 to 12, or JAN to DEC/,
    'cron 0 0 * FEB-FOO *': /the month 'FOO' should be/,
    'cron 0 0 * * 8': /the day of week '8' should be 0 to 7 \(0 and 7 are Sunday\), or SUN to SAT/,
    'cron 0 0 * * FOO': /the day of week 'FOO' should be/,
    'cron 0 0 * * FRI#6': /the day of week 'FRI#6' should be .*FRI#2/,
    'cron 0 8 * * * Berlin': /the day of week 'BERLIN' .* a time zone is named as in Europe.Berlin/,
    'cron 0 0 * * FRI-MON': /the range 'FRI-MON' of the day of week runs backwards/,
    'cron 0 5-1-3 * * *': /the hour '5-1-3' should be a range of two values/,
    'cron 0 0 */0 * *': /the step '.0' of the day of month should be .1 to .31/,
    'cron */61 * * * *': /the step '.61' of the minute should be .1 to .60/,
    'cron */x * * * *': /the step '.x' of the minute should be/i,
    'cron */5/2 * * * *': /the minute '.{4}2' should have one step/,
    'cron 5/10 * * * *': /the step in the minute '5.10' should follow \* or a range: expected 5-59.10/,
    'cron 1,,2 * * * *': /the minute has a comma with nothing on one side/,
    'cron 0 ? * * *': /the hour '\?' should be \*: '\?' is for the day of month and the day of week only/,
    'cron @reboot': /'@reboot' should be one of @yearly, /,
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
