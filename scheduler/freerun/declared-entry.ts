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

/** Tells whether the context has dropped an entry, or the process of one that a user added. */
export const goneFrom = (processes: readonly FreerunProcess[]): ((record: FreerunEntryRecord) => boolean) => {
  const declared = new Map(
    processes.map(({ name, entries }) => [name, new Set(entries.map((entry) => entry.name))]),
  );
  return ({ processName, entryName, origin }) => {
    const names = declared.get(processName);
    return names === undefined || (origin === 'context' && !names.has(entryName));
  };
};
