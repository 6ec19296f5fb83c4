import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Value } from '../../sqlite/statement.ts';
import type { OverdueQuery, Store, UowFilter } from '../store.ts';
import { createSelectByIds, parseUow, parseUows, uowJson } from './uow-table.ts';

/** Looks for units of work; reads only. */
export type UowFinder = Pick<Store, 'uows' | 'findUows' | 'overdueUows' | 'countUows' | 'countFailed'>;

// The index on the state leaves the PROCESSED out, which a query has to do in the same words.
const UNPROCESSED = `state <> 'PROCESSED'`;
const indexed = 'unit_of_work INDEXED BY uow_by_state';

export const createUowFinder = (connection: SqliteConnection): UowFinder => {
  const selectByIds = createSelectByIds(connection);
  const countUnprocessed = connection.prepare(
    `SELECT state, count(*) FROM ${indexed} WHERE ${UNPROCESSED} GROUP BY state`,
  );
  const countAll = connection.prepare('SELECT count(*) FROM unit_of_work');
  const countFailed = connection.prepare(
    `SELECT count(due_at), count(*) FROM ${indexed} WHERE ${UNPROCESSED} AND state = 'INVALID'`,
  );

  return {
    uows: async (ids) => parseUows(await connection.read(() => selectByIds(ids))),
    findUows: async (filter) => {
      if (filter.states?.length === 0) return [];
      const { sql, values } = query(filter);
      const find = connection.prepare(sql);
      return connection.read(() => find.all(...values).map(parseUow));
    },
    overdueUows: ({ state, before, after, limit }) =>
      connection.read(() =>
        connection
          .prepare(overdueOf(state))
          .all(before, after?.dueAt ?? -1, after?.id ?? '', limit)
          .map(parseUow),
      ),
    countUows: () =>
      connection.read(() => {
        const counts = Object.fromEntries(uowStates.map((state) => [state, 0])) as Record<UowState, number>;
        for (const [state, count] of countUnprocessed.all()) counts[state as UowState] = count as number;
        const others = Object.values(counts).reduce((sum, count) => sum + count, 0);
        return { ...counts, PROCESSED: (countAll.get()?.[0] as number) - others };
      }),
    countFailed: () =>
      connection.read(() => {
        const [retrying, all] = countFailed.get() as [number, number];
        return { retrying, quarantined: all - retrying };
      }),
  };
};

/** Goes along the index: what a page costs does not depend on how many are overdue. */
const overdueOf = (state: OverdueQuery['state']): string => `
  SELECT ${uowJson} FROM ${indexed}
  WHERE ${UNPROCESSED} AND state = '${state}' AND due_at < ?1 AND due_at >= ?2 AND (due_at > ?2 OR id > ?3)
  ORDER BY due_at, id LIMIT ?4`;

/** Where the index of the process or the entry serves, and in the order of the rows at that. */
const tableFor = ({ processName, timeperiod, entryName }: UowFilter): string => {
  if (processName === undefined || timeperiod !== undefined) return 'unit_of_work';
  return `unit_of_work INDEXED BY ${entryName === undefined ? 'uow_by_process' : 'uow_of_entry'}`;
};

const query = (filter: UowFilter): { sql: string; values: Value[] } => {
  const { processName, timeperiod, entryName, quarantined, after, limit } = filter;
  const states = quarantined ? (['INVALID'] as const) : filter.states;
  const equal = Object.entries({ process_name: processName, timeperiod, entry_name: entryName });
  const given = equal.filter((entry): entry is [string, string] => entry[1] !== undefined);
  const conditions = given.map(([column]) => `${column} = ?`);
  if (states !== undefined) {
    const names = uowStates.filter((state) => states.includes(state)).map((state) => `'${state}'`);
    conditions.push(`state IN (${names.join(', ')})`);
  }
  if (quarantined) conditions.push('due_at IS NULL');
  // Few units are unprocessed, and even fewer are of one job.
  const isRare = states?.includes('PROCESSED') === false && timeperiod === undefined;
  if (isRare) conditions.push(UNPROCESSED);
  const [order, beyond] = states === undefined ? ['DESC', '<'] : ['ASC', '>'];
  if (after !== undefined) conditions.push(`rowid ${beyond} (SELECT rowid FROM unit_of_work WHERE id = ?)`);
  // Free-run units alone are of an entry: in the words of its index.
  if (entryName !== undefined) conditions.push(`kind = 'freerun'`);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return {
    sql: `SELECT ${uowJson} FROM ${isRare ? indexed : tableFor(filter)} ${where} ORDER BY rowid ${order} LIMIT ?`,
    values: [...given.map(([, value]) => value), ...(after === undefined ? [] : [after]), limit ?? -1],
  };
};
