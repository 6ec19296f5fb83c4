import type { UowRecord } from '../../domain/model/record.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Row, Value } from '../../sqlite/statement.ts';
import { columnOf, insertInto, namesOf, recordTable, toValue } from './record-table.ts';
import type { FieldKind } from './record-table.ts';

/** The fields that are columns: all but the lease, which is two. */
type Flat = Omit<UowRecord, 'lease'>;

const fields: Readonly<Record<keyof Flat, FieldKind>> = {
  id: 'plain',
  kind: 'plain',
  processName: 'plain',
  entryName: 'plain',
  timeperiod: 'plain',
  sequence: 'plain',
  startTimeperiod: 'plain',
  endTimeperiod: 'plain',
  startId: 'plain',
  endId: 'plain',
  state: 'plain',
  version: 'plain',
  attempt: 'plain',
  token: 'plain',
  source: 'plain',
  sink: 'plain',
  arguments: 'object',
  createdAt: 'plain',
  submittedAt: 'plain',
  notBefore: 'plain',
  startedAt: 'plain',
  finishedAt: 'plain',
  processed: 'plain',
  aggregated: 'plain',
  crashes: 'plain',
  retryAt: 'plain',
  error: 'text',
  progress: 'json',
  released: 'json',
};
const table = recordTable<Flat>('unit_of_work', fields);

export const uowJsonColumns = table.jsonColumns;

/** Arguments of `json_object`. */
export const uowMembers = `${table.members},
  'lease', iif(lease_owner IS NULL, NULL, json_object('owner', lease_owner, 'expiresAt', lease_expires_at))`;

/** One column that `parseUow` makes the record of. */
export const uowJson = `json_object(${uowMembers})`;

export const parseUow = (row: Row): UowRecord => JSON.parse(row[0] as string) as UowRecord;

/** The units that `createSelectByIds` found. */
export const parseUows = (json: string): UowRecord[] => JSON.parse(json) as UowRecord[];

/** Reads units in the order of their ids, as JSON text: in one statement, which takes the file's lock once. */
export const createSelectByIds = (connection: SqliteConnection): ((ids: readonly string[]) => string) => {
  const select = connection.prepare(`
    SELECT json_group_array(${uowJson})
    FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN unit_of_work ON id = wanted`);
  return (ids) => select.get(JSON.stringify(ids))?.[0] as string;
};

/** Columns of `insertValues`. */
export const insertColumns = [...table.columns, 'lease_owner', 'lease_expires_at', 'epoch'];

/** Runs with `insertValues`; changes nothing when the id is taken. */
export const insertUow = `${insertInto('unit_of_work', insertColumns)} ON CONFLICT DO NOTHING`;

/** Written out, in the order of the fields: the general way takes several times as long. */
export const insertValues = (uow: UowRecord, epoch: number): Value[] => [
  uow.id,
  uow.kind,
  uow.processName,
  uow.entryName,
  uow.timeperiod,
  uow.sequence,
  uow.startTimeperiod,
  uow.endTimeperiod,
  uow.startId,
  uow.endId,
  uow.state,
  uow.version,
  uow.attempt,
  uow.token,
  uow.source,
  uow.sink,
  JSON.stringify(uow.arguments),
  uow.createdAt,
  uow.submittedAt,
  uow.notBefore,
  uow.startedAt,
  uow.finishedAt,
  uow.processed,
  uow.aggregated,
  uow.crashes,
  uow.retryAt,
  toValue('text', uow.error),
  toValue('json', uow.progress),
  toValue('json', uow.released),
  uow.lease?.owner ?? null,
  uow.lease?.expiresAt ?? null,
  epoch,
];

const columnsOf = (name: keyof UowRecord): string[] =>
  name === 'lease' ? ['lease_owner', 'lease_expires_at'] : [columnOf(name)];

/** `a = ?, b = ?` for an UPDATE that sets these fields, with `fieldValues`. */
export const assignments = (names: readonly (keyof UowRecord)[]): string =>
  names
    .flatMap(columnsOf)
    .map((column) => `${column} = ?`)
    .join(', ');

export const fieldValues = (set: Partial<UowRecord>): Value[] =>
  namesOf(set).flatMap((name) =>
    name === 'lease'
      ? [set.lease?.owner ?? null, set.lease?.expiresAt ?? null]
      : [toValue(fields[name], set[name])],
  );
