import { Cron, CronDate } from 'croner';

import { HOUR } from '../time/calendar.ts';
import { readCronFields } from './cron-fields.ts';
import { cronText } from './cron-words.ts';
import { invalidSchedule } from './recurrence.ts';
import type { Recurrence } from './recurrence.ts';

/** Seconds, minutes and hours without wildcard and step are fixed times, lists of them too. */
const rule = { fixedTimeRule: 'no-wildcard' } as const;

/** A zone that moved across the date line left out a day; no other change of clocks is as long. */
const DATE_LINE = 12 * HOUR;

type Runs = Pick<Recurrence, 'next' | 'previous'>;

const runsOf = (expression: string, timezone: string): Runs => {
  // Without the tables of a zone, croner takes half the time.
  const clock = timezone === 'UTC' ? { utcOffset: 0 } : { timezone };
  const cron = new Cron(expression, { ...rule, ...clock });
  return {
    next: (after) => cron.nextRun(new Date(after))?.getTime(),
    previous: (before) => cron.previousRuns(1, new Date(Math.ceil(before)))[0]?.getTime(),
  };
};

/** Milliseconds by which the wall clock of a zone is ahead of UTC. */
const aheadOfUtc = (instant: number, timezone: string): number => {
  const wall = new CronDate(new Date(instant), timezone);
  const seconds = Date.UTC(wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second);
  return seconds - Math.floor(instant / 1000) * 1000;
};

/** The instant between two at which a zone left out a day; undefined when it did not. */
const skipBetween = (from: number, to: number, timezone: string): number | undefined => {
  const before = aheadOfUtc(from, timezone);
  if (aheadOfUtc(to, timezone) - before < DATE_LINE) return undefined;
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (aheadOfUtc(middle, timezone) - before < DATE_LINE) low = middle;
    else high = middle;
  }
  return high;
};

/** croner looks for the end of a gap on the day of a fixed time: where that whole day is left out, it misses it. */
const withSkippedDays = (runs: Runs, expression: string, timezone: string): Runs => {
  /** Made when it is needed: croner keeps 80 kB of each expression. */
  const onTheWall = (): Runs => runsOf(expression, 'UTC');
  /** The end of a left-out day between two instants on which a fixed time fell. */
  const madeUp = (from: number, to: number | undefined): number | undefined => {
    const end = to === undefined ? undefined : skipBetween(from, to, timezone);
    if (end === undefined) return undefined;
    const [shown, left] = [end - 1 + aheadOfUtc(end - 1, timezone), end + aheadOfUtc(end, timezone)];
    return (onTheWall().next(shown) ?? Infinity) < left ? end : undefined;
  };
  return {
    next: (after) => {
      const next = runs.next(after);
      return madeUp(after, next) ?? next;
    },
    previous: (before) => {
      const previous = runs.previous(before);
      return (previous === undefined ? undefined : madeUp(previous, Math.ceil(before) - 1)) ?? previous;
    },
  };
};

/**
 * Whether the time of day is fixed, as croner decides by `rule`. It would tell, but to have it read an expression takes
 * longer than all else of it.
 */
const hasFixedTime = (fields: string): boolean =>
  fields !== '@hourly' &&
  !fields
    .split(' ')
    .slice(0, -3)
    .some((field) => /[*/]/.test(field));

/** Whether there may be no such day in any of the months: of all days the 30th and the 31st alone are not in each of them. */
const mayNeverBe = (fields: string): boolean =>
  (fields.split(' ').at(-3) ?? '*').split(',').every((item) => /^3/.test(item));

/**
 * `cron <expression>`: minute, hour, day of month, month, day of week (0 or 7 = Sunday), with an optional field for
 * seconds in front, or a nickname such as `@daily`, on the wall clock of `timezone`. When both days are restricted, that
 * is, neither is `*`, a day that fits either is meant; with a `+` before the day of week, one that fits both.
 *
 * Seconds, minutes and hours of single values, lists and ranges are fixed times; with a `*` or a step they are an
 * interval. When clocks go forward, fixed times within the gap, be it a whole day, run once as it ends, and an interval
 * leaves them out; when they go back, fixed times run at their first occurrence only, and an interval at both.
 */
export const parseCron = (expression: string, timezone: string): Recurrence => {
  const refuse = (problem: string): Error =>
    invalidSchedule(`cron ${expression}`, problem, 'cron 0 */2 * * *');
  const fields = readCronFields(expression, refuse);
  const isFixedTime = hasFixedTime(fields);
  const runs = runsOf(fields, timezone);
  if (mayNeverBe(fields) && runs.next(0) === undefined)
    throw refuse('the day should exist in one of the months');
  return {
    ...(isFixedTime && timezone !== 'UTC' ? withSkippedDays(runs, fields, timezone) : runs),
    isFixed: isFixedTime,
    describe: () => cronText(fields, timezone),
  };
};
