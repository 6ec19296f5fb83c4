import type { StoredRow } from '../../db/row-codec.ts';
import type { JournalReach, KeptReport, SinkDocument, SourceRow } from '../../db/store.ts';
import type { JobRecord, LogRecord, TransitionRecord, UowRecord } from '../../domain/model/record.ts';

/** A unit of work with what a store keeps beside it. */
export interface UnitRow {
  readonly uow: UowRecord;
  /** Of the scheduler that changed it last. */
  readonly epoch: number;
  /** Rises with every insert. */
  readonly position: number;
}

/** What a group of writes left to be done when its first write had happened. */
export interface UnfinishedGroup {
  /** Instant, ms. */
  readonly begunAt: number;
  /** Records with which it is settled before any writer changes them. */
  readonly guard: string;
  readonly finish: () => void;
  /** Places of its rows in the journal. */
  readonly rows: JournalReach['open'];
}

/** Who holds a lock, and until when, ms. */
export interface LockRow {
  readonly holder: string;
  readonly expiresAt: number;
}

/** What a member tells, and until when, ms. */
export interface MemberRow {
  readonly cluster: string;
  readonly text: string;
  readonly expiresAt: number;
}

/**
 * All that a store keeps. Records are never changed, only replaced: so they can be handed out as they are. Every
 * connection is a view of the same memory.
 */
export interface Memory {
  /** By `process/timeperiod`. */
  readonly jobs: Map<string, JobRecord>;
  readonly units: Map<string, UnitRow>;
  /** Those of them that are not finished, so that the collector need not walk through all. */
  readonly unfinished: Map<string, UnitRow>;
  /** Units that retention deleted, as they were, and when, ms. */
  readonly expired: Map<string, { readonly uow: UowRecord; readonly at: number }>;
  /** In order of `sequence`. */
  readonly journal: TransitionRecord[];
  rejected: KeptReport[];
  /** By parent, sequence and attempt. */
  readonly log: Map<string, LogRecord>;
  /** Rows of collections, by the name and by the key. */
  readonly collections: Map<string, Map<string, StoredRow>>;
  readonly locks: Map<string, LockRow>;
  /** By cluster and id. */
  readonly members: Map<string, MemberRow>;
  /** By collection, then id. */
  readonly rows: Map<string, Map<number, SourceRow>>;
  readonly watermarks: Map<string, number>;
  readonly documents: Map<string, SinkDocument[]>;
  pending: UnfinishedGroup[];
  /** Of the last journal row and unit, and the highest epoch given out. */
  sequence: number;
  position: number;
  epoch: number;
}

export const createMemory = (): Memory => ({
  jobs: new Map(),
  units: new Map(),
  unfinished: new Map(),
  expired: new Map(),
  journal: [],
  rejected: [],
  log: new Map(),
  collections: new Map(),
  locks: new Map(),
  members: new Map(),
  rows: new Map(),
  watermarks: new Map(),
  documents: new Map(),
  pending: [],
  sequence: 0,
  position: 0,
  epoch: 0,
});

const finished: ReadonlySet<string> = new Set(['PROCESSED', 'NOOP', 'CANCELED']);

export const putUnit = (memory: Memory, row: UnitRow): void => {
  memory.units.set(row.uow.id, row);
  if (finished.has(row.uow.state)) memory.unfinished.delete(row.uow.id);
  else memory.unfinished.set(row.uow.id, row);
};

/** Changes fields of a unit that is there. */
export const setUnit = (memory: Memory, row: UnitRow, set: Partial<UowRecord>): UnitRow => {
  const after = { ...row, uow: { ...row.uow, ...set } };
  putUnit(memory, after);
  return after;
};

/** Puts a row where its number belongs, which is mostly the end. A number that is there already is kept. */
export const putTransition = ({ journal }: Memory, row: TransitionRecord): void => {
  let place = journal.length;
  while (place > 0 && (journal[place - 1] as TransitionRecord).sequence > row.sequence) place--;
  if (journal[place - 1]?.sequence === row.sequence) return;
  if (place === journal.length) journal.push(row);
  else journal.splice(place, 0, row);
};
