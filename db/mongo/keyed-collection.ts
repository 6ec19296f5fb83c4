import type { Document, Sort } from 'mongodb';
import { isDuplicate } from './failure.ts';
import type { MongoConnection } from './connection.ts';
import { without } from './without.ts';

/** How records of a kind are stored. */
export interface KeyedSpec<R> {
  readonly name: string;
  /** Text that tells records apart. */
  readonly key: (record: R) => string;
  /** Fields that are kept as JSON text: their keys may be such that MongoDB cannot have, or takes for something else. */
  readonly json: readonly (keyof R & string)[];
  /** Fields that documents of earlier versions lack. */
  readonly later?: (record: R) => Partial<R>;
  readonly sort: Sort;
}

/** Records that are put in place of each other. */
export interface KeyedCollection<R> {
  readonly put: (record: R) => Promise<void>;
  readonly all: () => Promise<R[]>;
  readonly toDoc: (record: R) => Document;
  readonly toRecord: (doc: Document) => R;
}

/** Two who make the same document at once: the later one finds it there, and changes it. */
export const again = <T>(attempt: () => Promise<T>): Promise<T> =>
  attempt().catch((error: unknown) => {
    if (isDuplicate(error)) return attempt();
    throw error;
  });

export const createKeyedCollection = <R extends object>(
  { ride, collection }: MongoConnection,
  { name, key, json, sort, later }: KeyedSpec<R>,
): KeyedCollection<R> => {
  const records = collection<Document & { _id: string }>(name);
  const jsonFields = new Set<string>(json);
  const mapJson = (fields: object, map: (value: unknown) => unknown): Document =>
    Object.fromEntries(
      Object.entries(fields).map(([field, value]) => [
        field,
        jsonFields.has(field) && value !== null ? map(value) : value,
      ]),
    );
  const toDoc = (record: R): Document => ({ _id: key(record), ...mapJson(record, JSON.stringify) });
  const toRecord = (doc: Document): R => {
    const record = mapJson(without(doc, '_id'), (text) => JSON.parse(text as string)) as R;
    return { ...later?.(record), ...record };
  };

  return {
    toDoc,
    toRecord,
    put: async (record) => {
      const { _id, ...fields } = toDoc(record);
      await ride(() => again(() => records.replaceOne({ _id: _id as string }, fields, { upsert: true })));
    },
    all: async () => (await ride(() => records.find().sort(sort).toArray())).map(toRecord),
  };
};
