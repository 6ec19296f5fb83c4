import type { CommandRecord } from '../../domain/model/record.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Store } from '../store.ts';
import { unreadableError } from '../../domain/model/unreadable.ts';
import { isReadable, recordTable } from './record-table.ts';

export const commandTable = recordTable<CommandRecord>('command', {
  id: 'plain',
  kind: 'plain',
  arguments: 'object',
  actor: 'plain',
  reason: 'text',
  createdAt: 'plain',
  state: 'plain',
  finishedAt: 'plain',
  result: 'json',
});

/** Mutations that people asked for. */
export const createCommands = (
  connection: SqliteConnection,
): Pick<Store, 'insertCommand' | 'finishCommand' | 'command' | 'commands'> => {
  const insert = connection.prepare(`${commandTable.insert} ON CONFLICT DO NOTHING`);
  const finish = connection.prepare(
    `UPDATE command SET state = ?, result = ?, finished_at = ? WHERE id = ? AND state = 'open'`,
  );
  const select = connection.prepare(
    `SELECT ${commandTable.json}, ${isReadable('arguments')} FROM command WHERE id = ?`,
  );
  const place = connection.prepare('SELECT rowid FROM command WHERE id = ?');
  const newest = connection.prepare(
    `SELECT ${commandTable.json} FROM command WHERE rowid < ? ORDER BY rowid DESC LIMIT ?`,
  );
  const ofState = connection.prepare(
    `SELECT ${commandTable.json} FROM command WHERE state = ? AND rowid > ? ORDER BY rowid LIMIT ?`,
  );
  /** Undefined for an unknown command. */
  const placeOf = (id: string): number | undefined => place.get(id)?.[0] as number | undefined;

  return {
    insertCommand: (record) =>
      connection.write(() => insert.run(...commandTable.values(record)).changes === 1),
    finishCommand: (id, { state, result, finishedAt }) =>
      connection.write(() => void finish.run(state, result && JSON.stringify(result), finishedAt, id)),
    command: (id) =>
      connection.read(() => {
        const row = select.get(id);
        if (row?.[1] === 0) throw unreadableError(`arguments of command ${id}`);
        return row && commandTable.parse(row);
      }),
    commands: ({ state, after, limit }) =>
      connection.read(() => {
        const last = after === undefined ? null : placeOf(after);
        if (last === undefined) return [];
        const rows =
          state === undefined
            ? newest.all(last ?? Number.MAX_SAFE_INTEGER, limit)
            : ofState.all(state, last ?? 0, limit);
        return rows.map(commandTable.parse);
      }),
  };
};
