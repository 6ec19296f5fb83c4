import assert from 'node:assert/strict';

import { explain } from '../../../domain/schedule/explain.ts';
import { parseSchedule } from '../../../domain/schedule/schedule.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const MINUTE = 60_000;

const words = (text: string, now = NOW): string => explain(parseSchedule(text), now).words;
const warnings = (text: string, epsilon?: number): string[] =>
  explain(parseSchedule(text), NOW, { epsilon }).warnings.map(({ part, text }) => `${part}: ${text}`);

const inWords: Readonly<Record<string, string>> = {
  'R/2027-01-31T10:00:00Z/P1M':
    "Every month on the 31st (or the month's last day) at 10:00 UTC, from 31 January 2027, for ever.",
  'R/2026-01-28T10:00:00Z/P1M': 'Every month on the 28th at 10:00 UTC, since 28 January 2026, for ever.',
  'R/2024-02-29T00:00:00Z/P1Y/E1W':
    "Every year on 29 February (or the month's last day) at 00:00 UTC, since 29 February 2024, for ever. Each firing may begin up to 7 days late.",
  'R/2024-02-29T00:00:00Z/P4Y':
    "Every 4 years on 29 February (or the month's last day) at 00:00 UTC, since 29 February 2024, for ever.",
  'R18/2024-02-29T00:00:00Z/P4Y':
    'Every 4 years on 29 February at 00:00 UTC, since 29 February 2024, 19 times, the last on 29 February 2096 at 00:00 UTC.',
  'R/2026-01-01T00:00:00+05:45/P3M':
    'Every 3 months on the 1st at 00:00 UTC+05:45, since 1 January 2026, for ever.',
  'R/2026-01-31T00:00:00-05:00/P1M1DT1H':
    'Every 1 month, 1 day and 1 hour, since 31 January 2026 at 00:00 UTC-05:00, for ever.',
  'R1000000/2026-01-01T00:00:00Z/PT1S':
    'Every second, since 1 January 2026 at 00:00 UTC, 1,000,001 times, the last on 12 January 2026 at 13:46:40 UTC.',
  'R90/2026-01-01T00:00:00Z/P1000Y':
    'Every 1,000 years on 1 January at 00:00 UTC, since 1 January 2026, 91 times.',
  'R0/2027-01-01T00:00:00Z/PT1H': 'Once, on 1 January 2027 at 00:00 UTC.',
  'R/2026-01-05T09:00:00Z/P1W': 'Every week on Monday at 09:00 UTC, since 5 January 2026, for ever.',
  'R/1960-01-01T09:00:00Z/P14D': 'Every 2 weeks on Friday at 09:00 UTC, since 1 January 1960, for ever.',
  'R/2026-01-05T09:00:00.250Z/P1DT': 'Every day at 09:00:00.250 UTC, since 5 January 2026, for ever.',
  'R/2026-01-05T09:00:05Z/P10D': 'Every 10 days at 09:00:05 UTC, since 5 January 2026, for ever.',
  'R/2026-01-01T00:00:00Z/PT36H': 'Every 1 day and 12 hours, since 1 January 2026 at 00:00 UTC, for ever.',
  'every 900': 'Every 15 minutes.',
  'every 1500ms': 'Every 1 second and 500 milliseconds.',
  'every 1d': 'Every day at 00:00 UTC.',
  'every 7d': 'Every week on Thursday at 00:00 UTC.',
  'at 8:00': 'Every day at 08:00 UTC.',
  'at 8:00,20:00,0-9:30 Europe/Berlin':
    'Every day at 08:00 and 20:00 and every Monday at 09:30 Europe/Berlin time.',
  'cron * * * * *': 'Every minute.',
  'cron * * * * * *': 'Every second.',
  'cron */15 * * * *': 'Every 15 minutes.',
  'cron */20 * * * * Asia/Kolkata': 'Every 20 minutes (Asia/Kolkata time).',
  'cron */25 * * * *': 'At minutes 0, 25 and 50 of every hour.',
  'cron 10-20 * * * *': 'At minutes 10 to 20 of every hour.',
  'cron 5 * * * *': 'At minute 5 of every hour.',
  'cron 0 * * * *': 'Every hour on the hour.',
  'cron 0 */2 * * *': 'Every 2 hours on the hour (UTC).',
  'cron 30 */2 * * *': 'At minute 30 in every 2nd hour (UTC).',
  'cron 0 */6 * * *': 'Every day at 00:00, 06:00, 12:00 and 18:00 UTC.',
  'cron 5 0 8 * * *': 'Every day at 08:00:05 UTC.',
  'cron 0 9-17 * * *': 'Every hour on the hour from 09:00 to 17:00 (UTC).',
  'cron */5 9-17 * * 1-5 America/New_York':
    'Every 5 minutes from 09:00 to 17:59, every day from Monday to Friday (America/New_York time).',
  'cron 30 9-17 * * *': 'At minute 30 of every hour from 09:00 to 17:59 (UTC).',
  'cron 7 1,2,3,4,6,9,12 * * *': 'At minute 7 in the hours 1, 2, 3, 4, 6, 9 and 12 (UTC).',
  'cron */10 * * * * *': 'Every 10 seconds.',
  'cron 30 * * * * *': 'At second 30 of every minute.',
  'cron 0,30 8 * * * *': 'Every 30 seconds in minute 8 of every hour.',
  'cron */10 */5 9-17 * * *': 'Every 10 seconds in every 5th minute from 09:00 to 17:59 (UTC).',
  'cron 0 8 * * 1,3,FRI': 'Every Monday, Wednesday and Friday at 08:00 UTC.',
  'cron 0 8 * * FRI-SUN': 'Every day from Friday to Sunday at 08:00 UTC.',
  'cron 0 8 * * 0-7': 'Every day at 08:00 UTC.',
  'cron 0 8 * 6-8 1': 'Every Monday from June to August at 08:00 UTC.',
  'cron 0 8 * * FRI#2': 'On the second Friday of every month at 08:00 UTC.',
  'cron 0 8 * JAN,JUL 5#L': 'On the last Friday of January and July at 08:00 UTC.',
  'cron 0 8 * * 1,0L': 'Every Monday and on the last Sunday of every month at 08:00 UTC.',
  'cron 0 0 L * *': 'On the last day of every month at 00:00 UTC.',
  'cron 0 0 LW * *': 'On the last working day of every month at 00:00 UTC.',
  'cron 0 0 1,15W * *': 'On the 1st and the working day next to the 15th of every month at 00:00 UTC.',
  'cron 0 0 2,3,11,22 1,7 *': 'On the 2nd, 3rd, 11th and 22nd of January and July at 00:00 UTC.',
  'cron 0 0 1 1 *': 'Every year on 1 January at 00:00 UTC.',
  'cron 0 0 * 1 *': 'Every day in January at 00:00 UTC.',
  'cron 0 3 */2 * */3':
    'On every 2nd day from the 1st of every month and every Wednesday, Saturday and Sunday at 03:00 UTC.',
  'cron 0 0 13 * +FRI': 'On the 13th of every month if that is a Friday, at 00:00 UTC.',
  'cron 0 0 1-7 * +MON,5L':
    'On the 1st to 7th of every month if that is a Monday or the last Friday, at 00:00 UTC.',
  'cron @weekly': 'Every Sunday at 00:00 UTC.',
  'cron @Hourly': 'Every hour on the hour.',
};

describe('a schedule that is explained', () => {
  for (const [text, expected] of Object.entries(inWords)) {
    it(`says of ${text}: ${expected}`, () => assert.equal(words(text), expected));
  }

  it('began once its start has come', () => {
    const text = 'R/2027-01-31T10:00:00Z/P1D';
    const start = Date.UTC(2027, 0, 31, 10);
    assert.equal(words(text, start - 1), 'Every day at 10:00 UTC, from 31 January 2027, for ever.');
    assert.equal(words(text, start), 'Every day at 10:00 UTC, since 31 January 2027, for ever.');
  });

  it('says of a trigger how late its deliveries may begin', () => {
    const options = { epsilon: 5 * MINUTE, count: 3 };
    const { words, warnings, next } = explain(parseSchedule('R/2027-01-28T10:00:00Z/P1M'), NOW, options);
    assert.equal(
      words,
      'Every month on the 28th at 10:00 UTC, from 28 January 2027, for ever. Each delivery may begin up to 5 minutes late.',
    );
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      next.map((at) => new Date(at).toISOString().slice(0, 10)),
      ['2027-01-28', '2027-02-28', '2027-03-28'],
    );
    assert.equal(explain(parseSchedule('every 1h'), NOW).next.length, 10);
  });

  it('warns of months that are too short, by their names', () => {
    assert.deepEqual(warnings('R/2027-01-31T10:00:00Z/P1M'), [
      "start: February, April, June, September and November have no 31st: there it fires on the month's last day.",
    ]);
    assert.deepEqual(warnings('R2/2027-01-31T10:00:00Z/P1M'), [
      "start: February has no 31st: there it fires on the month's last day.",
    ]);
    assert.deepEqual(warnings('R/2027-01-31T10:00:00Z/P3M'), [
      "start: April has no 31st: there it fires on the month's last day.",
    ]);
    assert.deepEqual(warnings('R/2028-02-29T10:00:00Z/P1Y'), [
      "start: February (outside of leap years) has no 29th: there it fires on the month's last day.",
    ]);
    assert.deepEqual(warnings('R/2027-01-01T00:30:00+01:00/P1M'), []);
    assert.deepEqual(warnings('R/2027-01-31T00:30:00+01:00/P1M'), [
      "start: February, April, June, September and November have no 31st: there it fires on the month's last day.",
    ]);
    assert.deepEqual(warnings('R/2027-01-31T10:00:00Z/P30D'), []);
  });

  it('warns of a start in the past, with the firing that is the first', () => {
    assert.deepEqual(warnings('R/2026-10-01T00:00:00Z/P1M'), [
      'start: The start lies in the past: the first firing from now on is number 3, on 1 December 2026 at 00:00 UTC.',
    ]);
  });

  it('warns of a series that has ended, or never fires', () => {
    assert.deepEqual(warnings('R3/2026-01-01T00:00:00Z/PT1H'), [
      'repetition: It has ended: its last firing was on 1 January 2026 at 03:00 UTC.',
    ]);
    assert.deepEqual(warnings('R0/1960-01-01T00:00:00Z/PT1H'), [
      'repetition: It never fires: all of its firings lie before 1970 or after 9999.',
    ]);
    assert.deepEqual(warnings('R/2026-01-01T00:00:00Z/P7990Y'), [
      'repetition: It has ended: its last firing was on 1 January 2026 at 00:00 UTC.',
    ]);
  });

  it('warns of an epsilon that lets firings overlap, or is hard to keep', () => {
    const start = 'R/2027-01-01T00:00:00Z';
    const longer = (count: string): string =>
      `epsilon: This is longer than the time between two firings: up to ${count} may be under way at a time.`;
    assert.deepEqual(warnings(`${start}/PT2M/ET2M`), []);
    assert.deepEqual(warnings(`${start}/PT2M/ET12M`), [longer('6')]);
    assert.deepEqual(warnings(`${start}/PT2M/ET2M1S`), [longer('2')]);
    assert.deepEqual(warnings('cron 0,3 8 * * 1', 5 * MINUTE), [longer('2')]);
    assert.deepEqual(warnings('cron 0,5 8 * * 1', 5 * MINUTE), []);
    assert.deepEqual(warnings('every 2m', 7 * 1440 * MINUTE), [longer('5,040')]);
    assert.deepEqual(warnings('every 2m', 999), [
      'epsilon: This is less than a second: a busy second expires it.',
    ]);
  });

  it('warns of more than 1,000 firings a day', () => {
    assert.deepEqual(warnings('every 87s'), []);
    assert.deepEqual(warnings('every 86s'), ['period: It fires 1,005 times a day.']);
    assert.deepEqual(warnings('every 1s'), ['period: It fires 86,400 times a day.']);
    assert.deepEqual(warnings('R0/2027-01-01T00:00:00Z/PT1S'), []);
  });
});
