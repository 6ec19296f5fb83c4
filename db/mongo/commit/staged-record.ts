import type { RecordChange } from '../../collection.ts';
import { jobKeyText } from '../../../domain/model/entity.ts';
import type { TransitionRecord } from '../../../domain/model/record.ts';
import { changedFields, changedKey, recordMove } from '../../record-change.ts';
import type { Cause, JobChange, JobNote, UowChange, UowInsert, UowNote, Write } from '../../store.ts';
import { embryo, jobId, toUowDoc, withStanding } from '../records.ts';
import type { RecordFields, JobDoc, RecordWrite, UowDoc, VersionedDoc } from '../records.ts';
import { idIn } from '../row-id.ts';

type AnyDoc = JobDoc | UowDoc | VersionedDoc;

/** What became of a record by the writes of a commit so far, and what it was before them. */
export interface StagedRecord {
  readonly name: string;
  readonly id: string;
  /** As it is in the store; undefined: not there. */
  readonly seen: AnyDoc | undefined;
  readonly now: AnyDoc | undefined;
  /** The fields that differ. */
  readonly set: RecordFields;
  readonly rows: readonly TransitionRecord[];
}

/** Name and id of the record a write is about. */
export const targetOf = (write: Write): Pick<StagedRecord, 'name' | 'id'> => {
  switch (write.kind) {
    case 'job':
    case 'job-note':
      return { name: 'job', id: jobId(write) };
    case 'uow-insert':
      return { name: 'unit_of_work', id: write.uow.id };
    case 'uow':
    case 'uow-note':
      return { name: 'unit_of_work', id: write.id };
    case 'record':
      return { name: write.spec.name, id: idIn(write.spec)(changedKey(write)) };
  }
};

export const keyOf = ({ name, id }: Pick<StagedRecord, 'name' | 'id'>): string => `${name} ${id}`;

/** Whether a write makes a row in the journal. */
export const isVersioned = ({ kind }: Write): boolean =>
  kind === 'job' || kind === 'uow' || kind === 'uow-insert' || kind === 'record';

/** Applies a write under the next number of the journal; undefined is a conflict. */
export const stageWrite = (
  draft: StagedRecord,
  write: Write,
  order: WriteOrder,
): StagedRecord | undefined => {
  switch (write.kind) {
    case 'job':
      return changeJob(draft, write, order);
    case 'uow-insert':
      return insertUow(draft, write, order);
    case 'uow':
      return changeUow(draft, write, order);
    case 'record':
      return changeRecord(draft, write, order);
    case 'job-note':
      return noteJob(draft, write);
    case 'uow-note':
      return noteUow(draft, write);
  }
};

/** Why a write is done, and the place of its row. */
export interface WriteOrder {
  readonly cause: Cause;
  readonly place: number;
}

type Move = Pick<TransitionRecord, 'entityKind' | 'from' | 'to' | 'event' | 'attempt' | 'version'>;

const toRow = (entityId: string, move: Move, { cause, place }: WriteOrder): TransitionRecord => {
  const { at, actor, reason, epoch } = cause;
  return { sequence: place, entityId, ...move, at, actor, reason, epoch };
};

/** The same draft with some more fields, and with a row if there is one. */
const put = (draft: StagedRecord, now: AnyDoc, set: RecordFields, row?: TransitionRecord): StagedRecord => ({
  ...draft,
  now,
  set: { ...draft.set, ...set },
  rows: row === undefined ? draft.rows : [...draft.rows, row],
});

const changeJob = (draft: StagedRecord, change: JobChange, order: WriteOrder): StagedRecord | undefined => {
  const { from, to, event, version, set } = change;
  const before = (draft.now as JobDoc | undefined) ?? embryo(change);
  if (before.state !== from || before.version !== version) return undefined;
  const { consumed, ...plain } = set;
  const fields = {
    ...plain,
    ...(consumed === undefined ? {} : { consumed: consumed && JSON.stringify(consumed) }),
    state: to,
    version: version + 1,
    place: order.place,
  };
  const move = { entityKind: 'job', from, to, event, attempt: 0, version: version + 1 } as const;
  return put(draft, { ...before, ...fields }, fields, toRow(jobKeyText(change), move, order));
};

const insertUow = (draft: StagedRecord, { uow }: UowInsert, order: WriteOrder): StagedRecord | undefined => {
  if (draft.now !== undefined) return undefined;
  const { version, state: to, attempt } = uow;
  const { place, cause } = order;
  const now = toUowDoc(uow, { place, order: place, epoch: cause.epoch });
  const move = { entityKind: 'uow', from: null, to, event: 'request', attempt, version } as const;
  return put(draft, now, {}, toRow(draft.id, move, order));
};

const changeUow = (draft: StagedRecord, change: UowChange, order: WriteOrder): StagedRecord | undefined => {
  const before = draft.now as UowDoc | undefined;
  if (before?.state !== change.from || before.version !== change.version) return undefined;
  const { after, set, row } = moveUow(before, change, order);
  return put(draft, after, set, row);
};

/** A change of the state of a unit. */
export interface UowMove extends Pick<UowChange, 'to' | 'event'> {
  readonly set: Partial<UowDoc>;
}

/** What a unit becomes, with the fields that are set and the row of the journal. */
export const moveUow = (before: UowDoc, { to, event, set }: UowMove, order: WriteOrder) => {
  const { place, cause } = order;
  const version = before.version + 1;
  const fields = { ...set, state: to, version, place, epoch: cause.epoch };
  const after = withStanding({ ...before, ...fields });
  const { attempt, dueAt, unprocessed } = after;
  const move = { entityKind: 'uow', from: before.state, to, event, attempt, version } as const;
  return { after, set: { ...fields, dueAt, unprocessed }, row: toRow(before._id, move, order) };
};

const changeRecord = (
  draft: StagedRecord,
  change: RecordChange,
  order: WriteOrder,
): StagedRecord | undefined => {
  if (draft.now?.version !== change.before?.version) return undefined;
  const { entityId, ...move } = recordMove(change);
  const fields = { ...changedFields(change), place: order.place };
  const now = { version: move.version, ...draft.now, _id: draft.id, ...fields };
  return put(draft, now, fields, toRow(entityId, move, order));
};

const noteJob = (draft: StagedRecord, note: JobNote): StagedRecord => {
  const before = (draft.now as JobDoc | undefined) ?? embryo(note);
  const { failures } = note;
  return put(draft, { ...before, failures }, { failures });
};

const noteUow = (draft: StagedRecord, { state, set }: UowNote): StagedRecord => {
  const before = draft.now as UowDoc | undefined;
  if (before?.state !== state) return draft;
  const now = withStanding({ ...before, ...set });
  return put(draft, now, { ...set, dueAt: now.dueAt });
};

/** The one write that makes the record what the draft says; undefined when it stays what it is. */
export const toRecordWrite = ({ name, id, seen, now, set, rows }: StagedRecord): RecordWrite | undefined => {
  if (now === undefined || now === seen) return undefined;
  if (rows.length === 0) return toNote({ name, id, seen, now, set });
  if (seen === undefined) return { kind: 'insert', name, record: now };
  return { kind: 'change', name, id, version: seen.version, set };
};

const toNote = ({ name, id, seen, now, set }: Omit<StagedRecord, 'rows'>): RecordWrite => {
  if (name === 'unit_of_work') return { kind: 'note', name, id, state: (now as UowDoc).state, set };
  if (seen !== undefined) return { kind: 'note', name, id, set };
  const fresh = Object.entries(now ?? {}).filter(([field]) => field !== '_id' && !(field in set));
  return { kind: 'note', name, id, set, fresh: Object.fromEntries(fresh) };
};
