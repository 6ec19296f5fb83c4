import type { TransitionRecord } from '../domain/model/record.ts';
import type { AnyJournaledSpec, RecordChange } from './collection.ts';
import { createRowCodec } from './row-codec.ts';
import type { StoredRow } from './row-codec.ts';

const codecs = new WeakMap<AnyJournaledSpec, ReturnType<typeof createRowCodec>>();

const codecOf = (spec: AnyJournaledSpec) => {
  const codec = codecs.get(spec) ?? createRowCodec(spec);
  codecs.set(spec, codec);
  return codec;
};

/** The key of the record of a change, as it is stored. */
export const changedKey = ({ spec, record }: RecordChange): StoredRow => codecOf(spec).keyOf(record);

const encoded = new WeakMap<RecordChange, StoredRow>();

/** What a change writes: the fields that differ, all of a new record. Checked and written alike: it is made once. Throws `UNFIT_VALUE`. */
export const changedFields = (change: RecordChange): StoredRow => {
  const fields = encoded.get(change) ?? encodeFields(change);
  encoded.set(change, fields);
  return fields;
};

const encodeFields = ({ spec, before, record }: RecordChange): StoredRow => {
  const { encode } = codecOf(spec);
  if (before === undefined) return encode(record);
  const [old, fresh] = [before, record] as unknown as Readonly<Record<string, unknown>>[];
  const names = Object.keys(spec.fields).filter((name) => old?.[name] !== fresh?.[name]);
  return encode(record, names);
};

/** What the journal says of a change, without its cause. */
export const recordMove = ({ spec, before, record, event }: RecordChange) => {
  const { kind, idOf, stateOf } = spec.journal;
  return {
    entityKind: kind,
    entityId: idOf(record as never),
    version: record.version,
    from: before === undefined ? null : stateOf(before as never),
    to: stateOf(record as never),
    event,
    attempt: 0,
  } satisfies Partial<TransitionRecord>;
};
