import type { LogRecord } from '../../domain/model/record.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Store } from '../store.ts';
import { recordTable } from './record-table.ts';

export const logTable = recordTable<LogRecord>('log_record', {
  parentId: 'plain',
  sequence: 'plain',
  attempt: 'plain',
  at: 'plain',
  stream: 'plain',
  line: 'text',
});

/** Captured output of units of work. */
export const createLogs = (connection: SqliteConnection): Pick<Store, 'appendLog' | 'log' | 'expireLogs'> => {
  const insert = connection.prepare(`${logTable.insert} ON CONFLICT DO NOTHING`);
  const select = connection.prepare(`
    SELECT ${logTable.json} FROM log_record WHERE parent_id = ? AND sequence > ? ORDER BY sequence, attempt LIMIT ?`);
  const expire = connection.prepare(`
    DELETE FROM log_record WHERE (parent_id, sequence, attempt) IN (
      SELECT parent_id, sequence, attempt FROM log_record WHERE at < ? ORDER BY at LIMIT ?)`);

  return {
    appendLog: (records) =>
      connection.write(() => {
        for (const record of records) insert.run(...logTable.values(record));
      }),
    log: (parentId, after, limit) =>
      connection.read(() => select.all(parentId, after, limit).map(logTable.parse)),
    expireLogs: (before, limit) => connection.write(() => expire.run(before, limit).changes),
  };
};
