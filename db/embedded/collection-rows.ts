import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Row, Value } from '../../sqlite/statement.ts';
import type { AnySpec, FieldType } from '../collection.ts';
import type { CollectionRows, RowsOf } from '../collection-rows.ts';
import { blankOf } from '../row-codec.ts';
import type { StoredRow } from '../row-codec.ts';
import { outside } from './outside.ts';
import { columnOf, insertInto } from './record-table.ts';

/** Columns of a table, to be set or compared. */
export const each = (names: readonly string[], separator: string, operator = '='): string =>
  names.map((name) => `${columnOf(name)} ${operator} ?`).join(separator);

export const listOf = (names: readonly string[]): string => names.map(columnOf).join(', ');

/** The driver would cut a text at its first NUL: the picture of it instead. */
const toValue = (stored: StoredRow[string] | undefined): Value => {
  if (typeof stored === 'string') return stored.includes('\0') ? stored.replaceAll('\0', '\u2400') : stored;
  return typeof stored === 'boolean' ? Number(stored) : (stored ?? null);
};

const fromValue = (type: FieldType | undefined, value: Value): StoredRow[string] =>
  type === 'flag' && (value === 0 || value === 1) ? value === 1 : value;

export const valuesOf = (row: StoredRow, names: readonly string[] = Object.keys(row)): Value[] =>
  names.map((name) => toValue(row[name]));

/**
 * Statements that make a table as its spec says, when it has these columns; none when it has all. Migrations made the
 * tables of the first versions.
 */
const tableSteps = (spec: AnySpec, columns: readonly string[]): string[] => {
  const { name, key, fields, indexes = [], byArrival } = spec;
  const all = Object.keys(fields);
  const missing = all.filter((field) => !columns.includes(columnOf(field)));
  if (missing.length === 0) return [];
  return [
    ...(columns.length === 0
      ? [`CREATE TABLE ${name} (${listOf(all)}, PRIMARY KEY (${listOf(key)}))`]
      : missing.map((field) => `ALTER TABLE ${name} ADD COLUMN ${columnOf(field)}`)),
    ...indexes.map((field) => {
      const index = `${name}_by_${columnOf(field).replaceAll('"', '')}`;
      return `CREATE INDEX IF NOT EXISTS ${index} ON ${name} (${listOf(byArrival ? [field] : [field, ...key])})`;
    }),
  ];
};

/** Reads and writes in a table, which is made as its spec says first. */
const openTable = ({ prepare, ...connection }: SqliteConnection, spec: AnySpec) => {
  let isReady = false;
  const steps = (): string[] => {
    const columns = prepare('SELECT name FROM pragma_table_info(?)').all(spec.name);
    return tableSteps(
      spec,
      columns.map(([column]) => `"${column as string}"`),
    );
  };
  const write = <T>(work: () => T): Promise<T> =>
    connection.write(() => {
      if (!isReady) for (const step of steps()) prepare(step).run();
      return work();
    });
  const read = async <T>(work: () => T): Promise<T> => {
    const found = await connection.read(() => {
      // Outside of a transaction, so that it stays as it is.
      isReady ||= steps().length === 0;
      return isReady ? [work()] : [];
    });
    return found.length > 0 ? (found[0] as T) : write(work);
  };
  return { prepare, read, write };
};

type Table = ReturnType<typeof openTable>;

export const toRow = ({ fields, byArrival }: AnySpec): ((row: Row) => StoredRow) => {
  const typed = Object.entries(fields);
  const blank = blankOf([...Object.keys(fields), ...(byArrival ? ['position'] : [])]);
  return (row) => {
    const stored: Record<string, StoredRow[string]> = { ...blank };
    for (const [i, [name, type]] of typed.entries()) stored[name] = fromValue(type, row[i] ?? null);
    if (byArrival) stored['position'] = row[typed.length] ?? null;
    return stored;
  };
};

type Reads = Pick<CollectionRows, 'get' | 'getAll' | 'list' | 'count'>;

const createReads = ({ prepare, read }: Table, spec: AnySpec): Reads => {
  const { name: table, key, fields, byArrival } = spec;
  const select = `SELECT ${listOf(Object.keys(fields))}${byArrival ? ', rowid' : ''} FROM ${table}`;
  const keyed = `WHERE ${each(key, ' AND ')}`;
  const selectByKey = `${select} ${keyed}`;
  const order = byArrival ? ['rowid'] : key.map(columnOf);
  const placeOf = (row: StoredRow): (Value | undefined)[] =>
    byArrival
      ? [prepare(`SELECT rowid FROM ${table} ${keyed}`).get(...valuesOf(row, key))?.[0]]
      : valuesOf(row, key);
  const toStored = toRow(spec);
  const find = (row: StoredRow): StoredRow | undefined => {
    const found = prepare(selectByKey).get(...valuesOf(row, key));
    return found && toStored(found);
  };
  return {
    get: (row) => read(() => find(row)),
    getAll: (keys) => read(() => keys.map(find).filter((row) => row !== undefined)),
    list: ({ where, reverse, after, except, limit = -1 }) =>
      read(() => {
        const place = after && placeOf(after);
        if (place?.includes(undefined)) return [];
        const beyond = `(${order.join(', ')}) ${reverse ? '<' : '>'} (${order.map(() => '?').join(', ')})`;
        const conditions = [...Object.keys(where).map((field) => each([field], '', 'IS'))];
        if (place) conditions.push(beyond);
        const others = except ? outside(columnOf(except.field), except.ranges) : outside('');
        const sorted = order.map((column) => (reverse ? `${column} DESC` : column)).join(', ');
        const sql = `${select} WHERE ${[...conditions, others.sql].join(' AND ')} ORDER BY ${sorted} LIMIT ?`;
        const values = [...valuesOf(where), ...((place ?? []) as Value[]), ...others.values, limit];
        return prepare(sql)
          .all(...values)
          .map(toStored);
      }),
    count: () => read(() => prepare(`SELECT count(*) FROM ${table}`).get()?.[0] as number),
  };
};

const createWrites = ({ prepare, write }: Table, spec: AnySpec): Omit<CollectionRows, keyof Reads> => {
  const { name: table, key, fields, byArrival } = spec;
  const names = Object.keys(fields);
  const insert = insertInto(table, names.map(columnOf));
  const replaced = names.map((name) => `${columnOf(name)} = excluded.${columnOf(name)}`).join(', ');
  const keyed = each(key, ' AND ');
  const change = (sql: string, values: readonly Value[]): Promise<boolean> =>
    write(() => prepare(sql).run(...values).changes === 1);
  const placed = byArrival ? ['position'] : [];
  const columns = [...names.map(columnOf), ...(byArrival ? ['rowid'] : [])];
  return {
    put: async (row) => {
      await change(`${insert} ON CONFLICT (${listOf(key)}) DO UPDATE SET ${replaced}`, valuesOf(row, names));
    },
    insertNew: (row) => change(`${insert} ON CONFLICT DO NOTHING`, valuesOf(row, names)),
    compareAndSet: (row, expected, set) =>
      change(
        `UPDATE ${table} SET ${each(Object.keys(set), ', ')}
          WHERE ${[keyed, ...Object.keys(expected).map((field) => each([field], '', 'IS'))].join(' AND ')}`,
        [...valuesOf(set), ...valuesOf(row, key), ...valuesOf(expected)],
      ),
    remove: (row) => change(`DELETE FROM ${table} WHERE ${keyed}`, valuesOf(row, key)),
    restore: (rows) =>
      write(() => {
        const sql = insertInto(table, columns).replace('INSERT', 'INSERT OR REPLACE');
        for (const row of rows) prepare(sql).run(...valuesOf(row, [...names, ...placed]));
      }),
  };
};

/** Rows of collections, which are tables with a column for each field. */
export const createRowsOf =
  (connection: SqliteConnection): RowsOf =>
  (spec) => {
    const table = openTable(connection, spec);
    return { ...createReads(table, spec), ...createWrites(table, spec) };
  };
