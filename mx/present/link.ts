import { entityRef } from '../../domain/model/entity.ts';
import type { JobKey } from '../../domain/model/record.ts';

const part = encodeURIComponent;

/** Where things live on the dashboard. Every path in a view comes from here. */
export const jobPath = ({ processName, timeperiod }: JobKey): string =>
  `/jobs/${part(processName)}/${part(timeperiod)}`;
export const unitPath = (id: string): string => `/units/${part(id)}`;
export const treePath = (tree: string): string => `/timetable/${part(tree)}`;
export const tilePath = (tree: string, { processName, timeperiod }: JobKey): string =>
  `${treePath(tree)}/${part(processName)}/${part(timeperiod)}`;

/** The journal of a process, a freerun entry (`Process:entry`), a job or a unit of work. */
export const journalPath = (entity: string): string => `/journal?entity=${part(entity)}`;

/** Dialog of an action, with the fields that are known already. */
export const actionPath = (kind: string, fields: Readonly<Record<string, string>>): string =>
  `/actions/${kind}?${new URLSearchParams(fields).toString()}`;

/** Path to what a journal row speaks of: a job, a unit of work, or a freerun entry by its journal. */
export const entityPath = (entityId: string): string => {
  const ref = entityRef(entityId);
  if (ref?.kind === 'job') return jobPath(ref);
  return ref?.kind === 'entry' ? journalPath(entityId) : unitPath(entityId);
};
