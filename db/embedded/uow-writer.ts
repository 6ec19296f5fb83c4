import type { UowRecord } from '../../domain/model/record.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Cause, UowChange, UowInsert, UowNote } from '../store.ts';
import type { Journal, Move } from './journal.ts';
import { namesOf, preparePerFields } from './record-table.ts';
import { assignments, fieldValues, insertUow, insertValues } from './uow-table.ts';

/** Units of work as the scheduler and its collector change them; to be called in a transaction. */
export const createUowWriter = (connection: SqliteConnection, journal: Journal) => {
  const insert = connection.prepare(insertUow);
  const updateSetting = preparePerFields<UowRecord>(
    connection,
    (names) => `
      UPDATE unit_of_work SET epoch = ?, ${assignments(names)}
      WHERE id = ? AND state = ? AND version = ? RETURNING attempt`,
  );
  const noteSetting = preparePerFields<UowNote['set']>(
    connection,
    (names) => `UPDATE unit_of_work SET ${assignments(names)} WHERE id = ? AND state = ?`,
  );

  return {
    /** False when the id is taken. */
    insert: ({ uow }: UowInsert, cause: Cause): boolean => {
      if (insert.run(...insertValues(uow, cause.epoch)).changes === 0) return false;
      const { id: entityId, version, state: to, attempt } = uow;
      const move: Move = { entityKind: 'uow', entityId, version, from: null, to, event: 'request', attempt };
      journal.append(move, cause);
      return true;
    },
    /** False when the unit is no longer where the change says; then nothing was written. */
    change: ({ id: entityId, from, version, event, to, set }: UowChange, cause: Cause): boolean => {
      const all = { state: to, version: version + 1, ...set };
      const row = updateSetting(namesOf(all)).get(cause.epoch, ...fieldValues(all), entityId, from, version);
      if (row === undefined) return false;
      const attempt = row[0] as number;
      journal.append({ entityKind: 'uow', entityId, version: version + 1, from, to, event, attempt }, cause);
      return true;
    },
    note: ({ id, state, set }: UowNote): void => {
      const names = namesOf(set);
      if (names.length > 0) noteSetting(names).run(...fieldValues(set), id, state);
    },
  };
};
