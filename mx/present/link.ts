import { triggerOfEntry, EVENTS } from '../../domain/event/trigger.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import { entityRef } from '../../domain/model/entity.ts';
import type { EntryKey } from '../../db/store.ts';
import type { JobKey } from '../../domain/model/record.ts';

const part = encodeURIComponent;

/** Where things live on the dashboard. Every path in a view comes from here. */
export const jobPath = ({ processName, timeperiod }: JobKey): string =>
  `/jobs/${part(processName)}/${part(timeperiod)}`;
export const unitPath = (id: string): string => `/units/${part(id)}`;
/** Of a free-run entry, or of the event trigger that it is. */
export const entryPath = ({ processName, entryName }: EntryKey): string => {
  const trigger = processName === EVENTS ? triggerOfEntry(entryName) : undefined;
  return trigger === undefined ? `/freerun/${part(processName)}/${part(entryName)}` : triggerPath(trigger);
};
export const triggerPath = ({ owner, id }: TriggerKey): string => `/triggers/${part(owner)}/${part(id)}`;
export const executionPath = (id: string): string => `/executions/${part(id)}`;
export const treePath = (tree: string): string => `/timetable/${part(tree)}`;
export const tilePath = (tree: string, { processName, timeperiod }: JobKey): string =>
  `${treePath(tree)}/${part(processName)}/${part(timeperiod)}`;

/** A path with a query of what is given. */
export const withQuery = (
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string => {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(Object.fromEntries(given)).toString()}`;
};

/** The journal of a process, a freerun entry (`Process:entry`), a job or a unit of work. */
export const journalPath = (entity: string): string => `/journal?entity=${part(entity)}`;

/** Dialog of an action, with the fields that are known already. */
export const actionPath = (kind: string, fields: Readonly<Record<string, string>>): string =>
  `/actions/${kind}?${new URLSearchParams(fields).toString()}`;

/** Path to what a journal row speaks of: a job, a unit of work or a freerun entry. */
export const entityPath = (entityId: string): string => {
  const ref = entityRef(entityId);
  if (ref?.kind === 'job') return jobPath(ref);
  return ref?.kind === 'entry' ? entryPath(ref) : unitPath(entityId);
};
