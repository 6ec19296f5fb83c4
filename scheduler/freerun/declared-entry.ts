import { isDeepStrictEqual } from 'node:util';
import { freshEntry } from '../../domain/model/entity.ts';
import type { FreerunEntry, FreerunProcess } from '../../domain/model/process.ts';
import type { FreerunEntryRecord } from '../../domain/model/record.ts';

/** An entry as the context declares it, and what is stored of it so far. */
export interface Declaration {
  readonly process: FreerunProcess;
  readonly entry: FreerunEntry;
  readonly known: FreerunEntryRecord | undefined;
  /** Real time and time of the timetable, ms. */
  readonly now: number;
  readonly timetableNow: number;
}

/** What is to be stored of a declared entry; undefined when that is stored already. */
export const declaredRecord = (declaration: Declaration): FreerunEntryRecord | undefined => {
  const { process, entry, known, now, timetableNow } = declaration;
  const { name, ...declared } = entry;
  const record: FreerunEntryRecord = {
    ...(known ?? { ...freshEntry, createdAt: now }),
    ...declared,
    // What people switched stays switched.
    on: known?.on ?? declared.on,
    // Another schedule says nothing about the past.
    seenUntil: known?.trigger === declared.trigger ? known.seenUntil : timetableNow,
    processName: process.name,
    entryName: name,
    origin: 'context',
    updatedAt: now,
  };
  return known !== undefined && sameBut(known, record) ? undefined : record;
};

/** Everything but the time of the last update is the same. */
const sameBut = (a: FreerunEntryRecord, b: FreerunEntryRecord): boolean =>
  isDeepStrictEqual({ ...a, updatedAt: 0 }, { ...b, updatedAt: 0 });

/** Whether the context has dropped an entry, or the process of one that a user added. */
export const isGone = (record: FreerunEntryRecord, processes: readonly FreerunProcess[]): boolean => {
  const process = processes.find((candidate) => candidate.name === record.processName);
  if (record.origin === 'user') return process === undefined;
  return process?.entries.every((entry) => entry.name !== record.entryName) ?? true;
};
