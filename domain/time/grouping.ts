import { SynergyError } from '../errors.ts';
import { daysInMonth } from './calendar.ts';
import type { Qualifier } from './qualifier.ts';
import { fromOrdinal, ordinal } from './timeperiod.ts';
import type { Timeperiod } from './timeperiod.ts';

// Time grouping joins G periods into one job. Within the enclosing day, month or year, periods are numbered
// (hours from 0, days and months from 1) up to U (23; days in the month; 12), and the label of a period s is
// the smallest multiple of G that is at least s, at least G and at most U, or U when there is none.

const largest: Readonly<Record<Qualifier, number>> = { hourly: 23, daily: 28, monthly: 12, yearly: 1 };

/** Periods `start` (inside) to `end` (outside), of one qualifier. */
export interface Span {
  readonly start: Timeperiod;
  readonly end: Timeperiod;
}

/** Checks a time grouping: 1 to 23 hourly, 28 daily, 12 monthly, 1 yearly. Throws `INVALID_GROUPING`. */
export const validateGrouping = (qualifier: Qualifier, grouping: number): number => {
  const max = largest[qualifier];
  if (!(Number.isInteger(grouping) && grouping >= 1 && grouping <= max)) {
    const range = max === 1 ? '1, since years cannot be grouped' : `a whole number from 1 to ${max}`;
    throw new SynergyError(
      'INVALID_GROUPING',
      `time grouping ${grouping} is out of range for ${qualifier}: expected ${range}`,
    );
  }
  return grouping;
};

/** Where a period stands: its number, and the first and the last number in the enclosing period. */
const place = (
  qualifier: Exclude<Qualifier, 'yearly'>,
  timeperiod: Timeperiod,
): { s: number; first: number; last: number } => {
  const month = Number(timeperiod.slice(4, 6));
  switch (qualifier) {
    case 'hourly':
      return { s: Number(timeperiod.slice(8, 10)), first: 0, last: 23 };
    case 'daily': {
      const last = daysInMonth(Number(timeperiod.slice(0, 4)), month);
      return { s: Number(timeperiod.slice(6, 8)), first: 1, last };
    }
    case 'monthly':
      return { s: month, first: 1, last: 12 };
  }
};

/** The first period of a group and its label, the last, as ordinals. */
const group = (qualifier: Qualifier, timeperiod: Timeperiod, grouping: number): [number, number] => {
  validateGrouping(qualifier, grouping);
  const index = ordinal(qualifier, timeperiod);
  if (grouping === 1 || qualifier === 'yearly') return [index, index];
  const { s, first, last } = place(qualifier, timeperiod);
  const multiple = Math.max(1, Math.ceil(s / grouping)) * grouping;
  const start = multiple === grouping ? first : multiple - grouping + 1;
  return [index + start - s, index + Math.min(multiple, last) - s];
};

/**
 * The period whose job covers this one when `grouping` periods share a job. Never in another day (hourly),
 * month (daily) or year (monthly). Throws `InvalidTimeperiodError`, `INVALID_GROUPING`.
 */
export const label = (qualifier: Qualifier, timeperiod: Timeperiod, grouping: number): Timeperiod =>
  fromOrdinal(qualifier, group(qualifier, timeperiod, grouping)[1]);

/** Whether a period runs itself; the others are NOOP, covered by the job of their label. */
export const isLabel = (qualifier: Qualifier, timeperiod: Timeperiod, grouping: number): boolean =>
  grouping === 1 || label(qualifier, timeperiod, grouping) === timeperiod;

/**
 * The periods that the label's job covers: from the first after the previous label up to, not including,
 * the one after the label. Any period of the group may be given. Throws as `label`.
 */
export const span = (qualifier: Qualifier, timeperiod: Timeperiod, grouping: number): Span => {
  const [first, last] = group(qualifier, timeperiod, grouping);
  return { start: fromOrdinal(qualifier, first), end: fromOrdinal(qualifier, last + 1) };
};
