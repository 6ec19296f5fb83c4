import { jsonLimits } from '../../domain/model/json-check.ts';
import type { Json } from '../../domain/model/process.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Row, Statement, Value } from '../../sqlite/statement.ts';
import { unreadableError } from '../../domain/model/unreadable.ts';

/**
 * How a field is stored: as it is, as a text that anything may have written, as 0 or 1, as the JSON text of an object,
 * as that of an object or NULL for none, or as that of any value. A `switch` is a flag that reads as off while the
 * `arguments` of its record cannot be read back.
 */
export type FieldKind = 'plain' | 'text' | 'flag' | 'switch' | 'object' | 'json' | 'value';

/** What stands for a JSON text that cannot be read back, by the kind of its field; as SQL. */
const empty = {
  object: `'{}'`,
  json: 'NULL',
  value: `'null'`,
} as const satisfies Partial<Record<FieldKind, string>>;

/** A column of JSON texts. */
export interface JsonColumn {
  readonly column: string;
  /** What stands for a text that cannot be read back, as SQL. */
  readonly empty: string;
}

// SQLite reads so many levels. With these around it, a text of more levels than the store takes is not valid.
const SQLITE_LEVELS = 1_000;
const PADDING = SQLITE_LEVELS - jsonLimits.stored.depth;
/** Bytes of the shortest text that has more levels than the store takes; shorter ones need not be padded. */
const SHORTEST_DEEP = 2 * jsonLimits.stored.depth;

/** SQL: whether the JSON text of a column, or NULL, can be read back. Most are empty, and need no parser. */
export const isReadable = (column: string): string =>
  `(${column} IS NULL OR ${column} = '{}' OR json_valid(${column}) AND (length(${column}) < ${SHORTEST_DEEP}` +
  ` OR json_valid('${'['.repeat(PADDING)}' || ${column} || '${']'.repeat(PADDING)}')))`;

/** The SQL of a table whose columns are the fields of a record, in snake case. */
export interface RecordTable<R> {
  readonly columns: readonly string[];
  /** Arguments of `json_object`, for a record that has more to it than its columns. */
  readonly members: string;
  /** For SELECT and RETURNING: one column that `parse` makes the record of. */
  readonly json: string;
  readonly jsonColumns: readonly JsonColumn[];
  /** `INSERT INTO … VALUES (…)`, to be run with `values`. */
  readonly insert: string;
  /** The same, in place of the record that has its key. */
  readonly replace: string;
  readonly values: (record: R) => Value[];
  readonly parse: (row: Row) => R;
}

/** Column of a field; quoted, since `on`, `from` and `to` are words of SQL. */
export const columnOf = (field: string): string =>
  `"${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}"`;

const readJson = (column: string, kind: keyof typeof empty): string =>
  `json(iif(${isReadable(column)}, ${column}, ${empty[kind]}))`;

const reading: Readonly<Record<FieldKind, (column: string) => string>> = {
  plain: (column) => column,
  text: (column) => column,
  flag: (column) => `json(iif(${column}, 'true', 'false'))`,
  switch: (column) => `json(iif(${column} AND ${isReadable('arguments')}, 'true', 'false'))`,
  object: (column) => readJson(column, 'object'),
  json: (column) => readJson(column, 'json'),
  value: (column) => readJson(column, 'value'),
};

const writing: Readonly<Record<FieldKind, (field: unknown) => Value>> = {
  plain: (field) => field as Value,
  // The driver would cut a text at its first NUL: show the picture of it instead.
  text: (field) => (field === null ? null : (field as string).replaceAll('\0', '\u2400')),
  flag: Number,
  switch: Number,
  object: JSON.stringify,
  json: (field) => (field === null ? null : JSON.stringify(field)),
  value: JSON.stringify,
};

/** Reads the JSON text of a value that `what` names. Throws `VALUE_UNREADABLE`. */
export const parseStored = (text: Value | undefined, what: string): Json => {
  try {
    return JSON.parse(text as string) as Json;
  } catch (error) {
    throw unreadableError(what, error);
  }
};

/** Value of a field for its column. */
export const toValue = (kind: FieldKind, field: unknown): Value => writing[kind](field);

export const insertInto = (table: string, columns: readonly string[]): string =>
  `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;

/**
 * Maps a flat record to a table. Reading goes through JSON, because one text gets into JavaScript faster than
 * thirty values do, and comes out as the record.
 */
export const recordTable = <R extends object>(
  table: string,
  fields: Readonly<Record<keyof R & string, FieldKind>>,
): RecordTable<R> => {
  const typed = Object.entries<FieldKind>(fields) as [keyof R & string, FieldKind][];
  const members = typed.map(([name, kind]) => `'${name}', ${reading[kind](columnOf(name))}`).join(', ');
  const columns = typed.map(([name]) => columnOf(name));
  return {
    columns,
    members,
    json: `json_object(${members})`,
    jsonColumns: typed.flatMap(([name, kind]) =>
      kind in empty ? [{ column: columnOf(name), empty: empty[kind as keyof typeof empty] }] : [],
    ),
    insert: insertInto(table, columns),
    replace: insertInto(table, columns).replace('INSERT', 'INSERT OR REPLACE'),
    values: (record) => typed.map(([name, kind]) => writing[kind](record[name])),
    parse: (row) => JSON.parse(row[0] as string) as R,
  };
};

/** Names of the fields that a partial record sets. */
export const namesOf = <S extends object>(set: S): (keyof S & string)[] =>
  Object.keys(set) as (keyof S & string)[];

/** Statements that differ in the fields they set: each combination is prepared when it is first met. */
export const preparePerFields = <S extends object>(
  connection: SqliteConnection,
  sql: (names: readonly (keyof S & string)[]) => string,
): ((names: readonly (keyof S & string)[]) => Statement) => {
  const prepared = new Map<string, Statement>();
  return (names) => {
    const key = names.join();
    const statement = prepared.get(key) ?? connection.prepare(sql(names));
    prepared.set(key, statement);
    return statement;
  };
};
