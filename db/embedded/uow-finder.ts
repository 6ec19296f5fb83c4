import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { OverdueQuery, Store } from '../store.ts';
import { outside } from './outside.ts';
import { createSelectByIds, parseUow, parseUows, uowJson } from './uow-table.ts';
import { UNPROCESSED, createFindUows, indexed } from './find-uows.ts';

/** Looks for units of work; reads only. */
export type UowFinder = Pick<Store, 'uows' | 'findUows' | 'overdueUows' | 'countUows' | 'countFailed'>;

export const createUowFinder = (connection: SqliteConnection): UowFinder => {
  const selectByIds = createSelectByIds(connection);
  const { prepare } = connection;
  const countAll = prepare('SELECT count(*) FROM unit_of_work');
  const countWithin = prepare('SELECT count(*) FROM unit_of_work WHERE id >= ? AND id < ?');

  return {
    uows: async (ids) => parseUows(await connection.read(() => selectByIds(ids))),
    findUows: createFindUows(connection),
    overdueUows: ({ state, before, after, limit }) =>
      connection.read(() =>
        connection
          .prepare(overdueOf(state))
          .all(before, after?.dueAt ?? -1, after?.id ?? '', limit)
          .map(parseUow),
      ),
    countUows: (except = []) =>
      connection.read(() => {
        const counts = Object.fromEntries(uowStates.map((state) => [state, 0])) as Record<UowState, number>;
        const { sql, values } = outside('id', except);
        const unprocessed = `SELECT state, count(*) FROM ${indexed} WHERE ${UNPROCESSED} AND ${sql} GROUP BY state`;
        for (const [state, count] of prepare(unprocessed).all(...values))
          counts[state as UowState] = count as number;
        // The ids of all are looked through by their index alone: the rows need not be read.
        const left = except.map((range) => countWithin.get(...range)?.[0] as number);
        const others = [...Object.values(counts), ...left].reduce((sum, count) => sum + count, 0);
        return { ...counts, PROCESSED: (countAll.get()?.[0] as number) - others };
      }),
    countFailed: (except) =>
      connection.read(() => {
        const { sql, values } = outside('id', except);
        const failed = `SELECT count(due_at), count(*) FROM ${indexed} WHERE ${UNPROCESSED} AND state = 'INVALID' AND ${sql}`;
        const [retrying, all] = prepare(failed).get(...values) as [number, number];
        return { retrying, quarantined: all - retrying };
      }),
  };
};

/** Goes along the index: what a page costs does not depend on how many are overdue. */
const overdueOf = (state: OverdueQuery['state']): string => `
  SELECT ${uowJson} FROM ${indexed}
  WHERE ${UNPROCESSED} AND state = '${state}' AND due_at < ?1 AND due_at >= ?2 AND (due_at > ?2 OR id > ?3)
  ORDER BY due_at, id LIMIT ?4`;
