import { expiredJournalSpec } from '../db/collections.ts';
import { isJobFinished } from '../domain/machine/transition.ts';
import { jobKeyText } from '../domain/model/entity.ts';
import type { JobRecord } from '../domain/model/record.ts';
import { applyTransition } from '../domain/timetable/apply-transition.ts';
import { standingOf } from '../domain/timetable/standing.ts';
import { buildTimetable } from '../domain/timetable/timetable.ts';
import type { Groupings, Timetable } from '../domain/timetable/timetable.ts';
import { recordsIn } from './store/collection-rows.ts';
import type { Memory } from './store/memory.ts';
import type { Workload } from './workload.ts';

/** A job of which the journal tells something else than its record. */
export interface Divergence {
  readonly entity: string;
  readonly recorded: string;
  readonly followed: string;
}

const recordedText = ({ units }: Memory, job: JobRecord): string => {
  const { state, version, uowCount, redo, relatedUow } = job;
  const unit = isJobFinished(state) ? undefined : units.get(relatedUow ?? '')?.uow;
  return JSON.stringify([state, version, uowCount, redo, unit?.id, unit?.state, standingOf(state, unit)]);
};

const followedText = ({ levels }: Timetable, { processName, timeperiod }: JobRecord): string | undefined => {
  const level = levels.get(processName);
  const index = level?.indexOf(timeperiod) ?? -1;
  if (level === undefined || index < 0 || index >= level.size) return undefined;
  const unit = level.units.get(index);
  const fields = [level.state(index), level.version(index), level.uowCount(index), level.redo(index)];
  return JSON.stringify([...fields, unit?.id, unit?.state, level.standing(index)]);
};

/** Where a timetable that a scheduler has followed and begins to lead with is not what the records say. */
export const missedJobs = ({ jobs, units }: Memory, { levels }: Timetable): Divergence[] =>
  [...jobs.values()].flatMap((job) => {
    const { processName, timeperiod, state, version, uowCount, redo } = job;
    const level = levels.get(processName);
    const index = level?.indexOf(timeperiod) ?? -1;
    if (level === undefined || index < 0 || index >= level.size) return [];
    const unit = isJobFinished(state) ? undefined : units.get(job.relatedUow ?? '')?.uow.id;
    const recorded = JSON.stringify([state, version, uowCount, redo, unit]);
    const followed = JSON.stringify([
      ...[level.state(index), level.version(index), level.uowCount(index), level.redo(index)],
      level.units.get(index)?.id,
    ]);
    return followed === recorded ? [] : [{ entity: jobKeyText(job), recorded, followed }];
  });

const createIsCut = (memory: Memory): ((entity: string) => boolean) => {
  const cut = new Set(recordsIn(memory, expiredJournalSpec).map(({ entity }) => entity));
  return (entity) => cut.has(entity);
};

/** Where a timetable that follows the journal from nothing (to `now`, ms) is not what the records say. */
export const divergences = (
  memory: Memory,
  { context, start }: Workload,
  { now, groupings }: { readonly now: number; readonly groupings: Groupings },
): Divergence[] => {
  const timetable = buildTimetable(context, { start, now, groupings });
  // Of some retention has deleted the beginning.
  const isCut = createIsCut(memory);
  for (const row of memory.journal) if (!isCut(row.entityId)) applyTransition(timetable, row);
  return [...memory.jobs.values()].flatMap((job) => {
    if (isCut(jobKeyText(job))) return [];
    const [recorded, followed] = [recordedText(memory, job), followedText(timetable, job)];
    return followed === undefined || followed === recorded
      ? []
      : [{ entity: jobKeyText(job), recorded, followed }];
  });
};
