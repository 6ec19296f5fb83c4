import type { CreateIndexesOptions, IndexDescriptionInfo } from 'mongodb';
import { MongoServerError } from 'mongodb';
import { isDeepStrictEqual } from 'node:util';
import { SynergyError } from '../../domain/errors.ts';
import type { AnySpec } from '../collection.ts';
import { allCollections } from '../collections.ts';
import type { MongoConnection } from './connection.ts';
import { recordNames } from './records.ts';

interface IndexSpec {
  readonly collection: string;
  readonly key: Readonly<Record<string, 1>>;
  readonly options: CreateIndexesOptions;
}

const of = (
  collection: string,
  key: Readonly<Record<string, 1>>,
  options: CreateIndexesOptions = {},
): IndexSpec => ({ collection, key, options });

/**
 * Days after which the server deletes captured output by itself. Far above what settings ask for: the collector
 * deletes by those; this bounds what stays behind when no scheduler runs any more.
 */
const LOG_DAYS = 400;

/** By arrival or by key, and by what a list may be narrowed by in this order. One field as the key is the `_id`. */
const indexesOfSpec = ({ name, key, byArrival, indexes = [] }: AnySpec): IndexSpec[] => {
  const order = byArrival ? ['order'] : key.length === 1 ? ['_id'] : key;
  const by = (fields: readonly string[]): IndexSpec =>
    of(name, Object.fromEntries(fields.map((field) => [field, 1])));
  return [...(order[0] === '_id' ? [] : [by(order)]), ...indexes.map((field) => by([field, ...order]))];
};

/** Of units of work in the order in which they were made. */
const unitsBy = (fields: readonly string[], only?: object): IndexSpec => {
  const key = Object.fromEntries([...fields, 'createdAt', 'order'].map((field) => [field, 1 as const]));
  return of('unit_of_work', key, only && { partialFilterExpression: only });
};

/** Everything that is looked for has an index; what is found by its key needs none. */
export const indexes: readonly IndexSpec[] = [
  ...recordNames.map((name) => of(name, { place: 1 })),
  unitsBy(['processName', 'timeperiod']),
  unitsBy(['processName']),
  unitsBy(['processName', 'entryName'], { kind: 'freerun' }),
  unitsBy([]),
  // By state those alone that the collector need not look at: a unit is written here once, when it ends. The others are few.
  unitsBy(['state'], { dueAt: null }),
  unitsBy(['processName', 'state'], { dueAt: null }),
  unitsBy(['processName', 'entryName', 'state'], { kind: 'freerun', dueAt: null }),
  of('unit_of_work', { state: 1, dueAt: 1, _id: 1 }, { partialFilterExpression: { unprocessed: true } }),
  of('transition', { entityId: 1, version: 1 }, { unique: true }),
  of('transition', { to: 1, at: 1 }, { partialFilterExpression: { entityKind: 'job' } }),
  of('log_record', { parentId: 1, sequence: 1, attempt: 1 }, { unique: true }),
  of('log_record', { at: 1 }),
  of('log_record', { storedAt: 1 }, { expireAfterSeconds: LOG_DAYS * 24 * 60 * 60 }),
  of('rejected_report', { uow: 1 }),
  of('sink_head', { collection: 1, timeperiod: 1 }),
  ...allCollections.flatMap(indexesOfSpec),
];

/** Those of earlier versions that others took the place of. */
const former: readonly Pick<IndexSpec, 'collection' | 'key'>[] = [
  { collection: 'unit_of_work', key: { processName: 1, timeperiod: 1, order: 1 } },
  { collection: 'unit_of_work', key: { processName: 1, order: 1 } },
  { collection: 'unit_of_work', key: { processName: 1, entryName: 1, order: 1 } },
  { collection: 'unit_of_work', key: { order: 1 } },
];

/** Collections that hold the scheduler's own records. */
export const ownCollections: ReadonlySet<string> = new Set([
  ...indexes.map(({ collection }) => collection),
  ...allCollections.map(({ name }) => name),
  ...['about', 'expiry_step', 'lock', 'watermark'],
]);

/** Makes the indexes that are missing, and drops those that have had their time. Throws `STORE_REFUSED` when one is there that does something else. */
export const ensureIndexes = async (connection: MongoConnection): Promise<void> => {
  await Promise.all(
    [...new Set(indexes.map(({ collection }) => collection))].map((name) => ensure(connection, name)),
  );
};

/** Looks first: a scheduler that is to take over has no time for making what is there. */
const ensure = async (connection: MongoConnection, name: string): Promise<void> => {
  const found = await connection.ride(() => indexesOf(connection, name));
  const missing = missingOf(name, found);
  for (const spec of missing) {
    try {
      await connection.ride(() => connection.collection(name).createIndex(spec.key, spec.options, {}));
    } catch (error) {
      throw toIndexError(error, spec, connection.where);
    }
  }
  const [wrong] =
    missing.length === 0 ? [] : missingOf(name, await connection.ride(() => indexesOf(connection, name)));
  if (wrong !== undefined) throw wrongIndex(wrong, connection.where);
  for (const { name: index = '', key } of found)
    if (former.some((spec) => spec.collection === name && hasKey(key, spec.key)))
      await connection.ride(() => dropIndex(connection, name, index));
};

const dropIndex = async (connection: MongoConnection, name: string, index: string): Promise<void> => {
  try {
    await connection.collection(name).dropIndex(index);
  } catch (error) {
    // Another one that starts was faster.
    if (!(error instanceof MongoServerError && error.code === INDEX_NOT_FOUND)) throw error;
  }
};

const missingOf = (name: string, found: readonly IndexDescriptionInfo[]): readonly IndexSpec[] =>
  indexes.filter((spec) => spec.collection === name && !found.some((index) => isAsWanted(index, spec)));

const indexesOf = async (
  connection: MongoConnection,
  name: string,
): Promise<readonly IndexDescriptionInfo[]> => {
  try {
    return await connection.collection(name).indexes();
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  }
};

const hasKey = (found: IndexDescriptionInfo['key'], key: IndexSpec['key']): boolean =>
  isDeepStrictEqual(Object.entries(found), Object.entries(key));

const isAsWanted = (found: IndexDescriptionInfo, { key, options }: IndexSpec): boolean =>
  hasKey(found.key, key) &&
  Boolean(found.unique) === Boolean(options.unique) &&
  Boolean(found.sparse) === Boolean(options.sparse) &&
  isDeepStrictEqual(found.partialFilterExpression, options.partialFilterExpression) &&
  found.expireAfterSeconds === options.expireAfterSeconds;

const wrongIndex = ({ collection, key }: IndexSpec, where: string, cause?: unknown): SynergyError => {
  const fields = Object.keys(key).join(', ');
  return new SynergyError(
    'STORE_REFUSED',
    `${where} has an index on ${collection} (${fields}) with other options or name than this program needs: drop it, it is made anew at the next start`,
    { cause },
  );
};

/** IndexOptionsConflict and IndexKeySpecsConflict; the duplicates that a unique index cannot be made of. */
const conflicts = [85, 86];
const DUPLICATES = 11_000;
/** What a server says of the indexes of a collection that is not there. */
const NAMESPACE_NOT_FOUND = 26;
const INDEX_NOT_FOUND = 27;

const toIndexError = (error: unknown, spec: IndexSpec, where: string): unknown => {
  if (!(error instanceof MongoServerError)) return error;
  if (conflicts.includes(Number(error.code))) return wrongIndex(spec, where, error);
  if (error.code !== DUPLICATES) return error;
  const fields = Object.keys(spec.key).join(', ');
  return new SynergyError(
    'STORE_REFUSED',
    `${where} cannot make the unique index on ${spec.collection} (${fields}), since some of the documents there are equal in it: was the collection made by another program? Choose another database in the address`,
    { cause: error },
  );
};
