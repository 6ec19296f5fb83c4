import assert from 'node:assert/strict';

import fc from 'fast-check';

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

  it('agrees with every minute looked at', () => {
    const start = at('2026-01-29T22:13:00Z');
    const anySeries = fc.record({
      count: fc.option(fc.nat(30)),
      months: fc.nat(14),
      days: fc.nat(40),
      minutes: fc.nat(3000),
      query: fc.nat(600 * 1440),
    });
    fc.assert(
      fc.property(anySeries, ({ count, months, days, minutes, query }) => {
        fc.pre(months + days + minutes > 0);
        const schedule = parseSchedule(
          `iso R${count ?? ''}/2026-01-29T22:13:00Z/P${months}M${days}DT${minutes}M`,
        );
        const instant = start - 1440 * MINUTE + query * MINUTE;
        let previous: number | undefined;
        let next: number | undefined;
        for (let k = 0; k <= (count ?? Infinity) && next === undefined; k++) {
          const date = new Date(Date.UTC(2026, k * months, 1, 22, 13));
          const lastDay = new Date(Date.UTC(2026, k * months + 1, 0)).getUTCDate();
          const fire = date.setUTCDate(Math.min(29, lastDay)) + k * (days * 1440 + minutes) * MINUTE;
          if (fire < instant) previous = fire;
          if (fire > instant) next = fire;
        }
        assert.equal(schedule.next(instant), next);
        assert.equal(schedule.previous(instant), previous);
      }),
      { numRuns: 500 },
    );
  });

  it('carries its epsilon, and describes itself', () => {
    const late = parseSchedule('iso R5/2026-01-01T00:00:00Z/PT1H/ET10M');
    assert.equal(late.epsilon, 10 * MINUTE);
    assert.equal(late.describe(), '6 times, every PT1H from 2026-01-01T00:00:00Z, at most 10m late');
    const once = parseSchedule('iso R0/2026-01-01T00:00:00Z/PT1H');
    assert.equal(once.describe(), '1 time, every PT1H from 2026-01-01T00:00:00Z');
    const always = parseSchedule('iso R/2026-01-01T00:00Z/P1D');
    assert.equal('epsilon' in always, false);
    assert.equal(always.describe(), 'for ever, every P1D from 2026-01-01T00:00Z');
    assert.equal(parseSchedule('iso R/2026-01-01T00:00:00.250Z/P1D/E1W').epsilon, 7 * 1440 * MINUTE);
  });

  it('ends with the calendar', () => {
    const schedule = parseSchedule('iso R/2026-01-01T00:00:00Z/P7000Y');
    assert.equal(schedule.next(at('2026-01-01T00:00:00Z')), at('9026-01-01T00:00:00Z'));
    assert.equal(schedule.next(at('9026-01-01T00:00:00Z')), undefined);
  });

  const start = '2026-02-03T00:00:00Z';
  const wrong: Record<string, string> = {
    '': "the repetition '' should be R or R and a number",
    [`R-1/${start}/PT1H`]: "the repetition 'R-1' should be R or R and a number",
    R5: "the start '' should be a date and time that exist, with their zone",
    'R5/2026-02-30T00:00:00Z/PT1H':
      "the start '2026-02-30T00:00:00Z' should be a date and time that exist, with their zone",
    'R5/2026-02-03T24:00:00Z/PT1H':
      "the start '2026-02-03T24:00:00Z' should be a date and time that exist, with their zone",
    'R5/2026-02-03T00:00:00/PT1H':
      "the start '2026-02-03T00:00:00' should be a date and time that exist, with their zone",
    [`R5/${start}`]: "the period '' should be a duration in whole numbers, above 0 and below 8000 years",
    [`R5/${start}/1H`]: "the period '1H' should be a duration in whole numbers, above 0 and below 8000 years",
    [`R5/${start}/PT`]: "the period 'PT' should be a duration in whole numbers, above 0 and below 8000 years",
    [`R5/${start}/PT0S`]:
      "the period 'PT0S' should be a duration in whole numbers, above 0 and below 8000 years",
    [`R5/${start}/PT0.5S`]:
      "the period 'PT0.5S' should be a duration in whole numbers, above 0 and below 8000 years",
    [`R5/${start}/P9999Y`]:
      "the period 'P9999Y' should be a duration in whole numbers, above 0 and below 8000 years",
    [`R5/${start}/PT1H/T10M`]: "the epsilon 'T10M' should be E and a duration up to weeks",
    [`R5/${start}/PT1H/E1M`]: "the epsilon 'E1M' should be E and a duration up to weeks",
    [`R5/${start}/PT1H/ET1M/x`]: "the epsilon 'ET1M/x' should be E and a duration up to weeks",
  };
  for (const [body, problem] of Object.entries(wrong)) {
    it(`refuses '${body}'`, () => {
      assert.throws(() => parseSchedule(`iso ${body}`), {
        code: 'INVALID_SCHEDULE',
        message: `schedule '${`iso ${body}`.trim()}': ${problem}, such as 'iso R5/2026-01-01T00:00:00Z/PT1H/ET10M'`,
      });
    });
  }
});
