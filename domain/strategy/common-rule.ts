import { isJobFinished, isUowFinished } from '../machine/transition.ts';
import type { UowState } from '../machine/uow-machine.ts';
import type { Decision, JobFacts, Waiting, WaitsFor } from './decision.ts';

export const waiting = (...reasons: readonly WaitsFor[]): Waiting => ({ do: 'wait', for: reasons });

const endings: Partial<Record<UowState, 'complete' | 'empty' | 'skip'>> = {
  PROCESSED: 'complete',
  NOOP: 'empty',
  CANCELED: 'skip',
};

/** Finishes a job as its unit of work ended. */
export const conclude = (uow: UowState | undefined): Decision => {
  const event = uow && endings[uow];
  return event === undefined ? waiting() : { do: 'finish', event };
};

/**
 * What every strategy decides alike. Undefined for an EMBRYO or IN_PROGRESS job without an unfinished unit of
 * work: whether that one runs or ends is what strategies differ in.
 */
export const commonRule = (facts: JobFacts): Decision | undefined => {
  if (facts.future) return { do: 'refuse', because: 'its period has not begun' };
  if (isJobFinished(facts.state)) return waiting();
  if (facts.uow !== undefined && !isUowFinished(facts.uow)) return waiting('unit');
  if (facts.state === 'FINAL_RUN') return conclude(facts.uow);
  return facts.mayRun === 'skip' ? { do: 'finish', event: 'skip' } : undefined;
};

/** Inputs that a job lacks for its next run and, after a run, for its end. */
export const lackingInputs = ({ state, uow, mayRun, finalizable }: JobFacts): WaitsFor[] => [
  ...(mayRun === 'no' ? (['inputs-to-run'] as const) : []),
  ...(state === 'IN_PROGRESS' && uow !== undefined && !finalizable ? (['inputs-to-end'] as const) : []),
];

/**
 * Publishes a unit of work when the job may run. The next run after a finished one keeps to the rhythm of the
 * trigger: left to events, a live job would run again the moment it ended.
 */
export const run = (facts: JobFacts, event: 'start' | 'finalize' | 'rerun'): Decision => {
  const again = event === 'rerun' && facts.uow !== undefined;
  if (facts.mayRun !== 'yes' || (again && facts.occasion === 'event'))
    return waiting(...lackingInputs(facts));
  return { do: 'publish', event };
};
