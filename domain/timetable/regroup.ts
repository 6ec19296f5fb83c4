import type { ManagedProcess } from '../model/process.ts';
import type { JobRecord } from '../model/record.ts';
import { groupFinder } from '../time/grouping.ts';
import type { GroupingHistory } from '../time/grouping.ts';
import { fromOrdinal, ordinal } from '../time/timeperiod.ts';

/** What a change of grouping asks of a stored job. */
export type StoredJob = Pick<JobRecord, 'timeperiod' | 'state' | 'version' | 'uowCount'>;

/** Whether a process is grouped otherwise than it was last. */
export const isRegrouped = (
  { grouping }: Pick<ManagedProcess, 'grouping'>,
  before: GroupingHistory,
): boolean => before.at(-1)?.grouping !== grouping;

/**
 * The grouping of the context takes over behind the last job that was begun. So what was begun keeps its periods, no period
 * is run twice, and none is left out: those behind it that were NOOP, since another job was to cover them, begin anew unless
 * the new grouping covers them too, and are `reopened`. `jobs`: all of the process.
 */
export const regroup = (
  { qualifier, grouping }: Pick<ManagedProcess, 'qualifier' | 'grouping'>,
  before: GroupingHistory,
  jobs: readonly StoredJob[],
) => {
  const isLabelBy = (history: GroupingHistory): ((index: number) => boolean) => {
    const groupOf = groupFinder(qualifier, history);
    return (index) => groupOf === undefined || groupOf(index)[1] === index;
  };
  const ran = isLabelBy(before);
  let next = -Infinity;
  for (const { timeperiod, state } of jobs) {
    const index = ordinal(qualifier, timeperiod);
    if (index >= next && state !== 'EMBRYO' && ran(index)) next = index + 1;
  }
  const earlier = before.filter(
    ({ since }) => (since === null ? -Infinity : ordinal(qualifier, since)) < next,
  );
  const since = earlier.length === 0 ? null : fromOrdinal(qualifier, next);
  const groupings = isRegrouped({ grouping }, earlier) ? [...earlier, { since, grouping }] : earlier;
  const runs = isLabelBy(groupings);
  const reopened = jobs.filter(({ timeperiod, state, uowCount }) => {
    const index = ordinal(qualifier, timeperiod);
    return state === 'NOOP' && uowCount === 0 && index >= next && runs(index);
  });
  return { groupings, reopened };
};
