import type { JobEvent, JobState } from '../machine/job-machine.ts';
import { isJobFinished } from '../machine/transition.ts';
import type { UowState } from '../machine/uow-machine.ts';
import { entityRef, jobUowId } from '../model/entity.ts';
import type { TransitionRecord, UowRecord } from '../model/record.ts';
import { isQuarantiningRow } from '../strategy/crash.ts';
import type { JobFields, LiveUnit } from './level.ts';
import { keyOf, reconsider, setJob } from './timetable.ts';
import type { Node, Timetable } from './timetable.ts';

/** A change of a job, as its row of the journal tells it. */
export interface JobMove extends Pick<TransitionRecord, 'version' | 'at' | 'actor'> {
  readonly event: JobEvent;
  readonly to: JobState;
}

/** Whether a change of a job puts a new unit of work in charge of it. */
export const isPublication = (event: TransitionRecord['event']): boolean =>
  event === 'start' || event === 'finalize' || event === 'rerun';

const fieldsAfter = ({ level, index }: Node, { version, event, to, actor }: JobMove): JobFields => ({
  state: to,
  version,
  uowCount: level.uowCount(index) + (isPublication(event) ? 1 : 0),
  // The scheduler itself lets begin anew what no run covers after a change of grouping; nothing is redone there.
  redo: event === 'reprocess' ? actor !== 'scheduler' : level.redo(index) && !isJobFinished(to),
});

/** As the journal tells it: the range of source rows is not in there. */
const publishedUnit = (node: Node, sequence: number, since: number): LiveUnit => ({
  id: jobUowId(keyOf(node), sequence),
  state: 'REQUESTED',
  retryAt: null,
  since,
  endId: null,
});

/**
 * Moves a job, with the unit of work in charge of it; returns the others that are to be looked at again. `published`: the
 * unit that a publication put in charge, where more of it is known than the journal tells.
 */
export const moveJob = (
  timetable: Timetable,
  node: Node,
  move: JobMove,
  published?: LiveUnit,
): readonly Node[] => {
  const { level, index } = node;
  const fields = fieldsAfter(node, move);
  if (isPublication(move.event))
    level.setUnit(index, published ?? publishedUnit(node, fields.uowCount, move.at));
  else {
    level.setUnit(index, undefined);
    level.failures.delete(index);
  }
  const woken = setJob(timetable, node, fields);
  reconsider(node);
  return woken;
};

/** What a timetable keeps of a unit of work. */
export const liveUnit = (uow: UowRecord): LiveUnit => ({
  id: uow.id,
  state: uow.state,
  retryAt: uow.retryAt,
  since: uow.submittedAt,
  endId: uow.endId,
});

/** Moves the unit of work in charge of a job; that of an earlier run moves nothing. */
const moveUnit = (node: Node, row: TransitionRecord): void => {
  const { level, index } = node;
  const unit = level.units.get(index);
  if (unit?.id !== row.entityId) return;
  const state = row.to as UowState;
  level.setUnit(index, {
    ...unit,
    state,
    retryAt: state === 'INVALID' && !isQuarantiningRow(row) ? row.at : null,
    since: row.event === 'repost' ? row.at : unit.since,
  });
  reconsider(node);
};

/** The node that a row of the journal is about; none of freerun units, unknown processes, and periods outside of the timetable. */
export const nodeOfRow = (
  timetable: Timetable,
  row: Pick<TransitionRecord, 'entityId'>,
): Node | undefined => {
  const ref = entityRef(row.entityId);
  if (ref === undefined || !('timeperiod' in ref) || (ref.kind === 'uow' && ref.entryName !== null))
    return undefined;
  const level = timetable.levels.get(ref.processName);
  if (level === undefined) return undefined;
  const node = { level, index: level.indexOf(ref.timeperiod) };
  return node.index < 0 || node.index >= level.size ? undefined : node;
};

/**
 * Makes a timetable follow the journal, row by row in its order; returns the jobs that are to be looked at again, but for that
 * of the row. From nothing to its end, the journal makes the timetable that is loaded from the store, but for what is no
 * transition and so not in there: until when a failed unit waits for its retry (here: from its failure on), when a unit was
 * rung again, its range of source rows, and how often an empty source was looked at. Who needs these reads the units in
 * charge. Rows of freerun units, of processes that the context does not know and of periods outside of the timetable
 * change nothing: it is to be grown before.
 */
export const applyTransition = (timetable: Timetable, row: TransitionRecord): readonly Node[] => {
  const node = nodeOfRow(timetable, row);
  if (node === undefined) return [];
  if (row.entityKind === 'job') return moveJob(timetable, node, row as JobMove);
  moveUnit(node, row);
  return [];
};
