import { jobKeyText } from '../../model/entity.ts';
import type { JobRecord } from '../../model/record.ts';
import type { Timeperiod } from '../../time/timeperiod.ts';
import type { Level } from '../../timetable/level.ts';
import { report, timetableOf } from '../state.ts';
import type { CheckState, Check } from '../state.ts';

/** The period whose job covers this one, by the groupings that the store remembers. */
const labelOf = (level: Level, timeperiod: Timeperiod): Timeperiod =>
  level.timeperiod(level.labelOf(level.indexOf(timeperiod)));

/** Without source rows a recomputing process needs no unit. */
const needsUnit = ({ process }: Level): boolean => process.strategy !== 'recomputing';

const miss = (checked: CheckState, level: Level, timeperiod: Timeperiod): void =>
  report(checked, 11, {
    entity: jobKeyText({ processName: level.process.name, timeperiod }),
    expected: 'a run that covers this period, which is NOOP without a unit of its own',
    found: 'none',
  });

/**
 * 11: a NOOP job without a unit of its own lies in the run of a later period, or is left to one that has not run. What a run
 * covered is what its unit says, whatever the grouping was.
 */
export const createCoverCheck = (checked: CheckState): Check => {
  const timetable = timetableOf(checked);
  if (timetable === undefined) return {};
  /** First period of units that cover more than their own. */
  const starts = new Map<string, Timeperiod>();
  /** NOOP jobs without a unit, by process; jobs come in the order of their periods. */
  const waiting = new Map<string, Timeperiod[]>();
  const judge = (level: Level, { timeperiod, relatedUow }: JobRecord): void => {
    const start = starts.get(relatedUow ?? '') ?? timeperiod;
    const left = (waiting.get(level.process.name) ?? []).filter((period) => {
      if (start <= period) return false;
      const label = labelOf(level, period);
      if (label === timeperiod || (label === period && needsUnit(level))) miss(checked, level, period);
      // Where the label has passed without a run, that is still to come, or was skipped.
      return label > timeperiod;
    });
    waiting.set(level.process.name, left);
  };
  return {
    unit_of_work: ({ id, kind, timeperiod, startTimeperiod }) => {
      if (kind === 'managed' && startTimeperiod !== timeperiod) starts.set(id, startTimeperiod);
    },
    job: (job) => {
      const level = timetable.levels.get(job.processName);
      if (level === undefined) return;
      const { state, relatedUow, uowCount, timeperiod, processName } = job;
      if (state === 'NOOP' && uowCount === 0) {
        const periods = waiting.get(processName);
        if (periods === undefined) waiting.set(processName, [timeperiod]);
        else periods.push(timeperiod);
        return;
      }
      // A unit that was published while the tables were read is not known yet.
      const isKnown = relatedUow !== null && checked.heads.get(relatedUow)?.recorded !== undefined;
      if (isKnown && (state === 'PROCESSED' || state === 'NOOP')) judge(level, job);
    },
    close: () => {
      for (const [name, periods] of waiting) {
        const level = timetable.levels.get(name);
        for (const period of periods)
          if (level !== undefined && needsUnit(level) && labelOf(level, period) === period)
            miss(checked, level, period);
      }
    },
  };
};
