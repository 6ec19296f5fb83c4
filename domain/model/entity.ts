import type { CommandRecord } from './record.ts';

/** Rows of the journal: those of one job or unit of work, or of all whose ids begin so. */
export type TransitionsOf = { readonly entityId: string } | { readonly entityPrefixes: readonly string[] };

/**
 * What the journal is asked for, in the words of people: a job (`Process/timeperiod`), a unit of work (its id), a freerun
 * entry (`Process:entry`) or a process by its name.
 */
export const transitionsOf = (entity: string): TransitionsOf => {
  if (entity.includes('/')) return { entityId: entity };
  return { entityPrefixes: entity.includes(':') ? [`${entity}/`] : [`${entity}/`, `${entity}:`] };
};

const textIn = ({ arguments: given }: CommandRecord, name: string): string => {
  const value = given[name];
  return typeof value === 'string' ? value : '';
};

/** Whether a command was about such an entity, or about something that belongs to it. */
export const concerns = (command: CommandRecord, entity: string): boolean => {
  const [processName, entryName] = [textIn(command, 'processName'), textIn(command, 'entryName')];
  const [timeperiod, uowId] = [textIn(command, 'timeperiod'), textIn(command, 'uowId')];
  const names = [
    processName,
    entryName && `${processName}:${entryName}`,
    timeperiod && `${processName}/${timeperiod}`,
    uowId,
  ];
  return names.includes(entity) || ['/', ':', '#'].some((mark) => uowId.startsWith(`${entity}${mark}`));
};
