import { DAY, dateNumber, dayNumber, daysInMonth } from '../time/calendar.ts';

const AVERAGE_MONTH = (146_097 / 4800) * DAY; // over the 400 years after which the calendar repeats

/** A length of time: months, which the calendar decides upon, and then milliseconds. */
export interface Period {
  readonly months: number;
  readonly ms: number;
}

/** Firing number k, from 0 to `last`, is k periods after `start`, on a wall clock that is `offset` ahead of UTC; ms. */
export interface Series {
  readonly start: number;
  readonly offset: number;
  readonly period: Period;
  readonly last: number;
}

/** How long a period is on average, in ms. */
export const averageLength = ({ months, ms }: Period): number => months * AVERAGE_MONTH + ms;

/** The instant of firing number k. */
export const firing = ({ start, offset, period }: Omit<Series, 'last'>, k: number): number => {
  if (period.months === 0) return start + k * period.ms;
  const wall = start + offset;
  const date = dateNumber(Math.floor(wall / DAY));
  const month = Math.floor(date / 10_000) * 12 + (Math.floor(date / 100) % 100) - 1 + k * period.months;
  const [year, monthOfYear] = [Math.floor(month / 12), (month % 12) + 1];
  const day = Math.min(date % 100, daysInMonth(year, monthOfYear));
  const sinceMidnight = wall - Math.floor(wall / DAY) * DAY;
  return dayNumber(year, monthOfYear, day) * DAY + sinceMidnight - offset + k * period.ms;
};

/** The number of the last firing at or before an instant, as if there were no end; -1 when all are after it. */
export const indexAt = (series: Series, instant: number): number => {
  if (instant < series.start) return -1;
  // Months are never further from their average than a few days: the guess is right or next to it.
  let k = Math.floor((instant - series.start) / averageLength(series.period));
  while (firing(series, k) > instant) k--;
  while (firing(series, k + 1) <= instant) k++;
  return k;
};

/** The first firing strictly after an instant. */
export const nextIn = (series: Series, after: number): number | undefined => {
  const k = indexAt(series, after) + 1;
  return k <= series.last ? firing(series, k) : undefined;
};

/** The last firing strictly before an instant. */
export const previousIn = (series: Series, before: number): number | undefined => {
  const k = Math.min(indexAt(series, Math.ceil(before) - 1), series.last);
  return k >= 0 ? firing(series, k) : undefined;
};
