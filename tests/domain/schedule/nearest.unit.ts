import assert from 'node:assert/strict';
import { nearestSchedule, scheduleFault } from '../../../domain/schedule/nearest.ts';
import { InvalidScheduleError } from '../../../domain/schedule/recurrence.ts';
import { parseSchedule } from '../../../domain/schedule/schedule.ts';

describe('the schedule that is nearest to a text which is none', () => {
  for (const [text, expected] of [
    ['evry 15m', 'every 15m'],
    ['every 5 minutes', 'every 5m'],
    ['rate(5 minutes)', 'every 5m'],
    ['15m', 'every 15m'],
    ['every hour', 'every 1h'],
    ['every 2 days', 'every 2d'],
    ['08:00', 'at 08:00'],
    ['8:30 Europe/Berlin', 'at 08:30 Europe/Berlin'],
    ['0 8 * * 1-5', 'cron 0 8 * * 1-5'],
    ['cron(0 12 * * ? *)', 'cron 0 12 * * *'],
    ['every month', undefined],
    ['nonsense', undefined],
  ] as const)
    it(`of '${text}' is ${expected ?? 'unknown'}`, () => assert.equal(nearestSchedule(text), expected));
});

describe('what is wrong with a schedule', () => {
  const faultOf = (text: string) => {
    try {
      parseSchedule(text);
    } catch (error) {
      if (error instanceof InvalidScheduleError) return scheduleFault(text, error);
    }
    return assert.fail(`${text} was read`);
  };

  it('is the part of a repeating interval, with the right text that is nearest', () => {
    const { message, ...marked } = faultOf('R/2027-02-30T10:00:00Z/P1M');
    assert.match(message, /^the start '2027-02-30T10:00:00Z' should be a date and time that exist/);
    assert.deepEqual(marked, {
      ...{ before: 'R/', wrong: '2027-02-30T10:00:00Z', after: '/P1M' },
      nearest: 'R/2027-02-28T10:00:00Z/P1M',
    });
  });

  it('is marked as it was typed, whatever the case of the message', () => {
    const { before, wrong, after } = faultOf('cron 0 8 * * mon-fry');
    assert.deepEqual([before, wrong, after], ['cron 0 8 * * mon-', 'fry', '']);
  });

  it('is the whole where a part is missing', () => {
    const { before, wrong, nearest } = faultOf('R5/2027-01-01T00:00:00Z');
    assert.deepEqual(
      [before, wrong, nearest],
      ['R5/2027-01-01T00:00:00Z', '', 'R5/2027-01-01T00:00:00Z/PT1H'],
    );
  });
});
