import type { FreerunEntryRecord, ManagedEntryRecord } from '../../domain/model/record.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Store } from '../store.ts';
import { recordTable } from './record-table.ts';

export const managedTable = recordTable<ManagedEntryRecord>('managed_process', {
  processName: 'plain',
  on: 'switch',
  trigger: 'plain',
  arguments: 'json',
  updatedAt: 'plain',
});

export const freerunTable = recordTable<FreerunEntryRecord>('freerun_process', {
  processName: 'plain',
  entryName: 'plain',
  trigger: 'plain',
  arguments: 'object',
  on: 'switch',
  overlap: 'plain',
  missed: 'plain',
  description: 'text',
  origin: 'plain',
  lastFiredAt: 'plain',
  seenUntil: 'plain',
  relatedUow: 'plain',
  buffered: 'flag',
  createdAt: 'plain',
  updatedAt: 'plain',
});

/** What people may change about processes at run time. */
export const createEntries = (
  connection: SqliteConnection,
): Pick<
  Store,
  'managedEntries' | 'putManagedEntry' | 'freerunEntries' | 'putFreerunEntry' | 'removeFreerunEntry'
> => {
  const selectManaged = connection.prepare(
    `SELECT ${managedTable.json} FROM managed_process ORDER BY process_name`,
  );
  const putManaged = connection.prepare(managedTable.replace);
  const selectFreerun = connection.prepare(
    `SELECT ${freerunTable.json} FROM freerun_process ORDER BY process_name, entry_name`,
  );
  const putFreerun = connection.prepare(freerunTable.replace);
  const removeFreerun = connection.prepare(
    'DELETE FROM freerun_process WHERE process_name = ? AND entry_name = ?',
  );

  return {
    managedEntries: () => connection.read(() => selectManaged.all().map(managedTable.parse)),
    putManagedEntry: (record) => connection.write(() => void putManaged.run(...managedTable.values(record))),
    freerunEntries: () => connection.read(() => selectFreerun.all().map(freerunTable.parse)),
    putFreerunEntry: (record) => connection.write(() => void putFreerun.run(...freerunTable.values(record))),
    removeFreerunEntry: (processName, entryName) =>
      connection.write(() => removeFreerun.run(processName, entryName).changes === 1),
  };
};
