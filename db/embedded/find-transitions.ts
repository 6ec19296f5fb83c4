import type { TransitionRecord } from '../../domain/model/record.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import { ceilingOf, isWithin } from '../../domain/key-range.ts';
import type { JournalFilter } from '../store.ts';
import { outside } from './outside.ts';
import type { Condition } from './outside.ts';
import { recordTable } from './record-table.ts';

export const transitionTable = recordTable<TransitionRecord>('transition', {
  sequence: 'plain',
  entityKind: 'plain',
  entityId: 'plain',
  version: 'plain',
  from: 'plain',
  to: 'plain',
  event: 'plain',
  at: 'plain',
  actor: 'plain',
  reason: 'text',
  epoch: 'plain',
  attempt: 'plain',
});

/** Rows between two places, both exclusive, in an order. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly order: 'ASC' | 'DESC';
  readonly limit: number;
}

const { json } = transitionTable;
const between = 'sequence > ? AND sequence < ?';

type Entities = Pick<JournalFilter, 'entityId' | 'entityPrefixes' | 'except'>;

/** Of one entity: its versions rise with the places, and are what the index goes by. `bound`: version of the row gone on behind. */
export const rowsOfOne = (
  entityId: string,
  { from, to, order, limit }: Stretch,
  bound?: number,
): Condition => {
  const beyond = bound === undefined ? '' : `AND version ${order === 'ASC' ? '>' : '<'} ?`;
  return {
    sql: `SELECT ${json} FROM transition INDEXED BY transition_of_entity
      WHERE entity_id = ? ${beyond} AND ${between} ORDER BY version ${order} LIMIT ?`,
    values: [entityId, ...(bound === undefined ? [] : [bound]), from, to, limit],
  };
};

/** Conditions on the id, one for each part of the index, with their values. */
const partsOf = ({ entityId, entityPrefixes = [] }: Entities): readonly Condition[] => [
  ...(entityId === undefined ? [] : [{ sql: 'entity_id = ?', values: [entityId] }]),
  ...entityPrefixes.map((prefix) => ({
    sql: 'entity_id >= ? AND entity_id < ?',
    values: [prefix, ceilingOf(prefix)],
  })),
];

/** Along the journal itself, looking at every row of the stretch. */
export const rowsAlong = (entities: Entities, { from, to, order, limit }: Stretch): Condition => {
  const parts = partsOf(entities);
  const named = parts.length === 0 ? 'TRUE' : `(${parts.map(({ sql }) => sql).join(' OR ')})`;
  const others = outside('entity_id', entities.except);
  return {
    sql: `SELECT ${json} FROM transition NOT INDEXED WHERE ${between} AND ${named} AND ${others.sql} ORDER BY sequence ${order} LIMIT ?`,
    values: [from, to, ...parts.flatMap(({ values }) => values), ...others.values, limit],
  };
};

/** Out of all rows of several entities, whose places the index alone tells; they are sorted. */
export const rowsGathered = (entities: Entities, { from, to, order, limit }: Stretch): Condition => {
  const parts = partsOf(entities);
  const others = outside('entity_id', entities.except);
  const places = parts.map(
    ({ sql }) =>
      `SELECT sequence AS place FROM transition INDEXED BY transition_of_entity WHERE ${sql} AND ${between} AND ${others.sql}`,
  );
  return {
    sql: `SELECT ${json} FROM (${places.join(' UNION ALL ')} ORDER BY place ${order} LIMIT ?)
      CROSS JOIN transition ON sequence = place ORDER BY place ${order}`,
    values: [...parts.flatMap(({ values }) => [...values, from, to, ...others.values]), limit],
  };
};

/** Places that are looked at one by one before an index is asked. */
export const LOOKED_AT = 10_000;

/**
 * Finds rows of the journal in the order of their places. An index by the owners of rows would cost every change a write:
 * where many rows are wanted ones, a page is among those next to its begin; where few are, the index by entity tells all of
 * them soon. Only many rows far away take long: 0.2 s of a million that are looked through.
 */
export const createFindTransitions = ({ prepare }: SqliteConnection) => {
  const edge = { ASC: 'min', DESC: 'max' } as const;
  const rowsOf = ({ sql, values }: Condition): TransitionRecord[] =>
    prepare(sql)
      .all(...values)
      .map(transitionTable.parse);
  const versionAt = prepare('SELECT version FROM transition WHERE sequence = ? AND entity_id = ?');

  const rowsOfSeveral = (entities: Entities, stretch: Stretch): TransitionRecord[] => {
    const { from, to, order, limit } = stretch;
    const begin = prepare(`SELECT ${edge[order]}(sequence) FROM transition WHERE ${between}`).get(
      from,
      to,
    )?.[0];
    if (typeof begin !== 'number') return [];
    const near =
      order === 'ASC'
        ? { ...stretch, to: Math.min(to, begin + LOOKED_AT) }
        : { ...stretch, from: Math.max(from, begin - LOOKED_AT) };
    const found = rowsOf(rowsAlong(entities, near));
    const far = order === 'ASC' ? { from: near.to - 1, to } : { from, to: near.from + 1 };
    const isAll = far.to - far.from < 2;
    if (found.length === limit || isAll) return found;
    return [...found, ...rowsOf(rowsGathered(entities, { ...far, order, limit: limit - found.length }))];
  };

  return (filter: JournalFilter): TransitionRecord[] => {
    const { entityId, entityPrefixes, after, before, except = [], limit } = filter;
    const order = after === undefined ? 'DESC' : 'ASC';
    const stretch = { from: after ?? 0, to: before ?? Number.MAX_SAFE_INTEGER, order, limit } as const;
    if (entityPrefixes !== undefined) return rowsOfSeveral(filter, stretch);
    if (entityId === undefined) return rowsOf(rowsAlong({ except }, stretch));
    if (isWithin(except, entityId)) return [];
    const bound = versionAt.get(after ?? before ?? 0, entityId)?.[0] as number | undefined;
    return rowsOf(rowsOfOne(entityId, stretch, bound));
  };
};
