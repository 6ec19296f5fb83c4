import type { JsonObject } from '../domain/model/process.ts';
import type { EntryEvent, EntryState } from '../domain/machine/entry-machine.ts';
import type { TransitionRecord } from '../domain/model/record.ts';
import type { KeyRange } from '../domain/key-range.ts';

/**
 * What a field holds: a text, a number, a flag, an object of JSON, any value of JSON, or one of the words of a list. With
 * `?`: or null.
 */
export type FieldType =
  'text' | 'text?' | 'number' | 'number?' | 'flag' | 'object' | 'object?' | 'value' | readonly string[];

type OrNull<V, T extends string> = null extends V ? `${T}?` : T;

/** The types that fit a field of R. */
type TypeOf<V> =
  NonNullable<V> extends boolean
    ? 'flag'
    : NonNullable<V> extends number
      ? OrNull<V, 'number'>
      : NonNullable<V> extends string
        ? OrNull<V, 'text'> | readonly NonNullable<V>[]
        : NonNullable<V> extends JsonObject
          ? OrNull<V, 'object'>
          : 'value';

/** How the journal names records. */
export interface JournalSpec<R> {
  readonly kind: TransitionRecord['entityKind'];
  readonly idOf: (record: R) => string;
  readonly stateOf: (record: R) => EntryState;
}

/** A spec for those who treat all collections alike. */
export interface AnySpec {
  /** Of the table that holds the records, in snake case; stays as it is for good. */
  readonly name: string;
  /** Fields with the texts that tell records apart. Records are listed in their order, by UTF-8 bytes. */
  readonly key: readonly string[];
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Records are listed in the order of their arrival instead. */
  readonly byArrival?: true;
  /** Fields that a list may be narrowed by; no JSON. */
  readonly indexes?: readonly string[];
  /** Fields that records of earlier versions lack, with what they are read as. */
  readonly added?: Readonly<Record<string, (record: never) => unknown>>;
  /** Records that a scheduler decides by have these values: none do when it is absent, all when it is empty. */
  readonly open?: object;
  /**
   * Records are versioned: their field `version` rises by one with each change, which is written with a row of the
   * journal, see `RecordChange`.
   */
  readonly journal?: JournalSpec<never>;
  /** What a record says besides while an object in it cannot be read back. */
  readonly whenUnreadable?: Readonly<Record<string, boolean>>;
}

/** Says how records R are kept: with their key K, what their fields hold, and what they are looked for by. */
export interface CollectionSpec<R extends object, K extends keyof R & string> extends AnySpec {
  readonly key: readonly K[];
  readonly fields: Readonly<Record<string, FieldType>> & { readonly [F in keyof R]-?: TypeOf<R[F]> };
  readonly indexes?: readonly (keyof R & string)[];
  readonly added?: Readonly<Record<string, (record: R) => unknown>>;
  readonly open?: Partial<R>;
  readonly journal?: JournalSpec<R>;
  readonly whenUnreadable?: Partial<R> & Readonly<Record<string, boolean>>;
}

/** Of records that are listed in the order of their arrival. */
export interface ArrivalSpec<R extends object, K extends keyof R & string> extends CollectionSpec<R, K> {
  readonly byArrival: true;
}

/** Of versioned records. */
export interface JournaledSpec<R extends VersionedRecord, K extends keyof R & string> extends CollectionSpec<
  R,
  K
> {
  readonly journal: JournalSpec<R>;
}

export type VersionedRecord = object & { readonly version: number };

/** For those who treat all collections of versioned records alike. */
export type AnyJournaledSpec = AnySpec & { readonly journal: JournalSpec<never> };

/** Compare-and-set of a record of a versioned collection, on (key, version). */
export interface RecordChange {
  readonly kind: 'record';
  readonly spec: AnyJournaledSpec;
  /** As it was seen; what differs is written. Undefined: there is none yet. */
  readonly before: VersionedRecord | undefined;
  /** As it is to be, at the next version. */
  readonly record: VersionedRecord;
  readonly event: EntryEvent;
}

/** Which records are listed; without it all, in the order of the collection. */
export interface ListQuery<R extends object, K extends keyof R> {
  /** Values of indexed fields. */
  readonly where?: Partial<R>;
  /** The last one first. */
  readonly reverse?: boolean;
  /** Goes on behind the record of this key, in the order of the answer. By arrival nothing follows an unknown one. */
  readonly after?: Pick<R, K>;
  /** Leaves out those that have a text in these ranges in a field, which is null in none. */
  readonly except?: { readonly field: keyof R & string; readonly ranges: readonly KeyRange[] };
  readonly limit?: number;
}

/**
 * Records of one kind, told apart by a key. Methods reject with `UNFIT_VALUE` for a record that is not as the spec says, or
 * that could not be read back; then nothing is written.
 */
export interface Collection<R extends object, K extends keyof R> {
  /** Rejects with `VALUE_UNREADABLE` when a part of the record cannot be read back. */
  readonly get: (key: Pick<R, K>) => Promise<R | undefined>;
  /** The records of these keys that there are, in no order; leaves out what cannot be read back, as `list` does. */
  readonly getAll: (keys: readonly Pick<R, K>[]) => Promise<R[]>;
  /** In place of the record of this key: the last writer wins. */
  readonly put: (record: R) => Promise<void>;
  /** False when there is a record of this key, which stays as it is. */
  readonly insertNew: (record: R) => Promise<boolean>;
  /**
   * Sets fields of a record while others have the values expected: a version, a state. False when they have not, and
   * when there is no record. The fields that are compared hold no JSON.
   */
  readonly compareAndSet: (key: Pick<R, K>, expected: Partial<R>, set: Partial<R>) => Promise<boolean>;
  /** False when there was none. */
  readonly remove: (key: Pick<R, K>) => Promise<boolean>;
  /** Leaves out what cannot be read back: an object reads as empty; without anything else there is no record. */
  readonly list: (query?: ListQuery<R, K>) => Promise<R[]>;
}

/** The part of a store that keeps records of one kind. */
export interface StoreOf<R extends object, K extends keyof R & string> {
  collection(spec: CollectionSpec<R, K>): Collection<R, K>;
}
