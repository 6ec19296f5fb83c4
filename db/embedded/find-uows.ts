import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Value } from '../../sqlite/statement.ts';
import type { Store, UowFilter } from '../store.ts';
import { boundsOf, isOldestFirst, statesByDue } from '../uow-page.ts';
import type { UowPlace } from '../uow-page.ts';
import { outside } from './outside.ts';
import { parseUow, uowJson } from './uow-table.ts';

// The index on the state leaves the PROCESSED out, which a query has to do in the same words.
export const UNPROCESSED = `state <> 'PROCESSED'`;
export const indexed = 'unit_of_work INDEXED BY uow_by_state';

/** A part of the answer, in order: the index that serves, and what holds of its units besides the filter. */
interface Part {
  readonly index: string;
  readonly conditions: readonly string[];
}

/** End of the names of indexes: by what they begin. */
const owner = ({ processName, entryName }: UowFilter): string =>
  processName === undefined ? '' : entryName === undefined ? '_of_process' : '_of_entry';

const partsOf = (filter: UowFilter): readonly Part[] => {
  const states = statesByDue(filter);
  if (filter.processName !== undefined && filter.timeperiod !== undefined) {
    const named = states && [...new Set([...states.settled, ...states.due])].map((state) => `'${state}'`);
    const isDue = filter.quarantined ? ['due_at IS NULL'] : [];
    return [
      { index: 'uow_of_job', conditions: [...(named ? [`state IN (${named.join(', ')})`] : []), ...isDue] },
    ];
  }
  const ofAll = `uow${owner(filter) || '_by_time'}`;
  if (states === undefined) return [{ index: ofAll, conditions: [] }];
  return [
    ...states.settled.map((state) =>
      state === 'PROCESSED'
        ? { index: ofAll, conditions: [`state = '${state}'`] }
        : {
            index: `settled_uow${owner(filter)}`,
            conditions: [`state = '${state}'`, 'due_at IS NULL', UNPROCESSED],
          },
    ),
    ...states.due.map((state) => ({
      index: 'uow_by_state',
      conditions: [`state = '${state}'`, UNPROCESSED, ...(state === 'INVALID' ? ['due_at IS NOT NULL'] : [])],
    })),
  ];
};

/** Units of a filter that names states, if it names any; `last`: place of the one that it goes on behind. */
export const uowQuery = (
  filter: UowFilter,
  last: UowPlace | undefined,
): { readonly sql: string; readonly values: readonly Value[] } => {
  const { processName, timeperiod, entryName, except, limit } = filter;
  const [order, beyond] = isOldestFirst(filter) ? ['ASC', '>'] : ['DESC', '<'];
  const { from, to, beyond: place } = boundsOf(filter, last);
  const given: readonly (readonly [condition: string, ...values: (Value | undefined)[]])[] = [
    ['process_name = ?', processName],
    ['timeperiod = ?', timeperiod],
    [`kind = 'freerun' AND entry_name = ?`, entryName],
    ['created_at >= ?', from],
    ['created_at < ?', to],
    [`(created_at, rowid) ${beyond} (?, ?)`, place?.createdAt, place?.order],
  ];
  const others = outside('id', except);
  // Free-run units alone are of an entry: in the words of its index.
  const shared = [
    ...given.filter(([, value]) => value !== undefined),
    ...(except ? [[others.sql, ...others.values] as const] : []),
  ];
  const parts = partsOf(filter);
  // Each in order already: they are merged as they are read.
  const selects = parts.map(
    ({ index, conditions }) =>
      `SELECT ${uowJson}, created_at, rowid FROM unit_of_work INDEXED BY ${index}
       WHERE ${['TRUE', ...shared.map(([condition]) => condition), ...conditions].join(' AND ')}`,
  );
  return {
    sql: `${selects.join(' UNION ALL ')} ORDER BY 2 ${order}, 3 ${order} LIMIT ?`,
    values: [...parts.flatMap(() => shared.flatMap(([, ...values]) => values as Value[])), limit ?? -1],
  };
};

/** Finds units of work in the order in which they were made. */
export const createFindUows = ({ prepare, read }: SqliteConnection): Store['findUows'] => {
  const place = prepare('SELECT created_at, rowid FROM unit_of_work WHERE id = ?');
  const placeOf = (id: string): UowPlace | undefined => {
    const [createdAt, order] = (place.get(id) ?? []) as number[];
    return createdAt === undefined || order === undefined ? undefined : { createdAt, order };
  };
  return (filter) =>
    read(() => {
      const { after, states } = filter;
      const last = after === undefined ? undefined : placeOf(after);
      if ((after !== undefined && last === undefined) || states?.length === 0) return [];
      const { sql, values } = uowQuery(filter, last);
      return prepare(sql)
        .all(...values)
        .map(parseUow);
    });
};
