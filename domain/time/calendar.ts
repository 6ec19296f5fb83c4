/** Milliseconds in an hour. */
export const HOUR = 3_600_000;
/** Milliseconds in a day: UTC has no leap seconds here, as everywhere in POSIX time. */
export const DAY = 24 * HOUR;

// The algorithms are `days_from_civil` and `civil_from_days` of Howard Hinnant's
// "chrono-Compatible Low-Level Date Algorithms", which let a year begin in March, so that the leap day
// comes last. Dividing with Math.floor spares their corrections for dates before the year 0.
const DAYS_IN_ERA = 146_097; // 400 years, after which the Gregorian calendar repeats
const EPOCH_DAY = 719_468; // days from 0000-03-01 to 1970-01-01

/** Days from 1970-01-01 to a date of the Gregorian calendar; `month` and `day` count from 1. */
export const dayNumber = (year: number, month: number, day: number): number => {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_IN_ERA + dayOfEra - EPOCH_DAY;
};

/** The date of a day since 1970-01-01 as the number YYYYMMDD: a number, so that hot loops allocate nothing. */
export const dateNumber = (dayOrdinal: number): number => {
  const shifted = dayOrdinal + EPOCH_DAY;
  const era = Math.floor(shifted / DAYS_IN_ERA);
  const dayOfEra = shifted - era * DAYS_IN_ERA;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = era * 400 + yearOfEra + (month > 2 ? 0 : 1);
  return year * 10_000 + month * 100 + day;
};

/** Days in a month; `month` counts from 1. */
export const daysInMonth = (year: number, month: number): number => {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
};

/** The first instant after year 9999, the last year that can be named, in milliseconds since the epoch. */
export const END_OF_TIME = dayNumber(10_000, 1, 1) * DAY;
