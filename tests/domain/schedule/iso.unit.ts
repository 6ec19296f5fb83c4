import assert from 'node:assert/strict';

import { InvalidScheduleError } from '../../../domain/schedule/recurrence.ts';
import { parseSchedule } from '../../../domain/schedule/schedule.ts';
import type { Schedule } from '../../../domain/schedule/schedule.ts';

const at = (text: string): number => Date.parse(text);
const MINUTE = 60_000;

const firings = (schedule: Schedule, count: number): string[] => {
  const found: string[] = [];
  for (let fire = schedule.next(0); fire !== undefined && found.length < count; fire = schedule.next(fire)) {
    found.push(new Date(fire).toISOString().replace('.000Z', 'Z'));
  }
  return found;
};

describe('iso', () => {
  it('fires n times after the first', () => {
    assert.deepEqual(firings(parseSchedule('iso R2/2026-01-01T00:00:00Z/PT1H'), 9), [
      '2026-01-01T00:00:00Z',
      '2026-01-01T01:00:00Z',
      '2026-01-01T02:00:00Z',
    ]);
    assert.deepEqual(firings(parseSchedule('iso R0/2026-01-01T00:00:00Z/PT1H'), 9), ['2026-01-01T00:00:00Z']);
  });

  it('fires for ever without a number', () => {
    const schedule = parseSchedule('iso R/2026-01-01T00:00:00Z/PT1H');
    assert.equal(schedule.next(at('2099-12-31T23:00:00Z')), at('2100-01-01T00:00:00Z'));
    assert.equal(schedule.previous(Infinity), at('9999-12-31T23:00:00Z'));
  });

  it('has nothing before its start and nothing after its end', () => {
    const schedule = parseSchedule('iso R2/2026-01-01T00:00:00Z/PT1H');
    assert.equal(schedule.previous(at('2026-01-01T00:00:00Z')), undefined);
    assert.equal(schedule.previous(at('2026-01-01T00:00:00.001Z')), at('2026-01-01T00:00:00Z'));
    assert.equal(schedule.next(at('2026-01-01T02:00:00Z')), undefined);
    assert.equal(schedule.previous(at('2050-01-01T00:00:00Z')), at('2026-01-01T02:00:00Z'));
  });

  it('keeps the day of the month, or takes the last', () => {
    assert.deepEqual(firings(parseSchedule('iso R/2027-01-31T10:00:00Z/P1M'), 5), [
      '2027-01-31T10:00:00Z',
      '2027-02-28T10:00:00Z',
      '2027-03-31T10:00:00Z',
      '2027-04-30T10:00:00Z',
      '2027-05-31T10:00:00Z',
    ]);
    assert.deepEqual(firings(parseSchedule('iso R4/2024-02-29T00:00:00Z/P1Y'), 9), [
      '2024-02-29T00:00:00Z',
      '2025-02-28T00:00:00Z',
      '2026-02-28T00:00:00Z',
      '2027-02-28T00:00:00Z',
      '2028-02-29T00:00:00Z',
    ]);
  });

  it('keeps the day of the month in the zone of the start', () => {
    assert.deepEqual(firings(parseSchedule('iso R2/2026-01-31T23:00:00-05:00/P1M'), 9), [
      '2026-02-01T04:00:00Z',
      '2026-03-01T04:00:00Z',
      '2026-04-01T04:00:00Z',
    ]);
  });

  it('adds months first, then the rest', () => {
    assert.deepEqual(firings(parseSchedule('iso R2/2026-01-31T00:00:00Z/P1M1DT1H'), 9), [
      '2026-01-31T00:00:00Z',
      '2026-03-01T01:00:00Z',
      '2026-04-02T02:00:00Z',
    ]);
  });

  it('adds weeks, days, hours, minutes and seconds', () => {
    const [, second] = firings(parseSchedule('iso R/2026-01-01T00:00:00Z/P1W2DT3H4M5S'), 2);
    assert.equal(second, '2026-01-10T03:04:05Z');
  });

  it('carries its epsilon', () => {
    assert.equal(parseSchedule('iso R5/2026-01-01T00:00:00Z/PT1H/ET10M').epsilon, 10 * MINUTE);
    assert.equal('epsilon' in parseSchedule('iso R/2026-01-01T00:00Z/P1D'), false);
    assert.equal(parseSchedule('R/2026-01-01T00:00:00.250Z/P1D/E1W').epsilon, 7 * 1440 * MINUTE);
  });

  it('needs no keyword', () => {
    const text = 'R5/2026-01-01T00:00:00Z/PT1H/ET10M';
    assert.equal(parseSchedule(` ${text} `).text, text);
    assert.deepEqual(firings(parseSchedule(text), 9), firings(parseSchedule(`iso ${text}`), 9));
  });

  it('ends with the calendar', () => {
    const schedule = parseSchedule('iso R/2026-01-01T00:00:00Z/P7000Y');
    assert.equal(schedule.next(at('2026-01-01T00:00:00Z')), at('9026-01-01T00:00:00Z'));
    assert.equal(schedule.next(at('9026-01-01T00:00:00Z')), undefined);
  });

  const start = '2026-02-03T00:00:00Z';
  const dateExpected = 'should be a date and time that exist, with their zone';
  const periodExpected = 'should be a duration in whole numbers, above 0 and below 8000 years';
  /** Text, what is wrong of it, and the nearest right one. */
  const wrong: readonly (readonly [string, string, string])[] = [
    ['', "the repetition '' should be R or R and a number", 'R/2026-01-01T00:00:00Z/PT1H'],
    [`R-1/${start}/PT1H`, "the repetition 'R-1' should be R or R and a number", `R/${start}/PT1H`],
    [`x5/${start}/pt1h/t5m`, "the repetition 'x5' should be R or R and a number", `R5/${start}/PT1H/ET5M`],
    ['R5', `the start '' ${dateExpected}`, 'R5/2026-01-01T00:00:00Z/PT1H'],
    ['R5/today/PT1H', `the start 'today' ${dateExpected}`, 'R5/2026-01-01T00:00:00Z/PT1H'],
    [
      'R5/2026-02-30T00:00:00Z/PT1H',
      `the start '2026-02-30T00:00:00Z' ${dateExpected}`,
      'R5/2026-02-28T00:00:00Z/PT1H',
    ],
    [
      'R5/2026-02-03T24:00Z/PT1H',
      `the start '2026-02-03T24:00Z' ${dateExpected}`,
      'R5/2026-02-04T00:00:00Z/PT1H',
    ],
    [
      'R5/2026-02-03T09:00/PT1H',
      `the start '2026-02-03T09:00' ${dateExpected}`,
      'R5/2026-02-03T09:00:00Z/PT1H',
    ],
    [
      'R5/2026-2-3 9:30+02/P',
      `the start '2026-2-3 9:30+02' ${dateExpected}`,
      'R5/2026-02-03T09:30:00+02:00/PT1H',
    ],
    ['R/20260203T093015Z/P1D', `the start '20260203T093015Z' ${dateExpected}`, 'R/2026-02-03T09:30:15Z/P1D'],
    [
      'R/9999-12-31T24:00Z/P1D',
      `the start '9999-12-31T24:00Z' ${dateExpected}`,
      'R/2026-01-01T00:00:00Z/P1D',
    ],
    [`R5/${start}`, `the period '' ${periodExpected}`, `R5/${start}/PT1H`],
    [
      `R5/${start}/2026-03-03T00:00:00Z`,
      `the period '2026-03-03T00:00:00Z' ${periodExpected}`,
      `R5/${start}/PT1H`,
    ],
    [`R5/${start}/1H`, `the period '1H' ${periodExpected}`, `R5/${start}/PT1H`],
    [`R5/${start}/P1H30M`, `the period 'P1H30M' ${periodExpected}`, `R5/${start}/PT1H30M`],
    [`R5/${start}/P1D2M`, `the period 'P1D2M' ${periodExpected}`, `R5/${start}/P2M1D`],
    [`R5/${start}/p1y2wt3m4s`, `the period 'p1y2wt3m4s' ${periodExpected}`, `R5/${start}/P1Y2WT3M4S`],
    [`R5/${start}/PT`, `the period 'PT' ${periodExpected}`, `R5/${start}/PT1H`],
    [`R5/${start}/PT0S`, `the period 'PT0S' ${periodExpected}`, `R5/${start}/PT1S`],
    [`R5/${start}/PT0.5S`, `the period 'PT0.5S' ${periodExpected}`, `R5/${start}/PT1S`],
    [`R5/${start}/P9999Y`, `the period 'P9999Y' ${periodExpected}`, `R5/${start}/PT1H`],
    [
      `R5/${start}/PT1H/T10M`,
      "the epsilon 'T10M' should be E and a duration up to weeks",
      `R5/${start}/PT1H/ET10M`,
    ],
    [
      `R5/${start}/PT1H/E1M`,
      "the epsilon 'E1M' should be E and a duration up to weeks",
      `R5/${start}/PT1H/ET1M`,
    ],
    [
      `R5/${start}/PT1H/ET0S`,
      "the epsilon 'ET0S' should be E and a duration up to weeks",
      `R5/${start}/PT1H/ET1S`,
    ],
    [
      `R5/${start}/PT1H/E1Y2W`,
      "the epsilon 'E1Y2W' should be E and a duration up to weeks",
      `R5/${start}/PT1H/E2W`,
    ],
    [
      `R5/${start}/PT1H/ET1M/x`,
      "the epsilon 'ET1M/x' should be E and a duration up to weeks",
      `R5/${start}/PT1H/ET1M`,
    ],
    [`R5/${start}/PT1H/`, "the epsilon '' should be E and a duration up to weeks", `R5/${start}/PT1H/ET10M`],
  ];
  for (const [body, problem, nearest] of wrong) {
    it(`refuses '${body}', and shows ${nearest}`, () => {
      for (const keyword of body.includes('/') ? ['iso ', ''] : ['iso ']) {
        const text = keyword + body;
        assert.throws(
          () => parseSchedule(text),
          (error) => {
            assert.ok(error instanceof InvalidScheduleError);
            assert.equal(error.code, 'INVALID_SCHEDULE');
            assert.equal(
              error.message,
              `schedule '${text.trim()}': ${problem}, such as '${keyword}${nearest}'`,
            );
            assert.equal(error.correction?.nearest, keyword + nearest);
            assert.ok(problem.startsWith(`the ${error.correction.part} `));
            return true;
          },
        );
        assert.equal(parseSchedule(keyword + nearest).text, keyword + nearest);
      }
    });
  }

  it('names no part of a schedule in another grammar', () => {
    assert.throws(
      () => parseSchedule('every day'),
      (error) => error instanceof InvalidScheduleError && error.correction === undefined,
    );
  });
});
