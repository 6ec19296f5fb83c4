import type { JobEvent, JobState } from '../domain/machine/job-machine.ts';
import type { UowEvent, UowState } from '../domain/machine/uow-machine.ts';
import type { Json, JsonObject } from '../domain/model/process.ts';
import type { Report } from '../domain/model/report.ts';
import type { JournalCut } from '../domain/retention/journal.ts';
import type {
  ExpiredCounts,
  FreerunEntryRecord,
  JobKey,
  JobRecord,
  LogRecord,
  TransitionRecord,
  UowRecord,
} from '../domain/model/record.ts';
import type { StoreSize } from '../domain/store-size.ts';
import type { UnreadableScope, UnreadableValue } from '../domain/model/unreadable.ts';
import type { Collection, CollectionSpec, RecordChange } from './collection.ts';
import type { KeyRange } from '../domain/key-range.ts';

/** Who changes something, why and when; goes into the journal with the change. */
export interface Cause {
  readonly actor: string;
  readonly reason: string | null;
  /** Instant, ms. */
  readonly at: number;
  /** Of the scheduler, see `Store.beginEpoch`. */
  readonly epoch: number;
}

/** Compare-and-set of a job on (key, from, version). Version 0 means: it has no record yet, or one that never moved. */
export interface JobChange extends JobKey {
  readonly kind: 'job';
  readonly from: JobState;
  readonly version: number;
  readonly event: JobEvent;
  readonly to: JobState;
  readonly set: Partial<Pick<JobRecord, 'relatedUow' | 'uowCount' | 'failures' | 'redo' | 'consumed'>>;
}

/** A new unit of work, REQUESTED at version 1. Its id being taken is a conflict. Journaled as `request`, from null. */
export interface UowInsert {
  readonly kind: 'uow-insert';
  readonly uow: UowRecord;
}

/** Compare-and-set of a unit of work by the scheduler or its collector, on (id, from, version). */
export interface UowChange {
  readonly kind: 'uow';
  readonly id: string;
  readonly from: UowState;
  readonly version: number;
  readonly event: UowEvent;
  readonly to: UowState;
  readonly set: Partial<
    Pick<
      UowRecord,
      | 'endId'
      | 'lease'
      | 'token'
      | 'submittedAt'
      | 'finishedAt'
      | 'crashes'
      | 'retryAt'
      | 'error'
      | 'attempt'
      | 'released'
    >
  >;
}

/** Bookkeeping that is no state change: no version, no journal row, last writer wins. */
export interface JobNote extends JobKey {
  readonly kind: 'job-note';
  readonly failures: number;
}
export interface UowNote {
  readonly kind: 'uow-note';
  readonly id: string;
  /** Applied only while the unit is in this state. */
  readonly state: UowState;
  readonly set: Partial<Pick<UowRecord, 'submittedAt' | 'endId'>>;
}

export type Write = JobChange | UowInsert | UowChange | RecordChange | JobNote | UowNote;

/** Writes that belong together: all happen, or none. The one that guards the rest comes first. */
export interface WriteGroup {
  readonly cause: Cause;
  readonly writes: readonly Write[];
}

/** A report that came too late or from a replaced worker: kept, never applied. */
export interface RejectedReport extends Omit<Report, 'crashes' | 'released'> {
  readonly at: number;
  readonly owner: string;
  readonly because: string;
  /** Reports on the unit that were rejected before this one and are kept no longer. */
  readonly earlier: number;
}

/** A rejected report as it is read. */
export interface KeptReport extends RejectedReport {
  /** Rises in the order in which reports were rejected. */
  readonly sequence: number;
}

export interface RejectedFilter {
  /** Those on this unit of work. */
  readonly uowId?: string;
  /** Without it the newest comes first. */
  readonly order?: 'newest' | 'oldest';
  /** Goes on behind the report of this sequence number, in the order of the answer. */
  readonly after?: number;
  /** Leaves out those on units of work whose ids are in these ranges. */
  readonly except?: readonly KeyRange[];
}

/** A unit that a caller claims to hold, and the token that proves it. */
export type Held = Pick<Report, 'id' | 'token'>;

export interface Claim {
  readonly owner: string;
  /** Instant, ms, at which the lease ends unless renewed. */
  readonly expiresAt: number;
  readonly now: number;
}

/** All conditions given have to hold. */
export interface UowFilter {
  readonly processName?: string;
  readonly timeperiod?: string;
  readonly entryName?: string;
  readonly states?: readonly UowState[];
  /** INVALID ones that wait for a person alone; instead of `states`. */
  readonly quarantined?: true;
  /** Made at this instant (ms) or later. */
  readonly from?: number;
  /** Made before this instant, ms. */
  readonly to?: number;
  /** Without it the one made last comes first; by `states` or `quarantined` the one made first. */
  readonly order?: 'newest' | 'oldest';
  /** Goes on behind the unit of this id, in the order of the answer; nothing follows an unknown one. */
  readonly after?: string;
  /** Leaves out those whose ids are in these ranges. */
  readonly except?: readonly KeyRange[];
  readonly limit?: number;
}

export interface JournalFilter {
  readonly entityId?: string;
  /** Those too whose ids begin so, one or two. */
  readonly entityPrefixes?: readonly string[];
  /** Only rows after this position, oldest first; without it newest first. */
  readonly after?: number;
  readonly before?: number;
  /** Leaves out the rows of entities whose ids are in these ranges. */
  readonly except?: readonly KeyRange[];
  readonly limit: number;
}

/** How far the journal goes at an instant. */
export interface JournalReach {
  /** The highest place given out: rows that are written later have higher ones, but for those of changes under way. */
  readonly end: number;
  /** Places of changes under way, `[first, end)` each, whose rows may show up late; of a store with atomic groups none. */
  readonly open: readonly { readonly first: number; readonly end: number }[];
}

/** An entry of a free-run process. */
export type EntryKey = Pick<FreerunEntryRecord, 'processName' | 'entryName'>;

/** Units of work that retention deletes together, all of one entry or of one managed process. */
export interface ExpiryStep {
  /** Told again, it is finished when it was begun, and counted once. */
  readonly id: string;
  /** Of the scheduler: the store refuses those of an earlier one with `DEPOSED`. */
  readonly epoch: number;
  /** Key of the entry or the managed process. */
  readonly entity: string;
  /** As they were seen: one that is not finished, or not at this version, stays. At most `EXPIRED_AT_ONCE`. */
  readonly uows: readonly Pick<UowRecord, 'id' | 'version'>[];
}

/** The first rows of the journal of a job or a free-run entry, which retention deletes. */
export interface JournalStep extends Pick<ExpiryStep, 'id' | 'epoch'> {
  /** Key of the job or the entry. */
  readonly entity: string;
  /** Instant, ms: rows from then on stay. */
  readonly before: number;
  /** The entry, which was removed and has no units of work any more, at the version that was seen: all of it goes, or nothing. */
  readonly removed?: EntryKey & Pick<FreerunEntryRecord, 'version'>;
}

/** Units, or rows, of one step at most. */
export const EXPIRED_AT_ONCE = 500;

/** What the timetable needs of a job at start; arrays, for a million of them. */
export interface JobPage {
  readonly processName: string;
  readonly timeperiods: readonly string[];
  readonly states: readonly JobState[];
  readonly versions: readonly number[];
  /** Units it ever had. */
  readonly uowCounts: readonly number[];
  readonly redo: readonly boolean[];
  readonly failures: readonly number[];
  readonly relatedUows: readonly (string | null)[];
}

/** Source rows and sink documents, as the handlers and the recomputing strategy see them. */
export interface DataStore {
  /**
   * Adds rows; `id` rises in the order of arrival. A row whose id exists already is left as it is (idempotent import).
   * What is known of the source, such as counts of its rows, is replaced `along` with them: in the same step where
   * groups are atomic, else right after the rows. Returns how many rows were new.
   */
  appendRows(collection: string, rows: readonly SourceRow[], along?: Replacement): Promise<number>;
  /** Lowest and highest row id of `[start, end)` (timeperiods of 10 digits, compared as text); undefined without rows. */
  extent(collection: string, range: TimeperiodRange): Promise<Extent>;
  /** Rows of the period with an id in the closed range, in order of id, at most `limit`. */
  rows(collection: string, range: TimeperiodRange, ids: IdRange, limit: number): Promise<SourceRow[]>;
  /**
   * Declares the source complete up to `instant` (ms, exclusive): rows of earlier periods no longer arrive. Never falls,
   * unless `lowerWatermark` takes it back.
   */
  setWatermark(collection: string, instant: number): Promise<void>;
  /**
   * Takes the declaration back: rows of periods that end after `instant` (ms) may arrive after all. Jobs of such periods
   * that are unfinished, or are reprocessed, wait for it to rise again. Never rises; declares it where nothing was.
   */
  lowerWatermark(collection: string, instant: number): Promise<void>;
  watermark(collection: string): Promise<number | undefined>;
  /** Replaces all documents of a timeperiod in one step: a rerun never adds to what an earlier run left. */
  replaceDocuments(collection: string, timeperiod: string, documents: readonly SinkDocument[]): Promise<void>;
  /** Documents of `[start, end)`, ordered by (timeperiod, key). */
  documents(collection: string, range: TimeperiodRange): Promise<SinkDocument[]>;
}

export interface SourceRow {
  readonly id: number;
  readonly timeperiod: string;
  readonly value: JsonObject;
}
export interface SinkDocument {
  readonly timeperiod: string;
  readonly key: string;
  readonly value: Json;
}
/** Documents that take the place of all others of their timeperiod, see `replaceDocuments`. */
export interface Replacement {
  readonly collection: string;
  readonly timeperiod: string;
  readonly documents: readonly SinkDocument[];
}
export interface TimeperiodRange {
  readonly start: string;
  readonly end: string;
}
export interface IdRange {
  readonly from: number;
  readonly to: number;
}
export interface Extent {
  readonly lowest?: number;
  readonly highest?: number;
  /** Collection's watermark, ms; absent when it declares none (then it counts as complete). */
  readonly watermark?: number;
}

/** The part of the store that workers use. */
export interface WorkerStore {
  readonly capabilities: StoreCapabilities;
  /** Records of the kind that the spec describes; the same spec answers the same collection. */
  collection<R extends object, K extends keyof R & string>(spec: CollectionSpec<R, K>): Collection<R, K>;
  /** REQUESTED -> IN_PROGRESS for those that can (whose arguments can be read); attempt + 1, fresh token, no progress. Returns the units won, in order. */
  claim(ids: readonly string[], claim: Claim): Promise<UowRecord[]>;
  /** In the order of the ids; unknown ones are left out. */
  uows(ids: readonly string[]): Promise<UowRecord[]>;
  /** Prolongs all leases of the owner; returns the ids it still holds, so that the worker aborts the others. */
  renewLeases(owner: string, expiresAt: number): Promise<string[]>;
  /** Applies or rejects each report, in order. An applied one ends the lease. */
  report(owner: string, reports: readonly Report[], at: number): Promise<('applied' | 'rejected')[]>;
  /** Ignored unless the unit is IN_PROGRESS under this token. */
  progress(id: string, token: string, progress: { done: number; total: number }): Promise<void>;
  /** Lines are known by (parentId, sequence, attempt): one that is there already is left as it is. */
  appendLog(records: readonly LogRecord[]): Promise<void>;
  readonly data: DataStore;
}

/** Members of clusters that meet in the store, by a clock of its own: that of the server, or the monotonic one of the machine. */
export interface MemberStore {
  /** Has a member be among those of its cluster for `timeout` ms from now on; `text` is what it tells of itself. */
  beatMember(cluster: string, id: string, text: string, timeout: number): Promise<void>;
  leaveMember(cluster: string, id: string): Promise<void>;
  /** What those members tell whose time is not over. */
  liveMembers(cluster: string): Promise<string[]>;
}

/** The record store. Every method is durable when its promise resolves. */
export interface Store extends WorkerStore, MemberStore {
  readonly name: string;
  /** Product and version of the server behind it, for people; null when there is none. */
  readonly server: string | null;

  /**
   * Begins the next epoch and answers its number, which no other scheduler is ever given; numbers rise, and may leave some out.
   * A scheduler that becomes the leader begins one: from then on, `commit` refuses what is of an earlier one.
   */
  beginEpoch(): Promise<number>;
  /** The latest epoch begun; 0 before the first. */
  latestEpoch(): Promise<number>;
  /**
   * Applies groups; conflicts are answers, not errors. Rejects with `DEPOSED` when a group is of an epoch before the
   * latest: what of them had not been applied when that began never is. When it rejects with anything else, the
   * outcome is unknown until `repair`.
   */
  commit(groups: readonly WriteGroup[]): Promise<('applied' | 'conflict')[]>;
  /**
   * Finishes what a crash or a lost connection left half written: the rest of groups whose first write happened,
   * and missing journal rows. For the one who commits: at its start, after a commit that rejected, now and then.
   * What was begun less than `age` milliseconds ago (default 0) is left to the writer that may be at work on it.
   * Returns how many records it mended; 0 in a store with atomic groups.
   */
  repair(age?: number): Promise<number>;

  /** Values that cannot be read back, which are left out of what all else answers; none in most adapters. */
  unreadable(scope: UnreadableScope): Promise<UnreadableValue[]>;

  /** All job records, in pages of one process each, for loading the timetable. */
  loadJobs(): AsyncIterable<JobPage>;
  job(key: JobKey): Promise<JobRecord | undefined>;
  /** In the order in which they were made, those of one instant in the order of their arrival: see `order`. */
  findUows(filter: UowFilter): Promise<UowRecord[]>;
  /** Units of a state that the collector has to look at, in order of due time and id. */
  overdueUows(query: OverdueQuery): Promise<UowRecord[]>;
  /** Prolongs the leases of those of the units that are IN_PROGRESS under the token given; returns their ids. */
  renewHeld(held: readonly Held[], expiresAt: number): Promise<string[]>;
  /** Ends the leases of an owner known to be dead, so that the collector need not wait for them. Returns how many. */
  releaseLeases(owner: string): Promise<number>;
  journal(filter: JournalFilter): Promise<TransitionRecord[]>;
  /** For one that follows the journal. */
  journalReach(): Promise<JournalReach>;
  /** How many times a job ended, by the instants of the journal: from `from` (ms) up to `to`, exclusive. */
  countFinishedJobs(span: { readonly from: number; readonly to: number }): Promise<number>;
  /** Of every unit the newest `KEPT_REJECTED`. */
  rejectedReports(limit: number, filter?: RejectedFilter): Promise<KeptReport[]>;
  /** Lines with a sequence above `after`, in order of (sequence, attempt). */
  log(parentId: string, after: number, limit: number): Promise<LogRecord[]>;
  /** Deletes captured output older than `before`, oldest first, at most `limit` rows; returns how many. */
  expireLogs(before: number, limit: number): Promise<number>;

  /** Free-run entries that units of work are kept of, those that are gone as well; in order. */
  entriesWithUows(): Promise<EntryKey[]>;
  /**
   * Deletes units of work, each with its rows of the journal, its captured lines and its rejected reports, and adds what was
   * deleted to what `expiredSpec` and, of jobs, `expiredJobSpec` keep. Begun, it is done to the end, by `repair` at the
   * latest. Returns what it deleted.
   */
  expireUows(step: ExpiryStep): Promise<ExpiredCounts>;
  /**
   * Deletes rows from the beginning of a journal by `cutOf`, but for the `NEWEST_ROWS`, so many at a time as
   * `EXPIRED_AT_ONCE`, and keeps on record where it begins now (see `expiredJournalSpec`). Of an entry that is `removed`, its
   * whole journal goes, with its record and what was on record of its history, which is that of its process from then on.
   * Rejects as `expireUows` does.
   * Returns what it deleted, undefined when there is nothing to delete.
   */
  expireTransitions(step: JournalStep): Promise<JournalCut | undefined>;
  /**
   * A stopwatch, ms, of how long steps of retention keep the store at work: it stands while they wait for others, where the
   * store can tell.
   */
  workedFor(): number;
  size(): Promise<StoreSize>;
  /**
   * Leaves to the system a little of the space that deleted records had, if there is more of it than new ones will need soon.
   * Returns false when there is not, as in stores that see to it by themselves.
   */
  shrink(): Promise<boolean>;

  /** Takes a named lock that ends with this process at the latest; undefined while it is held. */
  tryLock(name: string): Promise<Lock | undefined>;

  /** Counts by state, for overviews and checks; `except` leaves out units whose ids are in these ranges. */
  countUows(except?: readonly KeyRange[]): Promise<Readonly<Record<UowState, number>>>;
  /** INVALID units: those that are tried again, and those that wait for a person. */
  countFailed(
    except?: readonly KeyRange[],
  ): Promise<{ readonly retrying: number; readonly quarantined: number }>;
  /** Finishes what was begun; later calls reject with `STOPPED`. */
  close(): Promise<void>;
}

export interface Lock {
  /** Aborted when another process may have it: its holder must stop at once. Absent where a lock cannot be lost. */
  readonly lost?: AbortSignal;
  release(): Promise<void>;
}

export interface OverdueQuery {
  readonly state: Extract<UowState, 'REQUESTED' | 'IN_PROGRESS' | 'INVALID'>;
  /** Instant, ms, exclusive: of the last ring, the end of the lease or the retry, see `dueAt` of the collector. */
  readonly before: number;
  /** Goes on behind the unit with this due time and id. */
  readonly after?: { readonly dueAt: number; readonly id: string };
  readonly limit: number;
}

/** What an adapter can do beyond the contract; none pretends. */
export interface StoreCapabilities {
  /** A group of writes is one atomic step (otherwise the first write decides and the sweeper repairs). */
  readonly atomicGroups: boolean;
  /** Usable from several machines. */
  readonly shared: boolean;
  /**
   * Names the log that orders what is written. Store and queue of the same log need not wait for each other: what
   * is published after a commit was begun is never seen before that commit. Null when there is no such log.
   */
  readonly commitLog: string | null;
}
