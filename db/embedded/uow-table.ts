import type { UowRecord } from '../../domain/model/record.ts';
import type { Row, Value } from '../../embedded/sqlite.ts';
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
  arguments: 'json',
  createdAt: 'plain',
  submittedAt: 'plain',
  startedAt: 'plain',
  finishedAt: 'plain',
  processed: 'plain',
  aggregated: 'plain',
  crashes: 'plain',
  retryAt: 'plain',
  error: 'text',
  progress: 'json',
};
const table = recordTable<Flat>('unit_of_work', fields);

/** One column that `parseUow` makes the record of. */
export const uowJson = `json_object(${table.members},
  'lease', iif(lease_owner IS NULL, NULL, json_object('owner', lease_owner, 'expiresAt', lease_expires_at)))`;

export const parseUow = (row: Row): UowRecord => JSON.parse(row[0] as string) as UowRecord;

/** Runs with `insertValues`; changes nothing when the id is taken. */
export const insertUow = `
  ${insertInto('unit_of_work', [...table.columns, 'lease_owner', 'lease_expires_at', 'epoch'])} ON CONFLICT DO NOTHING`;

export const insertValues = (uow: UowRecord, epoch: number): Value[] => [
  ...table.values(uow),
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
