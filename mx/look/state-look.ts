import { jobStates } from '../../domain/machine/job-machine.ts';
import type { JobState } from '../../domain/machine/job-machine.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { UowRecord } from '../../domain/model/record.ts';

/** How a state looks: `glyph` names a symbol of the sprite and a colour of the style sheet; never colour alone. */
export interface StateLook {
  readonly glyph: string;
  readonly label: string;
  /** For the legend and for tooltips. */
  readonly meaning: string;
}

const look = (glyph: string, label: string, meaning: string): StateLook => ({ glyph, label, meaning });

const jobLooks: Readonly<Record<JobState, StateLook>> = {
  EMBRYO: look('embryo', 'Embryo', 'not started'),
  IN_PROGRESS: look('in-progress', 'In progress', 'started, not final'),
  FINAL_RUN: look('final-run', 'Final run', 'the last run over a closed period'),
  PROCESSED: look('processed', 'Processed', 'finished'),
  SKIPPED: look('skipped', 'Skipped', 'given up or skipped by a person'),
  NOOP: look('noop', 'Noop', 'finished, there was nothing to do'),
};

const uowLooks: Readonly<Record<UowState, StateLook>> = {
  REQUESTED: look('requested', 'Requested', 'waits for a worker'),
  IN_PROGRESS: look('in-progress', 'In progress', 'a worker is on it'),
  PROCESSED: look('processed', 'Processed', 'finished'),
  NOOP: look('noop', 'Noop', 'finished, there was nothing to do'),
  CANCELED: look('canceled', 'Canceled', 'stopped before its end'),
  INVALID: look('invalid', 'Invalid', 'failed, will be tried again'),
};

const quarantined = look('quarantined', 'Quarantined', 'crashed too often, waits for a person');

export const jobLook = (state: JobState): StateLook => jobLooks[state];
export const uowLook = (state: UowState): StateLook => uowLooks[state];

/** Look of a unit of work: an INVALID one that nobody will repost is quarantined. */
export const unitLook = ({ state, retryAt }: Pick<UowRecord, 'state' | 'retryAt'>): StateLook =>
  state === 'INVALID' && retryAt === null ? quarantined : uowLooks[state];

const isJobState = (state: string): state is JobState => (jobStates as readonly string[]).includes(state);
const isUowState = (state: string): state is UowState => (uowStates as readonly string[]).includes(state);

/** Look of a state in the journal, which holds jobs and units of work alike. */
export const anyLook = (kind: 'job' | 'uow', state: string): StateLook => {
  if (kind === 'job' && isJobState(state)) return jobLooks[state];
  return isUowState(state) ? uowLooks[state] : look('embryo', state, '');
};

/** Every look there is, for the legend. */
export const legend: readonly StateLook[] = [
  ...jobStates.map(jobLook),
  uowLooks.REQUESTED,
  uowLooks.INVALID,
  quarantined,
  uowLooks.CANCELED,
];

/** Look of a tile: what a person must know first. A failing unit of work outranks the job's own state. */
export const tileLook = (state: JobState, uow?: UowState): StateLook => {
  if (uow === 'INVALID') return uowLooks.INVALID;
  return uow === 'REQUESTED' && state !== 'EMBRYO' ? uowLooks.REQUESTED : jobLooks[state];
};
