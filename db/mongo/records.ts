import type { JobKey, JobRecord, TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import { dueAt } from '../../domain/strategy/rescue.ts';
import type { AnySpec } from '../collection.ts';
import { allCollections } from '../collections.ts';
import { without } from './without.ts';

/** The collections whose records move from state to state, and those that are versioned. */
export const recordNames = [
  'job',
  'unit_of_work',
  ...(allCollections as readonly AnySpec[]).filter(({ journal }) => journal).map(({ name }) => name),
];

/**
 * What a change of a record leaves to be done, kept in the record: any writer that finds it unfinished can finish it, and
 * does so before the record is changed again. Stays there when it is done.
 */
export interface Pending {
  /** Of the record's last change, as in `RecordDoc`. */
  readonly place: number;
  /** Rows of the journal, of this change and of those in `rest`. */
  readonly rows: readonly TransitionRecord[];
  /** The other writes of the group. */
  readonly rest: readonly RecordWrite[];
}

/** As it is stored: in one text, which no server looks into, and which only a repair reads. */
export interface PendingDoc extends Pick<Pending, 'place'> {
  /** JSON of rows and rest; absent in documents of earlier versions, which have these. */
  readonly work?: string;
}

export const toPendingDoc = ({ place, ...work }: Pending): PendingDoc => ({
  place,
  work: JSON.stringify(work),
});

export const toPending = ({ work, ...pending }: PendingDoc): Pending =>
  (work === undefined ? pending : { ...pending, ...(JSON.parse(work) as object) }) as Pending;

/** Projection that leaves out what is rarely needed and large; the place tells whether it is. */
export const withoutPending = { 'pending.work': 0, 'pending.rows': 0, 'pending.rest': 0 } as const;

/** What all records have. A change is known by its place in the journal, which no other change is given. */
export interface RecordDoc {
  readonly _id: string;
  readonly version: number;
  /** Place in the journal of the last change; 0 before the first. */
  readonly place: number;
  readonly pending?: PendingDoc;
}

/** Maps with keys that BSON cannot have, or that have a meaning to MongoDB, are kept as JSON text. */
export interface JobDoc extends Omit<JobRecord, 'consumed'>, RecordDoc {
  readonly consumed: string | null;
}

export interface UowDoc extends Omit<UowRecord, 'id' | 'arguments' | 'released' | 'notBefore'>, RecordDoc {
  readonly arguments: string;
  /** Place in the journal of the insertion: "newest first" goes by it. */
  readonly order: number;
  /** Of the scheduler that last changed the unit; claims and reports are journaled under it. */
  readonly epoch: number;
  /** When the collector looks at the unit (rung, lease, retry); null while it need not. */
  readonly dueAt: number | null;
  /** For an index without the PROCESSED, which sooner or later are nearly all. */
  readonly unprocessed: boolean;
  /** Absent in documents of earlier versions, as the next. */
  readonly released?: UowRecord['released'];
  readonly notBefore?: UowRecord['notBefore'];
}

/** A record of a versioned collection. */
export type VersionedDoc = RecordDoc & Readonly<Record<string, unknown>>;

/** One write on one record, to be done in any number of attempts. */
export type RecordWrite =
  | { readonly kind: 'insert'; readonly name: string; readonly record: RecordDoc }
  | {
      readonly kind: 'change';
      readonly name: string;
      readonly id: string;
      /** Version it applies to. */
      readonly version: number;
      readonly set: RecordFields;
    }
  | {
      readonly kind: 'note';
      readonly name: string;
      readonly id: string;
      /** Applied only in this state, if given. */
      readonly state?: string;
      readonly set: RecordFields;
      /** Makes the record with these too when there is none. */
      readonly fresh?: RecordFields;
    };

export type RecordFields = Readonly<Record<string, unknown>>;

/**
 * Not the text that stands for a job elsewhere: a blank comes before all that a name may hold, so that ids are in the
 * order of (process, timeperiod).
 */
export const jobId = ({ processName, timeperiod }: JobKey): string => `${processName} ${timeperiod}`;

/** A job before its first change. */
export const embryo = ({ processName, timeperiod }: JobKey): JobDoc => ({
  _id: jobId({ processName, timeperiod }),
  processName,
  timeperiod,
  state: 'EMBRYO',
  version: 0,
  relatedUow: null,
  uowCount: 0,
  failures: 0,
  redo: false,
  consumed: null,
  place: 0,
});

export const toJob = (doc: JobDoc): JobRecord => ({
  ...without(doc, '_id', 'place', 'pending'),
  consumed: doc.consumed === null ? null : (JSON.parse(doc.consumed) as Record<string, number>),
});

export const toUow = (doc: UowDoc): UowRecord => ({
  ...without(doc, '_id', 'place', 'pending', 'order', 'epoch', 'dueAt', 'unprocessed'),
  id: doc._id,
  arguments: JSON.parse(doc.arguments) as UowRecord['arguments'],
  released: doc.released ?? null,
  notBefore: doc.notBefore ?? null,
});

/** A unit as it is stored, with what follows from its state. */
export const toUowDoc = (
  { id, ...uow }: UowRecord,
  { place, order, epoch }: Pick<UowDoc, 'place' | 'order' | 'epoch'>,
): UowDoc =>
  withStanding({
    ...uow,
    _id: id,
    arguments: JSON.stringify(uow.arguments),
    place,
    order,
    epoch,
    dueAt: null,
    unprocessed: true,
  });

/** Recomputes what the indexes go by. */
export const withStanding = (uow: UowDoc): UowDoc => ({
  ...uow,
  dueAt: dueAt(uow),
  unprocessed: uow.state !== 'PROCESSED',
});
