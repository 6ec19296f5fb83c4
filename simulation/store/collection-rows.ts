import type { AnySpec, CollectionSpec } from '../../db/collection.ts';
import type { CollectionRows, RowQuery } from '../../db/collection-rows.ts';
import { isWithin } from '../../domain/key-range.ts';
import { createRowCodec } from '../../db/row-codec.ts';
import type { StoredRow } from '../../db/row-codec.ts';
import type { Memory } from './memory.ts';
import { compare } from './reads.ts';

/** The same as the rows of a collection, without promises. */
export type RowServer = {
  readonly [K in keyof CollectionRows]: (
    ...parameters: Parameters<CollectionRows[K]>
  ) => Awaited<ReturnType<CollectionRows[K]>>;
};

/** Rows of a collection, in no order. */
export const rowsIn = ({ collections }: Memory, { name }: AnySpec): StoredRow[] => [
  ...(collections.get(name)?.values() ?? []),
];

/** Records of a collection, in no order. */
export const recordsIn = <R extends object, K extends keyof R & string>(
  memory: Memory,
  spec: CollectionSpec<R, K>,
): R[] => {
  const { decode } = createRowCodec(spec);
  return rowsIn(memory, spec).flatMap((row) => (decode(row).record as R | undefined) ?? []);
};

const has = (row: StoredRow, values: StoredRow): boolean =>
  Object.entries(values).every(([name, value]) => row[name] === value);

const isLeftOut = (row: StoredRow, except: RowQuery['except']): boolean =>
  except !== undefined && isWithin(except.ranges, row[except.field] as string);

/** Rows of a collection in memory. */
export const createRowServer = (memory: Memory, spec: AnySpec): RowServer => {
  const { key, byArrival = false } = spec;
  const rows = memory.collections.get(spec.name) ?? new Map<string, StoredRow>();
  memory.collections.set(spec.name, rows);
  const idOf = (row: StoredRow): string => JSON.stringify(key.map((field) => row[field]));
  const set = (row: StoredRow): void => {
    const position = row['position'] ?? rows.get(idOf(row))?.['position'] ?? ++memory.position;
    rows.set(idOf(row), { ...row, position });
  };
  const order = byArrival ? ['position'] : key;
  const inOrder = (a: StoredRow, b: StoredRow): number =>
    order.map((field) => compare(a[field] as string, b[field] as string)).find((sign) => sign !== 0) ?? 0;
  return {
    get: (row) => rows.get(idOf(row)),
    getAll: (keys) => keys.map((row) => rows.get(idOf(row))).filter((row) => row !== undefined),
    put: set,
    insertNew: (row) => {
      if (rows.has(idOf(row))) return false;
      set(row);
      return true;
    },
    compareAndSet: (row, expected, fields) => {
      const known = rows.get(idOf(row));
      if (known === undefined || !has(known, expected)) return false;
      set({ ...known, ...fields });
      return true;
    },
    remove: (row) => rows.delete(idOf(row)),
    list: ({ where, reverse, after, except, limit }) => {
      const last = after && byArrival ? rows.get(idOf(after)) : after;
      if (after !== undefined && last === undefined) return [];
      const sign = reverse ? -1 : 1;
      return [...rows.values()]
        .filter((row) => has(row, where) && !isLeftOut(row, except))
        .filter((row) => last === undefined || sign * inOrder(row, last) > 0)
        .sort((a, b) => sign * inOrder(a, b))
        .slice(0, limit);
    },
    count: () => rows.size,
    restore: (all) => all.forEach(set),
  };
};
