import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { Engine } from '../../embedded/engine.ts';
import type { Value } from '../../embedded/sqlite.ts';
import type { Store, UowFilter } from '../store.ts';
import { createSelectByIds, parseUow, parseUows, uowJson } from './uow-table.ts';

/** Looks for units of work; reads only. */
export type UowFinder = Pick<Store, 'uows' | 'findUows' | 'overdueUows' | 'countUows'>;

export const createUowFinder = (engine: Engine): UowFinder => {
  const selectByIds = createSelectByIds(engine);
  // PROCESSED units are not in the index on the state: they are the rest.
  const countStates = engine.prepare(
    `SELECT state, count(*) FROM unit_of_work WHERE state <> 'PROCESSED' GROUP BY state`,
  );
  const countAll = engine.prepare('SELECT count(*) FROM unit_of_work');
  const overdue = engine.prepare(`
    SELECT ${uowJson} FROM unit_of_work
    WHERE state <> 'PROCESSED' AND (
      state = 'IN_PROGRESS' AND due_at < ?1 OR state = 'REQUESTED' AND due_at < ?2 OR state = 'INVALID' AND due_at <= ?1)
    ORDER BY rowid LIMIT ?3`);

  return {
    uows: async (ids) => parseUows(await engine.read(() => selectByIds(ids))),
    findUows: (filter) => {
      const { sql, values } = query(filter);
      return engine.read(() =>
        engine
          .prepare(sql)
          .all(...values)
          .map(parseUow),
      );
    },
    overdueUows: ({ now, rungBefore, limit }) =>
      engine.read(() => overdue.all(now, rungBefore, limit).map(parseUow)),
    countUows: () =>
      engine.read(() => {
        const counts = Object.fromEntries(uowStates.map((state) => [state, 0])) as Record<UowState, number>;
        for (const [state, count] of countStates.all()) counts[state as UowState] = count as number;
        const others = Object.values(counts).reduce((sum, count) => sum + count, 0);
        return { ...counts, PROCESSED: (countAll.get()?.[0] as number) - others };
      }),
  };
};

/** In one process the latest timeperiods count as the newest, since they come straight from the index. */
const query = ({
  processName,
  timeperiod,
  entryName,
  states,
  limit,
}: UowFilter): { sql: string; values: Value[] } => {
  const equal = Object.entries({ process_name: processName, timeperiod, entry_name: entryName });
  const given = equal.filter((entry): entry is [string, string] => entry[1] !== undefined);
  const conditions = given.map(([column]) => `${column} = ?`);
  if (states !== undefined) {
    const names = uowStates.filter((state) => states.includes(state));
    conditions.push(`state IN (${names.map((state) => `'${state}'`).join(', ')})`);
    // What the index on the state is made for, in the words of its definition.
    if (!names.includes('PROCESSED')) conditions.push(`state <> 'PROCESSED'`);
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const order = states === undefined ? 'DESC' : 'ASC';
  const by = processName === undefined ? `rowid ${order}` : `timeperiod ${order}, rowid ${order}`;
  return {
    sql: `SELECT ${uowJson} FROM unit_of_work ${where} ORDER BY ${by} LIMIT ?`,
    values: [...given.map(([, value]) => value), limit ?? -1],
  };
};
