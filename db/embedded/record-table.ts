import { jsonLimits } from '../../domain/model/json-check.ts';
import type { Json } from '../../domain/model/process.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Row, Statement, Value } from '../../sqlite/statement.ts';
import { unreadableError } from '../../domain/model/unreadable.ts';

/** What stands for a JSON text that cannot be read back, by the kind of its field; as SQL. */
const empty = { object: `'{}'`, json: 'NULL', value: `'null'` } as const;

/**
 * How a field is stored: as it is, as a text that anything may have written, as 0 or 1, as the JSON text of an object,
 * as that of an object or NULL for none, or as that of any value.
 */
export type FieldKind = 'plain' | 'text' | 'flag' | keyof typeof empty;

const isJson = (kind: FieldKind): kind is keyof typeof empty => kind in empty;

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

/** Column of a field; quoted, since `on`, `from` and `to` are words of SQL. */
export const columnOf = (field: string): string =>
  `"${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}"`;

/** SQL that reads a column, for `json_object`. */
const reading = (kind: FieldKind, column: string): string => {
  if (kind === 'flag') return `json(iif(${column}, 'true', 'false'))`;
  return isJson(kind) ? `json(iif(${isReadable(column)}, ${column}, ${empty[kind]}))` : column;
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
export const toValue = (kind: FieldKind, field: unknown): Value => {
  if (kind === 'plain' || (field === null && kind !== 'value')) return field as Value;
  if (kind === 'flag') return Number(field);
  // The driver would cut a text at its first NUL: show the picture of it instead.
  return kind === 'text' ? (field as string).replaceAll('\0', '\u2400') : JSON.stringify(field);
};

export const insertInto = (table: string, columns: readonly string[]): string =>
  `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;

/**
 * Maps a flat record to a table, whose columns are the fields in snake case. Reading goes through JSON, because one text
 * gets into JavaScript faster than thirty values do, and comes out as the record.
 */
export const recordTable = <R extends object>(
  table: string,
  fields: Readonly<Record<keyof R & string, FieldKind>>,
) => {
  const typed = Object.entries<FieldKind>(fields) as [keyof R & string, FieldKind][];
  const members = typed.map(([name, kind]) => `'${name}', ${reading(kind, columnOf(name))}`).join(', ');
  const columns = typed.map(([name]) => columnOf(name));
  return {
    columns,
    /** Arguments of `json_object`, for a record that has more to it than its columns. */
    members,
    /** For SELECT and RETURNING: one column that `parse` makes the record of. */
    json: `json_object(${members})`,
    jsonColumns: typed.flatMap(([name, kind]): JsonColumn[] =>
      isJson(kind) ? [{ column: columnOf(name), empty: empty[kind] }] : [],
    ),
    /** `INSERT INTO … VALUES (…)`, to be run with `values`. */
    insert: insertInto(table, columns),
    values: (record: R): Value[] => typed.map(([name, kind]) => toValue(kind, record[name])),
    parse: (row: Row): R => JSON.parse(row[0] as string) as R,
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
