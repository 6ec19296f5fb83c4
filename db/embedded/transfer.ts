import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Value } from '../../sqlite/statement.ts';
import { keyFields, latestEpochIn } from '../transfer.ts';
import type { StateRows, StateTransfer, OwnTable } from '../transfer.ts';
import { jobTable } from './job-table.ts';
import { transitionTable } from './find-transitions.ts';
import { logTable } from './logs.ts';
import { columnOf, insertInto, recordTable } from './record-table.ts';
import { insertColumns, insertValues, uowJsonColumns, uowMembers } from './uow-table.ts';
import { rejectedTable } from './claims.ts';

/** How the rows of a table are made of its columns and back. */
type Mapping<R extends object> = Pick<
  ReturnType<typeof recordTable<R>>,
  'members' | 'columns' | 'jsonColumns' | 'values'
>;

/** The position of a row is its rowid, which SQLite counts up. */
const placed = <R extends object>(mapping: Mapping<R>): Mapping<R & { readonly position: number }> => ({
  ...mapping,
  members: `${mapping.members}, 'position', rowid`,
  columns: [...mapping.columns, 'rowid'],
  values: (row) => [...mapping.values(row), row.position],
});

export const mappings: { readonly [T in OwnTable]: Mapping<StateRows[T]> } = {
  job: jobTable,
  unit_of_work: placed({
    members: `${uowMembers}, 'epoch', epoch`,
    columns: insertColumns,
    jsonColumns: uowJsonColumns,
    values: (row: Omit<StateRows['unit_of_work'], 'position'>) => insertValues(row, row.epoch),
  }),
  transition: transitionTable,
  rejected_report: placed(rejectedTable),
  log_record: logTable,
  source_row: recordTable<StateRows['source_row']>('source_row', {
    collection: 'plain',
    id: 'plain',
    timeperiod: 'plain',
    value: 'object',
  }),
  watermark: recordTable<StateRows['watermark']>('watermark', { collection: 'plain', instant: 'plain' }),
  sink_document: recordTable<StateRows['sink_document']>('sink_document', {
    collection: 'plain',
    timeperiod: 'plain',
    key: 'text',
    value: 'value',
  }),
};

const keyColumn = (field: string): string => (field === 'position' ? 'rowid' : columnOf(field));

/** A page of rows as one JSON text, which gets into JavaScript faster than the rows would. */
const selectPage = (table: OwnTable, isFirst: boolean): string => {
  const key = keyFields[table].map(keyColumn);
  const following = isFirst ? '' : `WHERE (${key.join(', ')}) > (${key.map(() => '?').join(', ')})`;
  return `
    SELECT json_group_array(json(row)) FROM (
      SELECT json_object(${mappings[table].members}) AS row FROM ${table}
      ${following} ORDER BY ${key.join(', ')} LIMIT ?)`;
};

const replaceInto = (table: OwnTable): string =>
  insertInto(table, mappings[table].columns).replace('INSERT', 'INSERT OR REPLACE');

async function* readPages<T extends OwnTable>(
  connection: SqliteConnection,
  table: T,
  size: number,
): AsyncGenerator<StateRows[T][], undefined> {
  for (let last: StateRows[T] | undefined, isFirst = true; isFirst || last !== undefined; isFirst = false) {
    const select = connection.prepare(selectPage(table, isFirst));
    const key = keyFields[table].flatMap((field) => (last === undefined ? [] : [last[field] as Value]));
    const [text] = (await connection.read(() => select.get(...key, size))) as readonly [string];
    const rows = JSON.parse(text) as StateRows[T][];
    if (rows.length > 0) yield rows;
    last = rows.length < size ? undefined : rows.at(-1);
  }
}

/** Moves all of the state in and out. */
export const createTransfer = (connection: SqliteConnection): StateTransfer<OwnTable> => ({
  count: (table) =>
    connection.read(() => connection.prepare(`SELECT count(*) FROM ${table}`).get()?.[0] as number),
  pages: (table, size) => readPages(connection, table, size),
  write: (table, rows) => {
    const put = connection.prepare(replaceInto(table));
    const raise = connection.prepare('UPDATE epoch SET latest = max(latest, ?)');
    const { values } = mappings[table];
    return connection.write(() => {
      for (const row of rows) put.get(...values(row));
      raise.get(latestEpochIn(rows));
    });
  },
});
