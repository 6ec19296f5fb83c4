import assert from 'node:assert/strict';

import fc from 'fast-check';

import { parseSchedule } from '../../../domain/schedule/schedule.ts';
import type { Schedule } from '../../../domain/schedule/schedule.ts';
import { FIRST, LAST, MINUTE, firings, stretches } from './oracle.ts';
import type { Rule } from './oracle.ts';

// Berlin and New York change by an hour, in different weeks; Lord Howe by half an hour, in the other
// half of the year; Kathmandu never, and is 5:45 ahead.
const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];

// These crossed the date line and left out 30 December 2011 (Apia), 31 December 1994 (Kiritimati), 21 August 1993 (Kwajalein).
const leaps = { 'Pacific/Apia': 2011, 'Pacific/Kiritimati': 1994, 'Pacific/Kwajalein': 1993 };

const fixed = (hour: number, minute: number, date: Rule['date'] = () => true): Rule => ({
  fixed: true,
  time: (h, m) => h === hour && m === minute,
  date,
});
const interval = (time: Rule['time'], date: Rule['date'] = () => true): Rule => ({
  fixed: false,
  time,
  date,
});
const onSunday: Rule['date'] = ({ weekday }) => weekday === 6;

const cases: [string, Rule[]][] = [
  ['cron 15 2 * * *', [fixed(2, 15)]],
  ['cron 0 0 29 2 *', [fixed(0, 0, ({ day, month }) => day === 29 && month === 2)]],
  ['cron 30 1 13 * FRI', [fixed(1, 30, ({ day, weekday }) => day === 13 || weekday === 4)]],
  ['cron */15 * * * *', [interval((_, minute) => minute % 15 === 0)]],
  ['cron 0 */2 * * *', [interval((hour, minute) => minute === 0 && hour % 2 === 0)]],
  [
    'cron 10,40 1-2 * 3,4,10,11 0',
    [
      {
        fixed: true,
        time: (hour, minute) => [10, 40].includes(minute) && [1, 2].includes(hour),
        date: (date) => [3, 4, 10, 11].includes(date.month) && onSunday(date),
      },
    ],
  ],
  ['cron 0 2,14 * * *', [fixed(2, 0), fixed(14, 0)]],
  ['at 02:00,14:00', [fixed(2, 0), fixed(14, 0)]],
  ['at *-17:00,4-15:45', [fixed(17, 0), fixed(15, 45, ({ weekday }) => weekday === 4)]],
  [
    'at 6-02:15,6-02:45,0-00:00',
    [fixed(2, 15, onSunday), fixed(2, 45, onSunday), fixed(0, 0, ({ weekday }) => weekday === 0)],
  ],
];

/** Of days rather than of clock changes. */
const dates: [string, Rule[]][] = [
  [
    'cron 30 */2 1-7 * *',
    [
      interval(
        (hour, minute) => minute === 30 && hour % 2 === 0,
        ({ day }) => day < 8,
      ),
    ],
  ],
  ['cron 30 2 * * SUN-SUN', [fixed(2, 30, onSunday)]],
  ['cron 30 2 * * FRI-SUN', [fixed(2, 30, ({ weekday }) => weekday >= 4)]],
  ['cron 0 3 */2 * */3', [fixed(3, 0, ({ day, weekday }) => day % 2 === 1 || [6, 2, 5].includes(weekday))]],
  ['cron 0 3 1-7 * +MON', [fixed(3, 0, ({ day, weekday }) => day < 8 && weekday === 0)]],
];

/** Index of the first element greater than `instant`. */
const indexAfter = (sorted: number[], instant: number): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! > instant) high = middle;
    else low = middle + 1;
  }
  return low;
};

const check = (schedule: Schedule, expected: number[], instant: number): void => {
  const at = new Date(instant).toISOString();
  const after = indexAfter(expected, instant);
  if (after < expected.length) assert.equal(schedule.next(instant), expected[after], `next after ${at}`);
  const before = expected[after - 1] === instant ? after - 2 : after - 1;
  if (before >= 0) assert.equal(schedule.previous(instant), expected[before], `previous before ${at}`);
};

describe('schedules on the wall clock, against every minute of ten years', () => {
  for (const timezone of zones) {
    const clock = stretches(timezone);
    const changes = clock.slice(1).map(({ start }) => start * MINUTE);

    for (const [text, rules] of timezone === 'Europe/Berlin' ? [...cases, ...dates] : cases) {
      it(`${text} ${timezone}`, () => {
        const schedule = parseSchedule(text, { timezone });
        const expected = firings(rules, clock);
        for (const change of changes) {
          for (const off of [-61, -30, 0, 29, 60]) check(schedule, expected, change + off * MINUTE);
          const near = indexAfter(expected, change);
          for (const fire of expected.slice(Math.max(0, near - 2), near + 2)) {
            for (const off of [-1, 0, 1]) check(schedule, expected, fire + off);
          }
        }
        const anyInstant = fc.integer({ min: FIRST * MINUTE, max: LAST * MINUTE - 1 });
        fc.assert(fc.property(anyInstant, (instant) => check(schedule, expected, instant)));
      });
    }
  }

  for (const [timezone, year] of Object.entries(leaps)) {
    const clock = stretches(timezone, Date.UTC(year) / MINUTE, Date.UTC(year + 2) / MINUTE);
    const leap = clock.find(({ offset }, i) => offset - (clock[i - 1]?.offset ?? offset) > 720)!;

    for (const [text, rules] of [
      ...cases,
      ...dates,
      ['cron 0 12 30,31 12 *', [fixed(12, 0, ({ day, month }) => day > 29 && month === 12)]],
      [
        'cron 15 0,12 21 8 *',
        [0, 12].map((hour) => fixed(hour, 15, ({ day, month }) => day === 21 && month === 8)),
      ],
    ] as typeof cases) {
      it(`${text} ${timezone}, where a day was left out`, () => {
        const schedule = parseSchedule(text, { timezone });
        const expected = firings(rules, clock);
        const near = indexAfter(expected, leap.start * MINUTE);
        for (const fire of expected.slice(Math.max(0, near - 3), near + 3))
          for (const off of [-1, 0, 1]) check(schedule, expected, fire + off);
        for (const hours of [-49, -25, -1, 0, 1, 25])
          check(schedule, expected, (leap.start + hours * 60) * MINUTE);
      });
    }
  }

  it('finds the clock changes it is about', () => {
    assert.deepEqual(
      zones.map((timezone) => stretches(timezone).length),
      [21, 21, 21, 1],
    );
  });
});
