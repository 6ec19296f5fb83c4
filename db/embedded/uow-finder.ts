import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { Engine } from '../../embedded/engine.ts';
import type { Value } from '../../embedded/sqlite.ts';
import type { Store, UowFilter } from '../store.ts';
import { createSelectByIds, parseUow, parseUows, uowJson } from './uow-table.ts';

/** Looks for units of work; reads only. */
export type UowFinder = Pick<Store, 'uows' | 'findUows' | 'overdueUows' | 'countUows' | 'countQuarantined'>;

// The index on the state leaves the PROCESSED out, which a query has to do in the same words.
const UNPROCESSED = `state <> 'PROCESSED'`;
const indexed = 'unit_of_work INDEXED BY uow_by_state';
const QUARANTINED = `state = 'INVALID' AND due_at IS NULL`;

export const createUowFinder = (engine: Engine): UowFinder => {
  const selectByIds = createSelectByIds(engine);
  const countUnprocessed = engine.prepare(
    `SELECT state, count(*) FROM ${indexed} WHERE ${UNPROCESSED} GROUP BY state`,
  );
  const countAll = engine.prepare('SELECT count(*) FROM unit_of_work');
  const countQuarantined = engine.prepare(
    `SELECT count(*) FROM ${indexed} WHERE ${UNPROCESSED} AND ${QUARANTINED}`,
  );
  const due = (condition: string): string =>
    `SELECT rowid FROM ${indexed} WHERE ${UNPROCESSED} AND ${condition}`;
  const overdue = engine.prepare(`
    SELECT ${uowJson} FROM unit_of_work WHERE rowid IN (
      ${due(`state = 'IN_PROGRESS' AND due_at < ?1`)}
      UNION ALL ${due(`state = 'REQUESTED' AND due_at < ?2`)}
      UNION ALL ${due(`state = 'INVALID' AND due_at <= ?1`)})
    AND id > ?3 ORDER BY id LIMIT ?4`);

  return {
    uows: async (ids) => parseUows(await engine.read(() => selectByIds(ids))),
    findUows: async (filter) => {
      if (filter.states?.length === 0) return [];
      const { sql, values } = query(filter);
      const find = engine.prepare(sql);
      return engine.read(() => find.all(...values).map(parseUow));
    },
    overdueUows: ({ now, rungBefore, after = '', limit }) =>
      engine.read(() => overdue.all(now, rungBefore, after, limit).map(parseUow)),
    countUows: () =>
      engine.read(() => {
        const counts = Object.fromEntries(uowStates.map((state) => [state, 0])) as Record<UowState, number>;
        for (const [state, count] of countUnprocessed.all()) counts[state as UowState] = count as number;
        const others = Object.values(counts).reduce((sum, count) => sum + count, 0);
        return { ...counts, PROCESSED: (countAll.get()?.[0] as number) - others };
      }),
    countQuarantined: () => engine.read(() => countQuarantined.get()?.[0] as number),
  };
};

/** In one process the latest timeperiods count as the newest, since they come straight from the index. */
const query = (filter: UowFilter): { sql: string; values: Value[] } => {
  const { processName, timeperiod, entryName, quarantined, limit } = filter;
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
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const order = states === undefined ? 'DESC' : 'ASC';
  const by = processName === undefined ? `rowid ${order}` : `timeperiod ${order}, rowid ${order}`;
  return {
    sql: `SELECT ${uowJson} FROM ${isRare ? indexed : 'unit_of_work'} ${where} ORDER BY ${by} LIMIT ?`,
    values: [...given.map(([, value]) => value), limit ?? -1],
  };
};
