import { isEntryEdge } from '../../machine/entry-machine.ts';
import type { EntryEvent, EntryState } from '../../machine/entry-machine.ts';
import { isUowFinished, nextJobState, nextUowState } from '../../machine/transition.ts';
import type { JobEvent, JobState } from '../../machine/job-machine.ts';
import type { UowEvent, UowState } from '../../machine/uow-machine.ts';
import type { TransitionRecord } from '../../model/record.ts';
import { report } from '../state.ts';
import type { CheckState, Check, Head } from '../state.ts';
import { isWorkerActor } from '../../model/actor.ts';

/** Whether an edge is one of the machine; of a job's `reprocess` the journal does not say if it had a unit, so either end will do. */
const isEdge = ({ entityKind, entityId, from, event, to }: TransitionRecord): boolean => {
  if (event === 'request') return entityKind === 'uow' && from === null && to === 'REQUESTED';
  if (entityKind === 'entry')
    return isEntryEdge(from as EntryState | null, event as EntryEvent, to as EntryState);
  try {
    if (entityKind === 'uow') return nextUowState(entityId, from as UowState, event as UowEvent) === to;
    const next = (hasUow: boolean): JobState =>
      nextJobState(entityId, (from ?? 'EMBRYO') as JobState, event as JobEvent, hasUow);
    return next(true) === to || next(false) === to;
  } catch {
    return false;
  }
};

const standing = (version: number, from: string | null): string => `version ${version} from ${String(from)}`;

/** What did not exist yet began at nothing or, a job, as EMBRYO; an entry may be older than its history. */
const beginning = ({ entityKind, from }: TransitionRecord): TransitionRecord['from'] => {
  if (entityKind === 'entry') return from;
  return entityKind === 'job' && from !== null ? 'EMBRYO' : null;
};

const checkSuccession = (checked: CheckState, row: TransitionRecord, head: Head): void => {
  const { entityId: entity, version, from, event, to } = row;
  const before = head.state ?? beginning(row);
  const expected = standing(head.version + 1, before);
  const found = standing(version, from);
  if (found !== expected) report(checked, 1, { entity, expected, found });
  if (isEdge(row)) return;
  report(checked, 1, {
    entity,
    expected: 'an edge of the machine',
    found: `version ${version}: '${event}' from ${String(from)} to ${to}`,
  });
};

const checkEnds = (checked: CheckState, row: TransitionRecord, head: Head): void => {
  if (row.entityKind !== 'uow' || head.ends === 0 || !isUowFinished(row.to as UowState)) return;
  report(checked, 4, {
    entity: row.entityId,
    expected: 'one terminal state',
    found: `${row.to} at version ${row.version} after another one`,
  });
};

const checkAttempt = (checked: CheckState, row: TransitionRecord, head: Head): void => {
  if (row.entityKind !== 'uow') return;
  const expected = row.event === 'claim' ? head.attempt + 1 : head.attempt;
  if (row.attempt === expected) return;
  report(checked, 5, {
    entity: row.entityId,
    expected: `'${row.event}' of attempt ${expected}`,
    found: `attempt ${row.attempt} at version ${row.version}`,
  });
};

/** Judges the rows of the journal one by one: 1, 4 and the attempts of 5. */
export const createJournalCheck = (checked: CheckState): Check => ({
  transition: (row, head) => {
    checkSuccession(checked, row, head);
    checkEnds(checked, row, head);
    checkAttempt(checked, row, head);
  },
});

/** 7: nothing accepts an epoch below one it accepted before. */
export const createEpochCheck = (checked: CheckState): Check => {
  let highest = 0;
  return {
    transition: ({ entityId: entity, epoch, actor, version }, head) => {
      // A worker writes under the epoch of the unit, which a new scheduler need not have touched.
      const least = isWorkerActor(actor) ? head.epoch : Math.max(highest, head.epoch);
      highest = Math.max(highest, epoch);
      if (epoch >= least) return;
      report(checked, 7, {
        entity,
        expected: `epoch ${least} or higher`,
        found: `epoch ${epoch} at version ${version}`,
      });
    },
    unit_of_work: ({ id: entity, epoch }, head) => {
      if (epoch >= head.epoch) return;
      report(checked, 7, {
        entity,
        expected: `epoch ${head.epoch} or higher`,
        found: `epoch ${epoch} in its record`,
      });
    },
  };
};
