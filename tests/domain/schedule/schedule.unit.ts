import assert from 'node:assert/strict';

import fc from 'fast-check';

import { nextAfter, parseSchedule, scheduleOf } from '../../../domain/schedule/schedule.ts';

const END = Date.UTC(10_000, 0, 1);

const texts = [
  'every 7s',
  'every 25h',
  'at 08:00,2-14:30 Europe/Berlin',
  'cron 0 */2 * * * America/New_York',
  'cron 59 59 23 L * *',
  'iso R/2001-03-31T12:34:56Z/P1M',
  'iso R900000/1999-12-31T23:59:59Z/PT13M/ET1M',
];

describe('schedule', () => {
  for (const text of texts) {
    it(`goes forward and back over the same firings: ${text}`, () => {
      const schedule = parseSchedule(text);
      const anyInstant = fc.integer({ min: Date.UTC(2002, 0), max: Date.UTC(2020, 0) });
      fc.assert(
        fc.property(anyInstant, (instant) => {
          const next = schedule.next(instant)!;
          const previous = schedule.previous(next)!;
          assert.ok(previous <= instant && instant < next);
          assert.equal(schedule.next(previous), next);
          assert.equal(schedule.previous(next + 1), next);
          assert.equal(schedule.next(next - 1), next);
        }),
      );
    });

    it(`stays between 1970 and 9999: ${text}`, () => {
      const schedule = parseSchedule(text);
      const first = schedule.next(-Infinity)!;
      assert.ok(first >= 0);
      assert.equal(schedule.previous(first), undefined);
      assert.equal(schedule.previous(-Infinity), undefined);
      const last = schedule.previous(Infinity)!;
      assert.ok(last < END && last > first);
      assert.equal(schedule.next(END), undefined);
      assert.equal(schedule.next(Infinity), undefined);
    });
  }

  it('keeps its text, with single spaces', () => {
    assert.equal(parseSchedule('  every   5 ').text, 'every 5');
  });

  it('may leave options undefined', () => {
    const schedule = parseSchedule('at 08:00', { timezone: undefined, anchor: undefined });
    assert.equal(schedule.next(0), 8 * 3_600_000);
  });

  it('refuses an unknown kind', () => {
    for (const [text, kind] of [
      ['', ''],
      ['hourly', 'hourly'],
      ['0 */2 * * *', '0'],
    ] as const) {
      assert.throws(() => parseSchedule(text), {
        code: 'INVALID_SCHEDULE',
        message: `schedule '${text}': '${kind}' should be every, at, cron or iso, such as 'every 15m'`,
      });
    }
  });

  it('refuses an unknown time zone, in the text or beside it', () => {
    const message = (text: string): string =>
      `schedule '${text}': the time zone 'Europe/Atlantis' is unknown; expected an IANA name, such as 'at 08:00 Europe/Berlin'`;
    const text = 'at 08:00 Europe/Atlantis';
    assert.throws(() => parseSchedule(text), { code: 'INVALID_SCHEDULE', message: message(text) });
    const plain = 'cron 0 8 * * *';
    assert.throws(() => parseSchedule(plain, { timezone: 'Europe/Atlantis' }), { message: message(plain) });
  });

  it('is read once of a text that is asked for again, and kept for the latest hundred', () => {
    const first = scheduleOf('every 1h');
    assert.equal(scheduleOf('every 1h'), first);
    assert.equal(first.next(0), 3_600_000);
    for (let seconds = 1; seconds <= 100; seconds++) scheduleOf(`every ${seconds}`);
    assert.notEqual(scheduleOf('every 1h'), first);
    assert.throws(() => scheduleOf('hourly'), { code: 'INVALID_SCHEDULE' });
  });

  it('of very many texts tells the next firing, whatever was asked before', () => {
    const texts = [
      'every 90s',
      ' cron 0 8 * * * Europe/Berlin',
      'at 08:00,20:00',
      'R1/2026-03-28T00:00:00Z/PT8H',
    ];
    const day = Date.UTC(2026, 2, 28);
    for (const hour of [6, 7, 8, 7, 6, 5, 54, 31, 30, 6])
      for (const text of texts) {
        const instant = day + hour * 3_600_000;
        assert.equal(nextAfter(text, instant), parseSchedule(text).next(instant), `${text} at ${hour}`);
      }
    assert.throws(() => nextAfter('hourly', 0), { code: 'INVALID_SCHEDULE' });
  });

  it('remembers its latest answer, and is right for instants before, between and behind', () => {
    const fresh = parseSchedule('cron 0 8 * * * Europe/Berlin');
    const kept = scheduleOf('cron 0 8 * * * Europe/Berlin');
    const once = scheduleOf('iso R0/2026-01-01T00:00:00Z/PT1S');
    const day = Date.UTC(2026, 2, 28);
    const hours = [30, 6, 7, 8, 7, 6, 5, 54, 31, 30, 6];
    assert.deepEqual(
      hours.map((hour) => kept.next(day + hour * 3_600_000)),
      hours.map((hour) => fresh.next(day + hour * 3_600_000)),
    );
    const last = Date.UTC(2026, 0, 1);
    assert.deepEqual([last - 1, last, last + 1, last - 5].map(once.next), [last, undefined, undefined, last]);
  });
});
