import { plural } from '../plural.ts';
import { DAY, END_OF_TIME, HOUR, dateNumber, dayNumber, daysInMonth } from '../time/calendar.ts';
import { writeDuration } from '../time/duration.ts';
import { invalidSchedule } from './recurrence.ts';
import type { Recurrence } from './recurrence.ts';

const MINUTE = 60_000;
const AVERAGE_MONTH = (146_097 / 4800) * DAY; // over the 400 years after which the calendar repeats

const repetitionText = /^R(\d*)$/;
const startText = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
const durationText = /^(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** A length of time: months, which the calendar decides upon, and then milliseconds. */
interface Period {
  readonly months: number;
  readonly ms: number;
}

/** The firing number k, from 0, is k periods after `start`, on a wall clock `offset` ahead of UTC. */
interface Series {
  readonly start: number;
  readonly offset: number;
  readonly period: Period;
}

const averageLength = ({ months, ms }: Period): number => months * AVERAGE_MONTH + ms;

/** An ISO-8601 duration without its P, `1DT` being `1D`; undefined when it is none, is nothing, or outlasts the calendar. */
const readPeriod = (text: string): Period | undefined => {
  const fields = durationText.exec(text)?.slice(1) as (string | undefined)[] | undefined;
  if (fields === undefined) return undefined;
  const field = (index: number): number => Number(fields[index] ?? 0);
  const period = {
    months: field(0) * 12 + field(1),
    ms: (field(2) * 7 + field(3)) * DAY + field(4) * HOUR + field(5) * MINUTE + field(6) * 1000,
  };
  const length = averageLength(period);
  return length > 0 && length < END_OF_TIME ? period : undefined;
};

const readStart = (text: string): Pick<Series, 'start' | 'offset'> | undefined => {
  const [, date, zone] = startText.exec(text) ?? [];
  if (date === undefined || zone === undefined) return undefined;
  const start = Date.parse(text);
  const offset = Date.parse(`${date}T00:00Z`) - Date.parse(`${date}T00:00${zone}`);
  // Date.parse takes the 30th of February for a day in March.
  const isDate = dateNumber(Math.floor((start + offset) / DAY)) === Number(date.replaceAll('-', ''));
  return isDate ? { start, offset } : undefined;
};

const firing = ({ start, offset, period }: Series, k: number): number => {
  if (period.months === 0) return start + k * period.ms;
  const wall = start + offset;
  const date = dateNumber(Math.floor(wall / DAY));
  const month = Math.floor(date / 10_000) * 12 + (Math.floor(date / 100) % 100) - 1 + k * period.months;
  const [year, monthOfYear] = [Math.floor(month / 12), (month % 12) + 1];
  const day = Math.min(date % 100, daysInMonth(year, monthOfYear));
  const sinceMidnight = wall - Math.floor(wall / DAY) * DAY;
  return dayNumber(year, monthOfYear, day) * DAY + sinceMidnight - offset + k * period.ms;
};

/** The number of the last firing at or before an instant; -1 when all are after it. */
const indexAt = (series: Series, instant: number): number => {
  if (instant < series.start) return -1;
  // Months are never further from their average than a few days: the guess is right or next to it.
  let k = Math.floor((instant - series.start) / averageLength(series.period));
  while (firing(series, k) > instant) k--;
  while (firing(series, k + 1) <= instant) k++;
  return k;
};

/**
 * `iso R[n]/<start>/P<period>[/E<epsilon>]`: an ISO-8601 repeating interval. `Rn` fires n times after the
 * first, `R` for ever. The start has a zone, `Z` or `+hh:mm`. Years and months of the period keep the day of
 * the start, or take the last of a shorter month (always counted from the start: 31 January is followed by
 * 28 February, and that by 31 March). The epsilon is a duration as in the period, without years and months.
 */
export const parseIso = (body: string): Recurrence => {
  const refuse = (problem: string): Error =>
    invalidSchedule(`iso ${body}`, problem, 'iso R5/2026-01-01T00:00:00Z/PT1H/ET10M');
  const [repetition = '', startPart = '', periodPart = '', epsilonPart, ...rest] = body.split('/');
  const count = repetitionText.exec(repetition)?.[1];
  if (count === undefined) throw refuse(`the repetition '${repetition}' should be R or R and a number`);
  const start = readStart(startPart);
  if (!start) throw refuse(`the start '${startPart}' should be a date and time that exist, with their zone`);
  const period = periodPart.startsWith('P') ? readPeriod(periodPart.slice(1)) : undefined;
  if (!period) {
    throw refuse(
      `the period '${periodPart}' should be a duration in whole numbers, above 0 and below 8000 years`,
    );
  }
  const epsilon = epsilonPart?.startsWith('E') ? readPeriod(epsilonPart.slice(1)) : undefined;
  if (rest.length > 0 || (epsilonPart !== undefined && (!epsilon || epsilon.months > 0))) {
    throw refuse(`the epsilon '${[epsilonPart, ...rest].join('/')}' should be E and a duration up to weeks`);
  }
  const series = { ...start, period };
  const last = count === '' ? Infinity : Number(count);
  const at = (k: number): number | undefined => (k >= 0 && k <= last ? firing(series, k) : undefined);
  return {
    next: (after) => at(indexAt(series, after) + 1),
    previous: (before) => at(Math.min(indexAt(series, Math.ceil(before) - 1), last)),
    isFixed: last !== Infinity || averageLength(period) >= DAY,
    describe: () =>
      [
        `${count === '' ? 'for ever' : plural(last + 1, 'time')}, every ${periodPart} from ${startPart}`,
        ...(epsilon ? [`at most ${writeDuration(epsilon.ms)} late`] : []),
      ].join(', '),
    ...(epsilon && { epsilon: epsilon.ms }),
  };
};
