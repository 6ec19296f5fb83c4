import type { EntryState } from '../machine/entry-machine.ts';
import type { JobState } from '../machine/job-machine.ts';
import type { UowState } from '../machine/uow-machine.ts';
import type {
  CommandRecord,
  ExpiredJob,
  ExpiredJournal,
  ExpiredRecord,
  FreerunEntryRecord,
  JobRecord,
  LogRecord,
  ManagedEntryRecord,
  TransitionRecord,
  UowRecord,
} from '../model/record.ts';
import type { Json } from '../model/process.ts';
import type { Report } from '../model/report.ts';
import { buildTimetable } from '../timetable/timetable.ts';
import type { Timetable } from '../timetable/timetable.ts';
import type { Evidence } from './evidence.ts';
import { invariants } from './violation.ts';
import type { Invariant, Unjudged, Violation } from './violation.ts';

/** Rows that the ledger is made from, by table. */
export interface CheckedRows {
  readonly fact: FactRow;
  readonly expired_history: ExpiredRecord;
  readonly expired_job: ExpiredJob;
  readonly expired_journal: ExpiredJournal;
  readonly managed_process: ManagedEntryRecord;
  readonly freerun_process: FreerunEntryRecord;
  readonly transition: TransitionRecord;
  readonly unit_of_work: UowRecord & { readonly epoch: number };
  readonly job: JobRecord;
  readonly rejected_report: RejectedRow;
  readonly command: CommandRecord;
  readonly log_record: LogRecord;
}

/** A small named value of the store. */
interface FactRow {
  readonly name: string;
  readonly value: Json;
}

/** What matters of a report that was rejected. */
type RejectedRow = Pick<Report, 'id' | 'attempt' | 'token'>;

/** Tables in the order they have to be added; those before can be relied on by those after. */
export const checkedTables: readonly (keyof CheckedRows)[] = [
  'fact',
  'expired_history',
  'expired_job',
  'expired_journal',
  'managed_process',
  'transition',
  'freerun_process',
  'unit_of_work',
  'job',
  'rejected_report',
  'command',
  'log_record',
];

/** What is known of a job, a unit or an entry from its journal so far, small since there are many. */
export interface Head {
  readonly kind: TransitionRecord['entityKind'];
  /** Version up to which retention deleted the rows of its journal. */
  expired: number;
  /** Of the last row; 0 and null when there is none. */
  version: number;
  state: JobState | UowState | EntryState | null;
  sequence: number;
  epoch: number;
  /** Claims so far; of these, those before a user last released the unit, and those that never ran. */
  attempt: number;
  released: number;
  /** Failures that workers reported since then. */
  failures: number;
  /** Rows that led into a state without a way out. */
  ends: number;
  /** Place of the row with which the job's last unit was published. */
  published: number;
  /** State in the record; undefined until that was added. */
  recorded: JobState | UowState | EntryState | undefined;
}

/** A version at which a job was finished before it was taken back. */
export interface FormerEnd {
  readonly version: number;
  readonly state: JobState;
  /** Places of the rows with which it began and ended. */
  readonly since: number;
  readonly until: number;
}

/** What the checks share. */
export interface CheckState {
  readonly evidence: Evidence;
  /** By id of the unit or `process/timeperiod` of the job: units alone have a `#`. */
  readonly heads: Map<string, Head>;
  readonly formerEnds: Map<string, FormerEnd[]>;
  readonly found: Violation[];
  readonly unjudged: Unjudged[];
}

/** One group of rules: sees every row of the tables it asks for. */
export interface Check {
  /** `head`: the entity as it was before the row. */
  readonly transition?: (row: TransitionRecord, head: Head) => void;
  /** `head`: the unit's; its record is not entered yet. */
  readonly unit_of_work?: (row: CheckedRows['unit_of_work'], head: Head) => void;
  readonly job?: (row: JobRecord, head: Head, key: string) => void;
  readonly fact?: (row: FactRow) => void;
  readonly expired_history?: (row: ExpiredRecord) => void;
  readonly expired_journal?: (row: ExpiredJournal) => void;
  readonly expired_job?: (row: ExpiredJob) => void;
  readonly managed_process?: (row: ManagedEntryRecord) => void;
  readonly freerun_process?: (row: FreerunEntryRecord, head: Head, key: string) => void;
  readonly rejected_report?: (row: RejectedRow) => void;
  readonly command?: (row: CommandRecord) => void;
  readonly log_record?: (row: LogRecord) => void;
  /** Whether captured output, of which there may be much, is needed; asked when all else was added. */
  readonly wantsLog?: () => boolean;
  /** After all rows. */
  readonly close?: () => void;
}

const freshHead = (kind: Head['kind']): Head => ({
  kind,
  expired: 0,
  version: 0,
  state: null,
  sequence: 0,
  epoch: 0,
  attempt: 0,
  released: 0,
  failures: 0,
  ends: 0,
  published: 0,
  recorded: undefined,
});

/** The head of an entity, a fresh one when it was not seen yet. */
export const headOf = ({ heads }: CheckState, kind: Head['kind'], key: string): Head => {
  const known = heads.get(key);
  if (known !== undefined) return known;
  const head = freshHead(kind);
  heads.set(key, head);
  return head;
};

/**
 * The timetable that jobs belong to, for its arithmetic alone, with the nodes that there are at `now`, ms; undefined without
 * the context.
 */
export const timetableOf = ({ evidence }: CheckState, now?: number): Timetable | undefined => {
  const { context, timetable: span, groupings } = evidence;
  if (context === undefined || span === undefined) return undefined;
  return buildTimetable(context, {
    start: span.start,
    now: now ?? span.start,
    ...(groupings === undefined ? {} : { groupings }),
  });
};

/** What is wrong, without what follows from the number. */
export type Finding = Pick<Violation, 'entity' | 'expected' | 'found'> & Partial<Pick<Violation, 'about'>>;

export const report = (checked: CheckState, invariant: Invariant, finding: Finding): void => {
  checked.found.push({ invariant, title: invariants[invariant].title, about: [], ...finding });
};

/** Notes that an invariant is not judged, or not in full. */
export const leave = (checked: CheckState, invariant: Invariant, because: string): void => {
  checked.unjudged.push({ invariant, title: invariants[invariant].title, because });
};
