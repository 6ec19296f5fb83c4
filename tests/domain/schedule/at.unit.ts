import assert from 'node:assert/strict';

import { parseSchedule } from '../../../domain/schedule/schedule.ts';

const at = (text: string): number => Date.parse(text);

describe('at', () => {
  it('fires at its times in UTC, Monday being 0', () => {
    const schedule = parseSchedule('at *-17:00,4-15:45');
    const thursday = at('2015-06-04T17:00:00Z');
    const friday = at('2015-06-05T15:45:00Z');
    assert.equal(schedule.next(thursday), friday);
    assert.equal(schedule.next(friday), at('2015-06-05T17:00:00Z'));
    assert.equal(schedule.previous(friday), thursday);
  });

  it('reads a one-digit hour, and spaces after commas', () => {
    assert.equal(parseSchedule('at 8:30').next(at('2015-06-04T08:00:00Z')), at('2015-06-04T08:30:00Z'));
    assert.equal(
      parseSchedule('at 9:00, 10:00').next(at('2015-06-04T09:00:00Z')),
      at('2015-06-04T10:00:00Z'),
    );
  });

  it('fires on each day of the week', () => {
    for (let day = 0; day < 7; day++) {
      const fired = new Date(parseSchedule(`at ${day}-12:00`).next(at('2015-06-04T17:00:00Z'))!);
      assert.equal((fired.getUTCDay() + 6) % 7, day);
    }
  });

  it('follows the wall clock of a zone, named in the text or beside it', () => {
    const summer = at('2026-07-01T00:00:00Z');
    assert.equal(parseSchedule('at 08:00 Europe/Berlin').next(summer), at('2026-07-01T06:00:00Z'));
    assert.equal(
      parseSchedule('at 08:00', { timezone: 'America/New_York' }).next(summer),
      at('2026-07-01T12:00:00Z'),
    );
    assert.equal(
      parseSchedule('at 08:00 UTC', { timezone: 'Europe/Berlin' }).next(summer),
      at('2026-07-01T08:00:00Z'),
    );
  });

  it('has no firing before 1970', () => {
    const schedule = parseSchedule('at 08:00,09:00');
    assert.equal(schedule.previous(at('1970-01-01T08:00:00Z')), undefined);
    assert.equal(schedule.previous(at('1970-01-01T09:00:00Z')), at('1970-01-01T08:00:00Z'));
  });

  const wrong: Record<string, string> = {
    'at 25:00': "the hour '25' should be 0 to 23",
    'at 8:60': "the minute '60' should be 00 to 59",
    'at 9-10:00': "the day '9' should be 0 (Monday) to 6 (Sunday), or *",
    'at 08:00,7-10:00': "the day '7' should be 0 (Monday) to 6 (Sunday), or *",
    'at 8': "'8' should be a time HH:MM, or a day of the week and a time",
    'at 08:00,': "'' should be a time HH:MM, or a day of the week and a time",
    at: "'' should be a time HH:MM, or a day of the week and a time",
    'at 08:00 Berlin': "'08:00 Berlin' should be a time HH:MM, or a day of the week and a time",
  };
  for (const [text, problem] of Object.entries(wrong)) {
    it(`refuses '${text}'`, () => {
      assert.throws(() => parseSchedule(text), {
        code: 'INVALID_SCHEDULE',
        message: `schedule '${text}': ${problem}, such as 'at *-17:00,4-15:45'`,
      });
    });
  }
});
