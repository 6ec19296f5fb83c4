import type { Engine } from '../../embedded/engine.ts';
import type { Row, Statement, Value } from '../../embedded/sqlite.ts';

/**
 * How a field is stored: as it is, as a text that anything may have written, as 0 or 1, as the JSON text of an object
 * or NULL for none, or as that of any value.
 */
export type FieldKind = 'plain' | 'text' | 'flag' | 'json' | 'value';

/** The SQL of a table whose columns are the fields of a record, in snake case. */
export interface RecordTable<R> {
  readonly columns: readonly string[];
  /** Arguments of `json_object`, for a record that has more to it than its columns. */
  readonly members: string;
  /** For SELECT and RETURNING: one column that `parse` makes the record of. */
  readonly json: string;
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

const reading: Readonly<Record<FieldKind, (column: string) => string>> = {
  plain: (column) => column,
  text: (column) => column,
  flag: (column) => `json(iif(${column}, 'true', 'false'))`,
  json: (column) => `json(${column})`,
  value: (column) => `json(${column})`,
};

const writing: Readonly<Record<FieldKind, (field: unknown) => Value>> = {
  plain: (field) => field as Value,
  // The driver would cut a text at its first NUL: show the picture of it instead.
  text: (field) => (field === null ? null : (field as string).replaceAll('\0', '\u2400')),
  flag: Number,
  json: (field) => (field === null ? null : JSON.stringify(field)),
  value: JSON.stringify,
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
  engine: Engine,
  sql: (names: readonly (keyof S & string)[]) => string,
): ((names: readonly (keyof S & string)[]) => Statement) => {
  const prepared = new Map<string, Statement>();
  return (names) => {
    const key = names.join();
    const statement = prepared.get(key) ?? engine.prepare(sql(names));
    prepared.set(key, statement);
    return statement;
  };
};
