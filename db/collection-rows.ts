import { SynergyError } from '../domain/errors.ts';
import { unreadableError } from '../domain/model/unreadable.ts';
import type { AnySpec, Collection, CollectionSpec, ListQuery } from './collection.ts';
import type { KeyRange } from '../domain/key-range.ts';
import { createRowCodec } from './row-codec.ts';
import type { StoredRow } from './row-codec.ts';
import type { Store } from './store.ts';

export interface RowQuery {
  readonly where: StoredRow;
  readonly reverse: boolean;
  /** Key of the row behind which it goes on. */
  readonly after: StoredRow | undefined;
  readonly except?: { readonly field: string; readonly ranges: readonly KeyRange[] } | undefined;
  readonly limit: number | undefined;
}

/** What an adapter does for a collection, see `Collection`. */
export interface CollectionRows {
  readonly get: (key: StoredRow) => Promise<StoredRow | undefined>;
  readonly getAll: (keys: readonly StoredRow[]) => Promise<StoredRow[]>;
  readonly put: (row: StoredRow) => Promise<void>;
  readonly insertNew: (row: StoredRow) => Promise<boolean>;
  readonly compareAndSet: (key: StoredRow, expected: StoredRow, set: StoredRow) => Promise<boolean>;
  readonly remove: (key: StoredRow) => Promise<boolean>;
  readonly list: (query: RowQuery) => Promise<StoredRow[]>;
  /** May be an estimate. */
  readonly count: () => Promise<number>;
  /** Puts rows, at their positions if they have one: to put them twice is to put them once. */
  readonly restore: (rows: readonly StoredRow[]) => Promise<void>;
}

/** Answers the rows of any collection in a store. */
export type RowsOf = (spec: AnySpec) => CollectionRows;

/** Throws UNFIT_VALUE for a field that records are not listed by. */
const checkIndexed = ({ name, indexes }: AnySpec, where: object): void => {
  const other = Object.keys(where).find((field) => !indexes?.includes(field));
  if (other === undefined) return;
  throw new SynergyError(
    'UNFIT_VALUE',
    `${name} is listed by ${other}: expected ${indexes?.join(', ') ?? 'no condition'}, or ${other} among the indexes of the collection`,
  );
};

const createCollection = <R extends object, K extends keyof R & string>(
  spec: CollectionSpec<R, K>,
  rows: CollectionRows,
): Collection<R, K> => {
  const { keyOf, encode, decode, nameOf } = createRowCodec(spec);
  const readable = (found: readonly StoredRow[]): R[] =>
    found.flatMap((row) => (decode(row).record as R | undefined) ?? []);
  return {
    get: async (key) => {
      const row = await rows.get(keyOf(key));
      if (row === undefined) return undefined;
      const { record, faults } = decode(row);
      if (faults.length > 0) throw unreadableError(`${faults.join(' and ')} of ${nameOf(key)}`);
      return record as R;
    },
    getAll: async (keys) => (keys.length === 0 ? [] : readable(await rows.getAll(keys.map(keyOf)))),
    put: async (record) => rows.put(encode(record)),
    insertNew: async (record) => rows.insertNew(encode(record)),
    compareAndSet: async (key, expected, set) => {
      const part = (fields: object): StoredRow => encode(fields, Object.keys(fields), key);
      return rows.compareAndSet(keyOf(key), part(expected), part(set));
    },
    remove: async (key) => rows.remove(keyOf(key)),
    list: async ({ where = {}, reverse = false, after, except, limit }: ListQuery<R, K> = {}) => {
      checkIndexed(spec, where);
      const query = { where: encode(where, Object.keys(where)), reverse, except };
      const found: R[] = [];
      let last = after && keyOf(after);
      while (found.length !== limit) {
        const wanted = limit && limit - found.length;
        const page = await rows.list({ ...query, after: last, limit: wanted });
        found.push(...readable(page));
        if (wanted === undefined || page.length < wanted) break;
        // As many more as were left out.
        last = keyOf(page.at(-1) as StoredRow);
      }
      return found;
    },
  };
};

/** The collections of a store, whose rows an adapter keeps. */
export const createCollections = (rowsOf: RowsOf): Pick<Store, 'collection'> => {
  const opened = new Map<string, unknown>();
  return {
    collection: <R extends object, K extends keyof R & string>(spec: CollectionSpec<R, K>) => {
      const known = opened.get(spec.name) ?? createCollection(spec, rowsOf(spec));
      opened.set(spec.name, known);
      return known as Collection<R, K>;
    },
  };
};

/** Rows are held so many at a time. */
const PAGE = 1000;

/** Rows of a collection, page by page. */
export async function* rowPages(
  spec: AnySpec,
  rows: CollectionRows,
  { where = {}, size = PAGE }: { readonly where?: StoredRow; readonly size?: number } = {},
): AsyncGenerator<StoredRow[], undefined> {
  const { keyOf } = createRowCodec(spec);
  for (let after: StoredRow | undefined; ;) {
    const page = await rows.list({ where, reverse: false, after, limit: size });
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < size) return;
    after = keyOf(last);
  }
}
