import { SynergyError } from '../errors.ts';
import { compileTable, statesTagged } from './compile.ts';
import { jobMachine, jobStates } from './job-machine.ts';
import { uowMachine } from './uow-machine.ts';
import type { JobEvent, JobState } from './job-machine.ts';
import type { UowEvent, UowState } from './uow-machine.ts';

const jobTable = compileTable<JobState>(jobMachine, { hasUow: false });
const jobTableWithUow = compileTable<JobState>(jobMachine, { hasUow: true });
const uowTable = compileTable<UowState>(uowMachine);

const finishedJobs = statesTagged(jobMachine, 'finished');
const finishedUows = statesTagged(uowMachine, 'finished');
const holdingUows = statesTagged(uowMachine, 'holding');

const codes = Object.fromEntries(jobStates.map((state, code) => [state, code])) as Record<JobState, number>;

/** An event that the state does not accept is never ignored (xstate would). */
const refuse = (entity: string, state: string, event: string): never => {
  throw new SynergyError('ILLEGAL_TRANSITION', `${entity} in ${state} does not accept '${event}'`);
};

/**
 * The state a job goes to. `entity` names the job in the error; `hasUow`: did it ever have a unit of work.
 * Throws ILLEGAL_TRANSITION when `state` does not accept `event`.
 */
export const nextJobState = (entity: string, state: JobState, event: JobEvent, hasUow: boolean): JobState =>
  (hasUow ? jobTableWithUow : jobTable)[state]?.[event] ?? refuse(entity, state, event);

/**
 * The state a unit of work goes to. `entity` names it in the error. Throws ILLEGAL_TRANSITION when `state` does
 * not accept `event`.
 */
export const nextUowState = (entity: string, state: UowState, event: UowEvent): UowState =>
  uowTable[state]?.[event] ?? refuse(entity, state, event);

/** Does a job in `state` accept `event`? The answer never depends on `hasUow`, only the target does. */
export const canJob = (state: JobState, event: JobEvent): boolean => jobTable[state]?.[event] !== undefined;

/** Does a unit of work in `state` accept `event`? */
export const canUow = (state: UowState, event: UowEvent): boolean => uowTable[state]?.[event] !== undefined;

/** PROCESSED, SKIPPED or NOOP: parents and dependants need not wait for it. */
export const isJobFinished = (state: JobState): boolean => finishedJobs.has(state);

/** Not finished: EMBRYO, IN_PROGRESS or FINAL_RUN. */
export const isJobActive = (state: JobState): boolean => !finishedJobs.has(state);

/** PROCESSED, NOOP or CANCELED: nothing will happen to it any more. INVALID is not finished. */
export const isUowFinished = (state: UowState): boolean => finishedUows.has(state);

/** REQUESTED or IN_PROGRESS: it takes one of the slots of its process's `concurrency`. INVALID frees it. */
export const isUowHolding = (state: UowState): boolean => holdingUows.has(state);

/** The index of `state` in `jobStates`, 0..5, for typed arrays; an array filled with zeros is all EMBRYO. */
export const jobStateCode = (state: JobState): number => codes[state];
