import type { EntryEvent, EntryState } from '../machine/entry-machine.ts';
import type { JobEvent, JobState } from '../machine/job-machine.ts';
import type { UowEvent, UowState } from '../machine/uow-machine.ts';
import type { Timeperiod } from '../time/timeperiod.ts';
import type { FreerunEntry, JsonObject } from './process.ts';

/** Key of a job. Instants in all records are milliseconds since 1970, UTC. */
export interface JobKey {
  readonly processName: string;
  readonly timeperiod: Timeperiod;
}

/** A job. A job without a record is EMBRYO at version 0: records are made by the first change. */
export interface JobRecord extends JobKey {
  readonly state: JobState;
  /** Rises by one with every state change. */
  readonly version: number;
  /** Unit of work in charge; null before the first and after a reprocess. */
  readonly relatedUow: string | null;
  /** Units of work it ever had; the last one's sequence number. */
  readonly uowCount: number;
  readonly failures: number;
  /** Reprocessed and not finished since: waits for the inputs that are being redone. */
  readonly redo: boolean;
  /** Versions of the inputs (`process/timeperiod`) the last finished run consumed. */
  readonly consumed: Readonly<Record<string, number>> | null;
}

export interface Lease {
  readonly owner: string;
  readonly expiresAt: number;
}

/** One order given to a worker. Managed ids read `Process/timeperiod#sequence`, freerun ones `Process:entry/YYYYMMDDHHmmss#sequence`. */
export interface UowRecord {
  readonly id: string;
  readonly kind: 'managed' | 'freerun';
  readonly processName: string;
  /** Freerun entry; null for managed. */
  readonly entryName: string | null;
  /** Ten digits for managed, the planned fire time as 14 digits for freerun. */
  readonly timeperiod: string;
  readonly sequence: number;
  /** Closed-open range of timeperiods covered. */
  readonly startTimeperiod: string;
  readonly endTimeperiod: string;
  /** Closed range of source row ids (recomputing); null otherwise. */
  readonly startId: number | null;
  readonly endId: number | null;
  readonly state: UowState;
  readonly version: number;
  /** Claims so far; fences reports together with `token`. */
  readonly attempt: number;
  readonly token: string | null;
  readonly lease: Lease | null;
  readonly source: string | null;
  readonly sink: string | null;
  readonly arguments: JsonObject;
  readonly createdAt: number;
  /** Last time its queue was rung. */
  readonly submittedAt: number;
  /** The instant of a firing that was prepared ahead of it: a worker may claim the unit before, and begins on it. Null: at once. */
  readonly notBefore: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly processed: number;
  readonly aggregated: number;
  /** Leases lost in a row; three quarantine the unit. */
  readonly crashes: number;
  /** INVALID: when the collector may repost it; null when it must not (quarantine). */
  readonly retryAt: number | null;
  /** Why it is INVALID or CANCELED, in one line. */
  readonly error: string | null;
  readonly progress: { readonly done: number; readonly total: number } | null;
  /** Its age before `at` (when a person last let it begin anew) and so many attempts do not count: those before, and those given back. */
  readonly released: { readonly attempt: number; readonly at: number } | null;
}

/** One row of the append-only journal. `from` is null where the entity was created. */
export interface TransitionRecord {
  /** Position in the journal, rising. */
  readonly sequence: number;
  readonly entityKind: 'job' | 'uow' | 'entry';
  /** `process/timeperiod` of a job, id of a unit of work, `process:entry` of a freerun entry. */
  readonly entityId: string;
  readonly version: number;
  readonly from: JobState | UowState | EntryState | null;
  readonly to: JobState | UowState | EntryState;
  readonly event: JobEvent | UowEvent | EntryEvent | 'request';
  readonly at: number;
  /** `scheduler`, `worker <owner>`, `collector`, `user <name>`. */
  readonly actor: string;
  readonly reason: string | null;
  readonly epoch: number;
  readonly attempt: number;
}

/** What people may change about a managed process at run time; null means "as the context says". */
export interface ManagedEntryRecord {
  readonly processName: string;
  readonly on: boolean;
  readonly trigger: string | null;
  readonly arguments: JsonObject | null;
  readonly updatedAt: number;
}

/** A freerun entry as stored: from the context or created at run time. */
export interface FreerunEntryRecord extends Omit<FreerunEntry, 'name'> {
  readonly processName: string;
  readonly entryName: string;
  readonly origin: 'context' | 'user';
  /** Planned instant of the last firing. */
  readonly lastFiredAt: number | null;
  /**
   * Instant (timetable time) until which its schedule was seen to, whatever became of a firing; missed runs are
   * counted from there. Null: nothing is made up for before it is armed.
   */
  readonly seenUntil: number | null;
  /** Last unit of work and the one a `buffer-one` entry owes. */
  readonly relatedUow: string | null;
  readonly buffered: boolean;
  /** What a user who fired it by hand gave to the firing that is owed, over its own arguments; null: nothing. */
  readonly owedArguments: JsonObject | null;
  /** It fires no more and is kept for its history: a user removed it, or the context dropped it. */
  readonly removed: boolean;
  /** Rises by one with every change; 0: it was stored by a program that kept no history of entries. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A change that a user asked for, through dashboard, API or CLI, and what became of it. */
export interface CommandRecord {
  readonly id: string;
  /** One of `scheduler/commands/command-table.ts`; a record of another version may name one that is not there. */
  readonly kind: string;
  readonly arguments: JsonObject;
  /** Process of what it is about. This and the two below are null as an earlier version wrote it, and are filled in by and by. */
  readonly processName: string | null;
  /** The freerun entry (`Process:entry`) or the job (`Process/timeperiod`) that it is about, or whose unit of work. */
  readonly belongsTo: string | null;
  /** Key of the very thing that it is about. */
  readonly entity: string | null;
  readonly actor: string;
  readonly reason: string | null;
  readonly createdAt: number;
  /** `open` until the scheduler has carried it out or refused it. */
  readonly state: 'open' | 'done' | 'refused';
  readonly finishedAt: number | null;
  readonly result: JsonObject | null;
}

/** One captured line of a unit of work. */
export interface LogRecord {
  readonly parentId: string;
  readonly sequence: number;
  readonly attempt: number;
  readonly at: number;
  readonly stream: 'stdout' | 'stderr' | 'log';
  readonly line: string;
}

/** Desired and actual state of one unit (scheduler, worker host, daemon) on a box. */
export interface BoxRecord {
  readonly boxId: string;
  readonly unit: string;
  readonly desired: 'on' | 'off';
  readonly actual: 'running' | 'stopped' | 'failed' | 'backing-off';
  readonly pid: number | null;
  readonly startedAt: number | null;
  readonly restarts: number;
  readonly lastExit: string | null;
  readonly rssBytes: number | null;
  readonly cpuPercent: number | null;
  readonly updatedAt: number;
}

/** How much of the history was deleted. */
export interface ExpiredCounts {
  readonly uows: number;
  /** Rows of the journal. */
  readonly transitions: number;
  /** Captured lines. */
  readonly lines: number;
  /** Rejected reports. */
  readonly reports: number;
}

/** What retention has deleted of a free-run entry or a managed process, altogether. */
export interface ExpiredRecord extends ExpiredCounts {
  /** `Process:entry` or `Process`. */
  readonly entity: string;
  /** Ends of the first and the last of the units. */
  readonly from: number;
  readonly to: number;
  /** The step that deleted last: a step that is done again after a crash is counted once. */
  readonly step: string;
}

/** What retention has deleted of a job, which has a record for good. */
export interface ExpiredJob extends JobKey {
  /** Units of work. */
  readonly uows: number;
  /** As in `ExpiredRecord`. */
  readonly step: string;
}

/** Where the journal of a job or a free-run entry stood after the last of its rows that retention deleted, which were its first. */
export interface ExpiredJournal {
  /** `Process/timeperiod` or `Process:entry`. */
  readonly entity: string;
  readonly version: number;
  readonly state: TransitionRecord['to'];
  readonly sequence: number;
  readonly epoch: number;
  /** Place of the last row among them that published a unit of work of a job; 0 without any. */
  readonly published: number;
  /** As in `ExpiredRecord`. */
  readonly step: string;
}

/** A round of retention that deleted something. */
export interface RetentionRound extends ExpiredCounts {
  readonly id: string;
  readonly begunAt: number;
  /** Null while it is under way, and when it was cut off. */
  readonly endedAt: number | null;
  /** Instants of the first and the last of the units, by their ends, and the rows. */
  readonly from: number;
  readonly to: number;
}
