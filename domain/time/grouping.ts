import { SynergyError } from '../errors.ts';
import { dateNumber, daysInMonth } from './calendar.ts';
import type { Qualifier } from './qualifier.ts';
import { ordinal } from './timeperiod.ts';
import type { Timeperiod } from './timeperiod.ts';

// Time grouping joins G periods into one job. Within the enclosing day, month or year, periods are numbered
// (hours from 0, days and months from 1) up to U (23; days in the month; 12), and the label of a period s is
// the smallest multiple of G that is at least s, at least G and at most U, or U when there is none.

const largest: Readonly<Record<Qualifier, number>> = { hourly: 23, daily: 28, monthly: 12, yearly: 1 };

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
  index: number,
): { s: number; first: number; last: number } => {
  switch (qualifier) {
    case 'hourly':
      return { s: index % 24, first: 0, last: 23 };
    case 'daily': {
      const date = dateNumber(index);
      const month = Math.floor(date / 100) % 100;
      return { s: date % 100, first: 1, last: daysInMonth(Math.floor(date / 10_000), month) };
    }
    case 'monthly':
      return { s: (index % 12) + 1, first: 1, last: 12 };
  }
};

/** The first period of a group and its label, the last; all as ordinals. */
const group = (qualifier: Qualifier, index: number, grouping: number): readonly [number, number] => {
  if (grouping === 1 || qualifier === 'yearly') return [index, index];
  const { s, first, last } = place(qualifier, index);
  const multiple = Math.max(1, Math.ceil(s / grouping)) * grouping;
  const start = multiple === grouping ? first : multiple - grouping + 1;
  return [index + start - s, index + Math.min(multiple, last) - s];
};

/** How many periods share a job from a period on; `null`: from the first on. */
export interface GroupingEra {
  readonly since: Timeperiod | null;
  readonly grouping: number;
}

/**
 * The grouping of a process over time: a change of it holds for periods that no run has covered yet, so those before keep
 * theirs. In order, the first one since `null`. Whatever it holds, every period belongs to exactly one group.
 */
export type GroupingHistory = readonly GroupingEra[];

/** Tells the first period and the label of the group that a period is in, as ordinals. */
export type GroupFinder = (index: number) => readonly [first: number, label: number];

/** Finds groups by a history; undefined where every period runs itself. Throws `InvalidTimeperiodError`, `INVALID_GROUPING`. */
export const groupFinder = (qualifier: Qualifier, history: GroupingHistory): GroupFinder | undefined => {
  const eras = history.map(({ since, grouping }) => ({
    since: since === null ? -Infinity : ordinal(qualifier, since),
    grouping: validateGrouping(qualifier, grouping),
  }));
  if (eras.every(({ grouping }) => grouping === 1)) return undefined;
  return (index) => {
    const at = eras.findLastIndex(({ since }) => since <= index);
    const { since, grouping } = eras[at] as (typeof eras)[number];
    const [first, last] = group(qualifier, index, grouping);
    return [Math.max(first, since), Math.min(last, (eras[at + 1]?.since ?? Infinity) - 1)];
  };
};
