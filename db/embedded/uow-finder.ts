import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { OverdueQuery, Store } from '../store.ts';
import { createSelectByIds, parseUow, parseUows, uowJson } from './uow-table.ts';
import { UNPROCESSED, createFindUows, indexed } from './find-uows.ts';

/** Looks for units of work; reads only. */
export type UowFinder = Pick<Store, 'uows' | 'findUows' | 'overdueUows' | 'countUows' | 'countFailed'>;

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
    findUows: createFindUows(connection),
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
