import { jobStates } from '../machine/job-machine.ts';
import type { JobState } from '../machine/job-machine.ts';
import { isJobFinished } from '../machine/transition.ts';
import type { UowState } from '../machine/uow-machine.ts';
import type { UowRecord } from '../model/record.ts';

/** What a failed unit of work waits for: the retry that the collector makes, or a user who releases or cancels it. */
const failures = ['RETRYING', 'QUARANTINED'] as const;

export type Failure = (typeof failures)[number];

/** Every standing of a job. The states come first and in their order, so that their codes are those of `jobStateCode`. */
export const standings = [...jobStates, ...failures] as const;

/**
 * How a job stands: its state, unless the unit of work in charge has failed. The state alone would call a job
 * IN_PROGRESS that fails for days.
 */
export type Standing = (typeof standings)[number];

/** In which order people are told of standings: what fails first, then from the finished to what has not begun. */
export const standingOrder: readonly Standing[] = [
  'QUARANTINED',
  'RETRYING',
  'PROCESSED',
  'NOOP',
  'SKIPPED',
  'FINAL_RUN',
  'IN_PROGRESS',
  'EMBRYO',
];

/** How a unit of work stands: its state, with INVALID told apart. */
export type UnitStanding = Exclude<UowState, 'INVALID'> | Failure;

type Unit = Pick<UowRecord, 'state' | 'retryAt'>;

/** Failed, and waiting for a user who releases or cancels it. */
export const isQuarantined = ({ state, retryAt }: Unit): boolean => state === 'INVALID' && retryAt === null;

/** Failed, and waiting for the collector to try it again. */
export const isRetrying = <U extends Unit>(unit: U): unit is U & { readonly retryAt: number } =>
  unit.state === 'INVALID' && unit.retryAt !== null;

export const unitStandingOf = (unit: Unit): UnitStanding => {
  if (unit.state !== 'INVALID') return unit.state;
  return isRetrying(unit) ? 'RETRYING' : 'QUARANTINED';
};

/** `unit` is the one in charge of the job, where there is one; a finished job has none. */
export const standingOf = (state: JobState, unit: Unit | undefined): Standing => {
  if (unit?.state !== 'INVALID' || isJobFinished(state)) return state;
  return isRetrying(unit) ? 'RETRYING' : 'QUARANTINED';
};

const codes = Object.fromEntries(standings.map((standing, code) => [standing, code])) as Record<
  Standing,
  number
>;

/** The index of `standing` in `standings`, for typed arrays. */
export const standingCode = (standing: Standing): number => codes[standing];

const failing: ReadonlySet<string> = new Set(failures);

/** Whether a job or unit of work has failed and is not finished. */
export const isFailing = (standing: Standing | UnitStanding): standing is Failure => failing.has(standing);

/** Jobs by standing; each job is counted once. */
export type StandingCounts = Readonly<Record<Standing, number>>;

/** Counts by standing as a record. */
export const countStandings = (count: (standing: Standing) => number): StandingCounts =>
  Object.fromEntries(standings.map((standing) => [standing, count(standing)])) as Record<Standing, number>;

/** What a user must see to first; undefined where nothing fails. */
export const worstFailure = (counts: StandingCounts): Failure | undefined => {
  if (counts.QUARANTINED > 0) return 'QUARANTINED';
  return counts.RETRYING > 0 ? 'RETRYING' : undefined;
};

/** Jobs that have failed and are not finished. */
export const failingOf = (counts: StandingCounts): number => counts.RETRYING + counts.QUARANTINED;
