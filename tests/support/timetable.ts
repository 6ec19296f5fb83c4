import type { JobState } from '../../domain/machine/job-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { JobFields, LiveUnit } from '../../domain/timetable/level.ts';
import { buildTimetable, keyOf, levelOf, nodeOf, setJob } from '../../domain/timetable/timetable.ts';
import type { Node, Timetable } from '../../domain/timetable/timetable.ts';
import { cases, casesContext } from './context.ts';
import type { Extra } from './context.ts';

/** The timetable of the cases, at their instant or another one. */
export const casesTimetable = (
  extras: Readonly<Record<string, Extra>> = {},
  now: number = cases.now,
): Timetable => buildTimetable(casesContext(extras), { start: cases.start, now });

/** `SiteHourly/2015060102`, as tests write jobs down. */
export const nameOf = (node: Node): string => `${keyOf(node).processName}/${keyOf(node).timeperiod}`;

/** The node of `SiteHourly/2015060102`. */
export const at = (timetable: Timetable, name: string): Node => {
  const [processName = '', timeperiod = ''] = name.split('/');
  return nodeOf(timetable, { processName, timeperiod });
};

/** Puts a job that had one unit of work into a state; returns the names of those that this wakes. */
export const put = (
  timetable: Timetable,
  name: string,
  state: JobState,
  more: Partial<JobFields> = {},
): string[] => {
  const node = at(timetable, name);
  const version = node.level.version(node.index) + 1;
  return setJob(timetable, node, { state, version, uowCount: 1, redo: false, ...more }).map(nameOf);
};

/** Puts all jobs of a process into a state, but for those of the timeperiods excepted. */
export const putAll = (
  timetable: Timetable,
  processName: string,
  state: JobState,
  except: readonly string[] = [],
): void => {
  const level = levelOf(timetable, processName);
  for (let index = 0; index < level.size; index++) {
    const timeperiod = level.timeperiod(index);
    if (!except.includes(timeperiod)) put(timetable, `${processName}/${timeperiod}`, state);
  }
};

/** A unit of work in charge. */
export const unitOf = (id: string, state: UowState, more: Partial<LiveUnit> = {}): LiveUnit => ({
  id,
  state,
  retryAt: null,
  since: cases.now - 60_000,
  endId: null,
  ...more,
});

/** Gives a job a unit of work in `state`. */
export const charge = (
  timetable: Timetable,
  name: string,
  state: UowState,
  more: Partial<LiveUnit> = {},
): void => {
  const { level, index } = at(timetable, name);
  level.setUnit(index, unitOf(`${name}#1`, state, more));
};
