import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { AnyJournaledSpec, RecordChange } from '../collection.ts';
import { changedFields, changedKey, recordMove } from '../record-change.ts';
import type { Cause } from '../store.ts';
import { each, valuesOf } from './collection-rows.ts';
import type { Journal } from './journal.ts';
import { columnOf, insertInto } from './record-table.ts';

export type RecordWriter = (change: RecordChange, cause: Cause) => boolean;

const insertOf = ({ name }: AnyJournaledSpec, fields: readonly string[]): string =>
  `${insertInto(name, fields.map(columnOf))} ON CONFLICT DO NOTHING`;

const updateOf = ({ name, key }: AnyJournaledSpec, fields: readonly string[]): string =>
  `UPDATE ${name} SET ${each(fields, ', ')} WHERE ${each(key, ' AND ')} AND version = ?`;

/**
 * Changes records of versioned collections, whose tables are made by migrations; to be called in a transaction. False when
 * the record is of another version.
 */
export const createRecordWriter =
  (connection: SqliteConnection, journal: Journal): RecordWriter =>
  (change, cause) => {
    const { spec, before } = change;
    const set = changedFields(change);
    const fields = Object.keys(set);
    const { changes } =
      before === undefined
        ? connection.prepare(insertOf(spec, fields)).run(...valuesOf(set))
        : connection
            .prepare(updateOf(spec, fields))
            .run(...valuesOf(set), ...valuesOf(changedKey(change)), before.version);
    if (changes === 1) journal.append(recordMove(change), cause);
    return changes === 1;
  };
