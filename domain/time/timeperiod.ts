import { InvalidTimeperiodError } from '../errors.ts';
import { DAY, END_OF_TIME, HOUR, dateNumber, dayNumber, daysInMonth } from './calendar.ts';
import { isCoarser } from './qualifier.ts';
import type { Qualifier } from './qualifier.ts';

/**
 * A slice of time: ten digits `YYYYMMDDHH` in UTC, years 1970 to 9999. The digits that its qualifier does
 * not need are zero, so `2016010100` is an hour or a day: always keep the qualifier beside it.
 */
export type Timeperiod = string;

const FIRST_YEAR = 1970;

const forms: Readonly<Record<Qualifier, string>> = {
  hourly: 'YYYYMMDDHH, years 1970 to 9999, such as 2015060117',
  daily: 'YYYYMMDD00, years 1970 to 9999, such as 2015060100',
  monthly: 'YYYYMM0000, years 1970 to 9999, such as 2015060000',
  yearly: 'YYYY000000, years 1970 to 9999, such as 2015000000',
};

const invalid = (qualifier: Qualifier, timeperiod: string): InvalidTimeperiodError =>
  new InvalidTimeperiodError(qualifier, timeperiod, forms[qualifier]);

/** NaN when any character is not a digit: it fails every comparison that follows. */
const digits = (text: string, from: number, to: number): number => {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = value * 10 + digit;
  }
  return value;
};

const padded = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));

const isMonth = (month: number): boolean => month >= 1 && month <= 12;
const isDate = (year: number, month: number, day: number): boolean =>
  isMonth(month) && day >= 1 && day <= daysInMonth(year, month);

/**
 * Whole periods from 1970 to a timeperiod: its place in any array over time, and the integer to calculate
 * with. Consecutive timeperiods have consecutive ordinals. Throws `InvalidTimeperiodError`.
 */
export const ordinal = (qualifier: Qualifier, timeperiod: Timeperiod): number => {
  const year = digits(timeperiod, 0, 4);
  const month = digits(timeperiod, 4, 6);
  const day = digits(timeperiod, 6, 8);
  const hour = digits(timeperiod, 8, 10);
  if (timeperiod.length !== 10 || !(year >= FIRST_YEAR)) throw invalid(qualifier, timeperiod);
  switch (qualifier) {
    case 'hourly':
      if (isDate(year, month, day) && hour < 24) return dayNumber(year, month, day) * 24 + hour;
      break;
    case 'daily':
      if (isDate(year, month, day) && hour === 0) return dayNumber(year, month, day);
      break;
    case 'monthly':
      if (isMonth(month) && day === 0 && hour === 0) return (year - FIRST_YEAR) * 12 + month - 1;
      break;
    case 'yearly':
      if (month === 0 && day === 0 && hour === 0) return year - FIRST_YEAR;
  }
  throw invalid(qualifier, timeperiod);
};

/**
 * The first instant of the period with this ordinal, in milliseconds since the epoch. The period after the
 * last of year 9999 is allowed, since it ends that one.
 */
export const startOf = (qualifier: Qualifier, ordinal: number): number => {
  switch (qualifier) {
    case 'hourly':
      return ordinal * HOUR;
    case 'daily':
      return ordinal * DAY;
    case 'monthly':
      return dayNumber(FIRST_YEAR + Math.floor(ordinal / 12), (ordinal % 12) + 1, 1) * DAY;
    case 'yearly':
      return dayNumber(FIRST_YEAR + ordinal, 1, 1) * DAY;
  }
};

/**
 * The ordinal of the period that contains an instant (milliseconds since the epoch). Throws
 * `InvalidTimeperiodError` before 1970 and after 9999.
 */
export const ordinalAt = (qualifier: Qualifier, ms: number): number => {
  if (!(ms >= 0 && ms < END_OF_TIME)) throw invalid(qualifier, `instant ${String(ms)}`);
  if (qualifier === 'hourly') return Math.floor(ms / HOUR);
  const day = Math.floor(ms / DAY);
  if (qualifier === 'daily') return day;
  const date = dateNumber(day);
  const year = Math.floor(date / 10_000) - FIRST_YEAR;
  return qualifier === 'yearly' ? year : year * 12 + (Math.floor(date / 100) % 100) - 1;
};

/** The timeperiod with this ordinal. Throws `InvalidTimeperiodError` outside of 1970 to 9999. */
export const fromOrdinal = (qualifier: Qualifier, ordinal: number): Timeperiod => {
  const start = startOf(qualifier, ordinal);
  if (!(Number.isInteger(ordinal) && ordinal >= 0 && start < END_OF_TIME)) {
    throw invalid(qualifier, `ordinal ${String(ordinal)}`);
  }
  const date = dateNumber(Math.floor(start / DAY));
  switch (qualifier) {
    case 'hourly':
      return `${date}${padded[ordinal % 24] as string}`;
    case 'daily':
      return `${date}00`;
    case 'monthly':
      return `${Math.floor(date / 100)}0000`;
    case 'yearly':
      return `${Math.floor(date / 10_000)}000000`;
  }
};

/** The timeperiod `delta` periods later; a negative delta goes back. Throws outside of 1970 to 9999. */
export const increment = (qualifier: Qualifier, timeperiod: Timeperiod, delta: number): Timeperiod =>
  fromOrdinal(qualifier, ordinal(qualifier, timeperiod) + delta);

/** The form a timeperiod is in; a day is also a correct hour, so `hourly` stands for both. */
const formOf = (timeperiod: Timeperiod): Qualifier => {
  if (timeperiod.endsWith('000000')) return 'yearly';
  return timeperiod.endsWith('0000') ? 'monthly' : 'hourly';
};

const isMinutesAndSeconds = (text: string): boolean => digits(text, 10, 12) < 60 && digits(text, 12, 14) < 60;

/**
 * The period of `qualifier` around a timeperiod of the same or a finer qualifier, or around a second given
 * as `YYYYMMDDHHmmss`. Throws `InvalidTimeperiodError` when it is malformed or coarser than asked for.
 */
export const cast = (qualifier: Qualifier, timeperiod: string): Timeperiod => {
  const isSecond = timeperiod.length === 14 && isMinutesAndSeconds(timeperiod);
  const period = isSecond ? timeperiod.slice(0, 10) : timeperiod;
  const form = isSecond ? 'hourly' : formOf(period);
  if (isCoarser(form, qualifier)) throw invalid(qualifier, timeperiod);
  return current(qualifier, startOf(form, ordinal(form, period)));
};

/**
 * The instants that a timeperiod covers, in milliseconds since the epoch: `start` is inside, `end` is not. Throws
 * `InvalidTimeperiodError`.
 */
export const toInterval = (qualifier: Qualifier, timeperiod: Timeperiod) => {
  const index = ordinal(qualifier, timeperiod);
  return { start: startOf(qualifier, index), end: startOf(qualifier, index + 1) };
};

/** The period that contains `now` (milliseconds since the epoch). */
export const current = (qualifier: Qualifier, now: number): Timeperiod =>
  fromOrdinal(qualifier, ordinalAt(qualifier, now));
