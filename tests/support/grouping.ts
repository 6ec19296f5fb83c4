import { groupFinder } from '../../domain/time/grouping.ts';
import type { Qualifier } from '../../domain/time/qualifier.ts';
import { fromOrdinal, ordinal } from '../../domain/time/timeperiod.ts';

const groupOf = (qualifier: Qualifier, timeperiod: string, grouping: number): readonly [number, number] => {
  const index = ordinal(qualifier, timeperiod);
  return groupFinder(qualifier, [{ since: null, grouping }])?.(index) ?? [index, index];
};

/** The period whose job covers this one when `grouping` periods have shared a job ever since. */
export const label = (qualifier: Qualifier, timeperiod: string, grouping: number): string =>
  fromOrdinal(qualifier, groupOf(qualifier, timeperiod, grouping)[1]);

/** Whether a period runs itself then. */
export const isLabel = (qualifier: Qualifier, timeperiod: string, grouping: number): boolean =>
  label(qualifier, timeperiod, grouping) === timeperiod;

/** The periods, the last one outside, that the job covers then. */
export const span = (qualifier: Qualifier, timeperiod: string, grouping: number) => {
  const [first, last] = groupOf(qualifier, timeperiod, grouping);
  return { start: fromOrdinal(qualifier, first), end: fromOrdinal(qualifier, last + 1) };
};
