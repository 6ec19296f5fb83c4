import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import { syncPath } from '../../sqlite/snapshot.ts';
import { PRIVATE_FILE } from '../../lib/os/private-folder.ts';
import type { RowsOf } from '../collection-rows.ts';
import { findUnreadable } from '../collection-state.ts';
import type { UnreadableField } from '../collection-state.ts';
import type { MovableStore, OwnTable } from '../transfer.ts';
import { unreadableText } from '../../domain/model/unreadable.ts';
import type { UnreadableScope, UnreadableValue } from '../../domain/model/unreadable.ts';
import type { AnyJournaledSpec, AnySpec, RecordChange, VersionedRecord } from '../collection.ts';
import { createRowCodec } from '../row-codec.ts';
import { each, listOf, toRow } from './collection-rows.ts';
import type { RecordWriter } from './record-writer.ts';
import { columnOf, isReadable } from './record-table.ts';
import type { JsonColumn } from './record-table.ts';
import { mappings } from './transfer.ts';

/** Where values are, and what is done about those that cannot be read back. */
interface Place {
  readonly table: string;
  readonly key: readonly string[];
  /** The row is nothing without the value. Else: what is set besides, by field. */
  readonly mend: 'remove' | Readonly<Record<string, boolean>>;
}

/** A table that is no collection. */
interface OwnPlace extends Place {
  readonly table: OwnTable;
  /** SQL: what a scheduler decides by; absent when that is none of the rows. */
  readonly open?: string;
}

const places: readonly OwnPlace[] = [
  { table: 'job', key: ['process_name', 'timeperiod'], mend: {} },
  {
    table: 'unit_of_work',
    key: ['id'],
    open: `state IN ('REQUESTED', 'IN_PROGRESS', 'INVALID') AND state <> 'PROCESSED'`,
    mend: {},
  },
  { table: 'source_row', key: ['collection', 'id'], mend: 'remove' },
  { table: 'sink_document', key: ['collection', 'timeperiod', 'key'], mend: 'remove' },
];

/** An unreadable value with where it is. */
interface Found {
  readonly place: Place;
  readonly json: JsonColumn;
  readonly value: UnreadableValue;
  /** Of its collection, if it is in one. */
  readonly spec?: AnySpec;
}

/** Finds values that cannot be read back, and puts them out of the way. */
export const createUnreadable = (
  connection: SqliteConnection,
  rowsOf: RowsOf,
  changeRecord: RecordWriter,
): Pick<MovableStore, 'unreadable' | 'setUnreadableAside'> => {
  const find = async (scope: UnreadableScope): Promise<Found[]> => [
    ...(await findOwn(connection, scope)),
    ...(await findUnreadable(rowsOf, scope)).map(foundOf),
  ];
  return {
    unreadable: async (scope) => (await find(scope)).map(({ value }) => value),
    setUnreadableAside: async (cause) => {
      const found = await find('all');
      if (found.length === 0) return { file: undefined, done: [] };
      const stamp = new Date(cause.at).toISOString().replaceAll(':', '-');
      const file = join(connection.dataDir, `unreadable-${stamp}.jsonl`);
      const lines = await connection.read(() => found.map((one) => lineOf(connection, one)));
      keep(file, lines.join(''));
      await connection.write(() => {
        for (const one of found) {
          mend(connection, one);
          const change = one.spec?.journal && changeOf(connection, one.spec as AnyJournaledSpec, one.value);
          if (change) changeRecord(change, cause);
        }
      });
      return { file, done: found.map(doneText) };
    },
  };
};

/** Of a collection. */
const foundOf = ({ spec, empty, value }: UnreadableField): Found => ({
  place: {
    table: spec.name,
    key: spec.key.map(columnOf),
    mend: empty === undefined ? 'remove' : { ...spec.whenUnreadable },
  },
  json: { column: columnOf(value.column), empty: typeof empty === 'string' ? `'${empty}'` : 'NULL' },
  value,
  spec,
});

const findOwn = async (connection: SqliteConnection, scope: UnreadableScope): Promise<Found[]> => {
  const found: Found[] = [];
  for (const place of places) {
    const { table, key, open } = place;
    const condition = scope === 'all' ? 'TRUE' : open;
    if (condition === undefined) continue;
    for (const json of mappings[table].jsonColumns) {
      const select = connection.prepare(
        `SELECT ${key.join(', ')} FROM ${table} WHERE ${condition} AND NOT ${isReadable(json.column)}`,
      );
      for (const row of await connection.read(() => select.all()))
        found.push({
          place,
          json,
          value: { table, key: row as (string | number)[], column: json.column.replaceAll('"', '') },
        });
    }
  }
  return found;
};

const rowOf = ({ key }: Place): string => key.map((column) => `${column} = ?`).join(' AND ');

/** The value with its text, byte by byte: the driver would cut it at a NUL. */
const lineOf = (connection: SqliteConnection, { place, json, value }: Found): string => {
  const select = connection.prepare(`SELECT hex(${json.column}) FROM ${place.table} WHERE ${rowOf(place)}`);
  const text = Buffer.from(String(select.get(...value.key)?.[0] ?? ''), 'hex').toString();
  // Of a row that is removed all is kept.
  const row = place.mend === 'remove' ? { row: wholeRow(connection, place, value) } : {};
  return `${JSON.stringify({ ...value, text, ...row })}\n`;
};

const wholeRow = ({ prepare }: SqliteConnection, place: Place, { key }: UnreadableValue): unknown => {
  const columns = prepare('SELECT name FROM pragma_table_info(?)')
    .all(place.table)
    .map(([name]) => name as string);
  const cells = columns.map((name) => `'${name}', "${name}"`).join(', ');
  const found = prepare(`SELECT json_object(${cells}) FROM ${place.table} WHERE ${rowOf(place)}`).get(...key);
  return JSON.parse(found?.[0] as string) as unknown;
};

/** Writes a new file for its owner alone; it is on the disk when this returns. */
const keep = (path: string, text: string): void => {
  writeFileSync(path, text, { flag: 'wx', mode: PRIVATE_FILE, flush: true });
  syncPath(dirname(path));
};

const besides = (fields: Readonly<Record<string, boolean>>): string[] =>
  Object.entries(fields).map(([field, value]) => `${columnOf(field)} = ${Number(value)}`);

/** What the record of a row that was mended becomes: a versioned one changes with a row of the journal. */
const changeOf = (
  { prepare }: SqliteConnection,
  spec: AnyJournaledSpec,
  { key }: UnreadableValue,
): RecordChange | undefined => {
  const { name, fields, journal, whenUnreadable } = spec;
  const columns = listOf(Object.keys(fields));
  const row = prepare(`SELECT ${columns} FROM ${name} WHERE ${each(spec.key, ' AND ')}`).get(...key);
  const before = row && (createRowCodec(spec).decode(toRow(spec)(row)).record as VersionedRecord | undefined);
  if (before === undefined) return undefined;
  const record = { ...before, ...whenUnreadable, version: before.version + 1 };
  const isOff = journal.stateOf(before as never) !== journal.stateOf(record as never);
  return { kind: 'record', spec, before, record, event: isOff ? 'switch-off' : 'change' };
};

const mend = (connection: SqliteConnection, { place, json, value, spec }: Found): void => {
  const also = place.mend === 'remove' || spec?.journal ? {} : place.mend;
  const act =
    place.mend === 'remove'
      ? `DELETE FROM ${place.table}`
      : `UPDATE ${place.table} SET ${[`${json.column} = ${json.empty}`, ...besides(also)].join(', ')}`;
  connection.prepare(`${act} WHERE ${rowOf(place)}`).run(...value.key);
};

const doneText = ({ place, json, value }: Found): string => {
  if (place.mend === 'remove') return `${unreadableText(value)}: the row was removed`;
  const also = Object.entries(place.mend).map(([field, set]) => `, and ${field} is set to ${set}`);
  return `${unreadableText(value)}: replaced by ${json.empty.replaceAll("'", '')}${also.join('')}`;
};
