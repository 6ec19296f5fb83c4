import { isJobFinished, isUowFinished } from '../machine/transition.ts';
import type { JobState } from '../machine/job-machine.ts';
import type { UowState } from '../machine/uow-machine.ts';
import { isUserActor, isWorkerActor } from '../model/actor.ts';
import { isGivenBack } from '../model/given-back.ts';
import type { TransitionRecord } from '../model/record.ts';
import { isPublication } from '../timetable/apply-transition.ts';
import type { CheckState, Head } from './state.ts';

const enterJob = (checked: CheckState, row: TransitionRecord, head: Head): void => {
  if (isPublication(row.event)) head.published = row.sequence;
  if (row.event !== 'reprocess' || head.state === null || !isJobFinished(head.state as JobState)) return;
  const former = checked.formerEnds.get(row.entityId) ?? [];
  const { version, state, sequence: since } = head;
  former.push({ version, state: state as JobState, since, until: row.sequence });
  checked.formerEnds.set(row.entityId, former);
};

const enterUow = (row: TransitionRecord, head: Head): void => {
  head.attempt = row.attempt;
  if (isUowFinished(row.to as UowState)) head.ends++;
  if (row.event === 'fail' && isWorkerActor(row.actor)) head.failures++;
  // The crashes of a unit that a user releases are counted anew.
  if (row.event === 'repost' && isUserActor(row.actor)) {
    head.released = row.attempt;
    head.failures = 0;
  }
  if (row.event === 'repost' && isGivenBack(row.reason)) head.released++;
};

/** Brings the head of an entity up to a row. */
export const advanceHead = (checked: CheckState, row: TransitionRecord, head: Head): void => {
  if (row.entityKind === 'job') enterJob(checked, row, head);
  else if (row.entityKind === 'uow') enterUow(row, head);
  head.version = row.version;
  head.state = row.to;
  head.sequence = row.sequence;
  head.epoch = row.epoch;
};
