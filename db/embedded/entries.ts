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
  engine: SqliteConnection,
): Pick<
  Store,
  'managedEntries' | 'putManagedEntry' | 'freerunEntries' | 'putFreerunEntry' | 'removeFreerunEntry'
> => {
  const selectManaged = engine.prepare(
    `SELECT ${managedTable.json} FROM managed_process ORDER BY process_name`,
  );
  const putManaged = engine.prepare(managedTable.replace);
  const selectFreerun = engine.prepare(
    `SELECT ${freerunTable.json} FROM freerun_process ORDER BY process_name, entry_name`,
  );
  const putFreerun = engine.prepare(freerunTable.replace);
  const removeFreerun = engine.prepare(
    'DELETE FROM freerun_process WHERE process_name = ? AND entry_name = ?',
  );

  return {
    managedEntries: () => engine.read(() => selectManaged.all().map(managedTable.parse)),
    putManagedEntry: (record) => engine.write(() => void putManaged.run(...managedTable.values(record))),
    freerunEntries: () => engine.read(() => selectFreerun.all().map(freerunTable.parse)),
    putFreerunEntry: (record) => engine.write(() => void putFreerun.run(...freerunTable.values(record))),
    removeFreerunEntry: (processName, entryName) =>
      engine.write(() => removeFreerun.run(processName, entryName).changes === 1),
  };
};
