import { HOUR } from '../../time/calendar.ts';
import type { ManagedProcess, ProcessContext } from '../../model/process.ts';
import { isJobFinished } from '../../machine/transition.ts';
import { jobKeyText } from '../../model/entity.ts';
import type { JobRecord } from '../../model/record.ts';
import type { Qualifier } from '../../time/qualifier.ts';
import type { Timeperiod } from '../../time/timeperiod.ts';
import { leave, report, timetableOf } from '../state.ts';
import type { CheckState, Check } from '../state.ts';
import { createDueJudge } from './due.ts';
import type { Evidence } from '../evidence.ts';
import { createProcessSwitches } from '../process-switches.ts';
import type { ProcessSwitches } from '../process-switches.ts';

/** Letters of an ISO date that a timeperiod of the qualifier keeps. */
const kept: Readonly<Record<Qualifier, number>> = { hourly: 10, daily: 8, monthly: 6, yearly: 4 };

const advance: Readonly<Record<Qualifier, (date: Date) => void>> = {
  hourly: (date) => date.setUTCHours(date.getUTCHours() + 1),
  daily: (date) => date.setUTCDate(date.getUTCDate() + 1),
  monthly: (date) => date.setUTCMonth(date.getUTCMonth() + 1, 1),
  yearly: (date) => date.setUTCFullYear(date.getUTCFullYear() + 1, 0, 1),
};

/** The period of a qualifier around a date. */
export const nameOf = (qualifier: Qualifier, date: Date): Timeperiod =>
  date.toISOString().replace(/\D/g, '').slice(0, kept[qualifier]).padEnd(10, '0');

/**
 * Timeperiods of a qualifier from the one around `start` to the one around `now` (ms), by the calendar of the language.
 * Made without the arithmetic of `domain/time/` on purpose: what that gets wrong must not look right here.
 */
export function* calendarPeriods(
  qualifier: Qualifier,
  span: { readonly start: number; readonly now: number },
): Generator<Timeperiod, undefined> {
  const last = nameOf(qualifier, new Date(span.now));
  for (const date = new Date(span.start); ; advance[qualifier](date)) {
    const period = nameOf(qualifier, date);
    if (period > last) return;
    yield period;
  }
}

/** Walks the calendar beside the jobs of a process, which come in the order of their periods. */
interface Walk {
  readonly process: ManagedProcess;
  readonly periods: Generator<Timeperiod, undefined>;
  /** The next one; undefined at the end. */
  due: Timeperiod | undefined;
  last: Timeperiod | undefined;
}

/** Passes over the periods before `timeperiod`, or all that are left; true when that is one of them. */
const reach = (
  walk: Walk,
  timeperiod: Timeperiod | undefined,
  skipped: (period: Timeperiod) => void,
): boolean => {
  for (; walk.due !== undefined; walk.due = walk.periods.next().value) {
    if (timeperiod !== undefined && walk.due >= timeperiod) break;
    skipped(walk.due);
  }
  if (walk.due !== timeperiod || walk.due === undefined) return false;
  walk.due = walk.periods.next().value;
  return true;
};

type Span = NonNullable<Evidence['timetable']>;

const createWalks = ({ processes }: ProcessContext, span: Span): ReadonlyMap<string, Walk> =>
  new Map(
    processes.flatMap((process): [string, Walk][] => {
      if (process.kind !== 'managed') return [];
      const periods = calendarPeriods(process.qualifier, span);
      return [[process.name, { process, periods, due: periods.next().value, last: undefined }]];
    }),
  );

/** Judges ended periods once all work is done; the last one is not over yet, or its start lag is not. */
const createEnded = (checked: CheckState, now: number, isOn: ProcessSwitches['isOn']) => {
  const timetable = checked.evidence.situation === 'done' ? timetableOf(checked, now) : undefined;
  const isDue = timetable === undefined ? (): boolean => true : createDueJudge(timetable, now);
  const isEnded = ({ name, qualifier, startLag }: ManagedProcess, period: Timeperiod): boolean =>
    checked.evidence.situation === 'done' &&
    isOn(name) &&
    period < nameOf(qualifier, new Date(now - startLag));
  return {
    missing: (process: ManagedProcess, period: Timeperiod): void => {
      const key = { processName: process.name, timeperiod: period };
      if (!isEnded(process, period) || !isDue(key)) return;
      report(checked, 11, {
        entity: jobKeyText(key),
        expected: 'a job, its period being over',
        found: 'none',
      });
    },
    unfinished: (process: ManagedProcess, job: JobRecord): void => {
      const { state } = job;
      if (isJobFinished(state) || !isEnded(process, job.timeperiod) || !isDue(job)) return;
      const entity = jobKeyText(job);
      report(checked, 13, { entity, expected: 'to be finished, all work being done', found: state });
    },
  };
};

const createJobs = (
  checked: CheckState,
  walks: ReadonlyMap<string, Walk>,
  { span, isOn }: { readonly span: Span; readonly isOn: ProcessSwitches['isOn'] },
): Required<Pick<Check, 'job' | 'close'>> => {
  const ended = createEnded(checked, span.now, isOn);
  return {
    job: (job, _, entity) => {
      const walk = walks.get(job.processName);
      // Of a process that is gone from the context the history stays; a second record is another rule's.
      if (walk === undefined || job.timeperiod <= (walk.last ?? '')) return;
      const { process } = walk;
      walk.last = job.timeperiod;
      ended.unfinished(process, job);
      if (reach(walk, job.timeperiod, (period) => ended.missing(process, period))) return;
      const [first, last] = [span.start, span.now].map((instant) =>
        nameOf(process.qualifier, new Date(instant)),
      );
      const expected = `a ${process.qualifier} period from ${String(first)} to ${String(last)}`;
      report(checked, 11, { entity, expected, found: job.timeperiod });
    },
    close: () => {
      if (checked.evidence.situation !== 'done') return;
      for (const walk of walks.values())
        reach(walk, undefined, (period) => ended.missing(walk.process, period));
    },
  };
};

/** 11: jobs are of periods the calendar has. Once all work is done, all that have ended have theirs, finished (13). */
export const createPeriodsCheck = (checked: CheckState): Check => {
  const { context, timetable, situation } = checked.evidence;
  if (context === undefined || timetable === undefined) {
    leave(checked, 11, 'needs the context and the span of the timetable');
    return {};
  }
  if (situation !== 'done')
    leave(checked, 11, 'whether a period lacks its job is judged when all work is done');
  // While it is read, the next hour may begin.
  const span = situation === 'at-work' ? { ...timetable, now: timetable.now + HOUR } : timetable;
  const { check, isOn } = createProcessSwitches(context);
  return { ...check, ...createJobs(checked, createWalks(context, span), { span, isOn }) };
};
