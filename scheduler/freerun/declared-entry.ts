import { isDeepStrictEqual } from 'node:util';
import { entryKeyText, freshEntry } from '../../domain/model/entity.ts';
import type { FreerunEntry, FreerunProcess } from '../../domain/model/process.ts';
import type { FreerunEntryRecord } from '../../domain/model/record.ts';

/** An entry as the context declares it. */
export interface DeclaredEntry {
  readonly process: FreerunProcess;
  readonly entry: FreerunEntry;
}

/** The same, and what is stored of it so far. */
export interface Declaration extends DeclaredEntry {
  readonly known: FreerunEntryRecord | undefined;
  /** Real time and time of the timetable, ms. */
  readonly now: number;
  readonly timetableNow: number;
}

/** What the context declares, by text keys. */
export const declaredEntries = (processes: readonly FreerunProcess[]): Map<string, DeclaredEntry> =>
  new Map(
    processes.flatMap((process) =>
      process.entries.map((entry) => [entryKeyText(process.name, entry.name), { process, entry }] as const),
    ),
  );

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
