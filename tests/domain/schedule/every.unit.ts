import assert from 'node:assert/strict';

import { parseSchedule } from '../../../domain/schedule/schedule.ts';

const at = (text: string): number => Date.parse(text);

describe('every', () => {
  it('fires at whole intervals since 1970', () => {
    const schedule = parseSchedule('every 15m');
    assert.equal(schedule.next(at('2015-06-02T03:30:00Z')), at('2015-06-02T03:45:00Z'));
    assert.equal(schedule.next(at('2015-06-02T03:29:59.999Z')), at('2015-06-02T03:30:00Z'));
    assert.equal(schedule.previous(at('2015-06-02T03:30:00Z')), at('2015-06-02T03:15:00Z'));
    assert.equal(schedule.previous(at('2015-06-02T03:30:00.001Z')), at('2015-06-02T03:30:00Z'));
  });

  it('fires at whole intervals from its anchor, before it too', () => {
    const schedule = parseSchedule('every 2h', { anchor: at('2015-06-02T03:30:00Z') });
    assert.equal(schedule.next(at('2015-06-02T04:00:00Z')), at('2015-06-02T05:30:00Z'));
    assert.equal(schedule.next(at('2015-06-01T00:00:00Z')), at('2015-06-01T01:30:00Z'));
    assert.equal(schedule.previous(at('2015-06-01T01:30:00Z')), at('2015-05-31T23:30:00Z'));
  });

  it('takes seconds and units', () => {
    const after = (text: string): number | undefined => parseSchedule(text).next(0);
    const texts = ['every 900', 'every  5', 'every 90s', 'every 2h', 'every 1d', 'every 90m', 'every 1500ms'];
    assert.deepEqual(texts.map(after), [900_000, 5000, 90_000, 7_200_000, 86_400_000, 5_400_000, 1500]);
  });

  it('refuses what is no interval of at least a second', () => {
    for (const body of ['0', '-3', '1.5', '0m', '999ms', 'hour', '15m UTC', '9999999d', '']) {
      assert.throws(() => parseSchedule(`every ${body}`), {
        code: 'INVALID_SCHEDULE',
        message:
          `schedule '${`every ${body}`.trim()}': the interval '${body}' should be a whole number of seconds, at least 1, ` +
          "or one with the unit s, m, h or d, such as 'every 15m'",
      });
    }
  });
});
