import { entryState, entryStates } from '../../domain/machine/entry-machine.ts';
import type { EntryState } from '../../domain/machine/entry-machine.ts';
import { jobStates } from '../../domain/machine/job-machine.ts';
import type { JobState } from '../../domain/machine/job-machine.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import { isFailing, unitStandingOf } from '../../domain/timetable/standing.ts';
import type { Failure, Standing, UnitStanding } from '../../domain/timetable/standing.ts';
import type { NodeView } from '../../scheduler/api/api.ts';

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
  INVALID: look('invalid', 'Invalid', 'failed'),
};

const failureLooks: Readonly<Record<Failure, StateLook>> = {
  RETRYING: look('invalid', 'Retrying', 'failed, will be tried again'),
  QUARANTINED: look('quarantined', 'Quarantined', 'failed, is not tried again until a person releases it'),
};

export const jobLook = (state: JobState): StateLook => jobLooks[state];

/** Look of a job as it stands. */
export const standingLook = (standing: Standing): StateLook =>
  isFailing(standing) ? failureLooks[standing] : jobLooks[standing];

/** Look of a unit of work as it stands. */
export const unitStandingLook = (standing: UnitStanding): StateLook =>
  isFailing(standing) ? failureLooks[standing] : uowLooks[standing];

/** Look of a unit of work. */
export const unitLook = (uow: Pick<UowRecord, 'state' | 'retryAt'>): StateLook =>
  unitStandingLook(unitStandingOf(uow));

const isJobState = (state: string): state is JobState => (jobStates as readonly string[]).includes(state);
const isEntryState = (state: string): state is EntryState =>
  (entryStates as readonly string[]).includes(state);
const isUowState = (state: string): state is UowState => (uowStates as readonly string[]).includes(state);

const entryLooks: Readonly<Record<EntryState, StateLook>> = {
  ON: look('in-progress', 'On', 'fires on its schedule'),
  OFF: look('skipped', 'Off', 'fires by hand alone'),
  REMOVED: look('canceled', 'Removed', 'fires no more'),
};

/** Look of a freerun entry. */
export const entryLook = (entry: Parameters<typeof entryState>[0]): StateLook =>
  entryLooks[entryState(entry)];

/** Look of a state in the journal, which holds jobs, units of work and freerun entries alike. */
export const anyLook = (kind: TransitionRecord['entityKind'], state: string): StateLook => {
  if (kind === 'job' && isJobState(state)) return jobLooks[state];
  if (kind === 'entry' && isEntryState(state)) return entryLooks[state];
  return isUowState(state) ? uowLooks[state] : look('embryo', state, '');
};

/** Every look there is, for the legend. */
export const legend: readonly StateLook[] = [
  failureLooks.QUARANTINED,
  failureLooks.RETRYING,
  ...jobStates.map(jobLook),
  uowLooks.REQUESTED,
  uowLooks.CANCELED,
];

/** Look of a tile: how the job stands, or that its unit of work waits for a worker. */
export const tileLook = ({
  state,
  standing,
  uow,
}: Pick<NodeView, 'state' | 'standing' | 'uow'>): StateLook =>
  uow === 'REQUESTED' && state !== 'EMBRYO' ? uowLooks.REQUESTED : standingLook(standing);
