import type { Engine } from '../../embedded/engine.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';
import type { JournalFilter } from '../store.ts';
import { recordTable, toValue } from './record-table.ts';

/** A state change as the one who makes it knows it; the journal gives it its place. */
export type Transition = Omit<TransitionRecord, 'sequence'>;

export interface Journal {
  /** To be called in the transaction of the change itself. */
  readonly append: (transition: Transition) => void;
  readonly find: (filter: JournalFilter) => Promise<TransitionRecord[]>;
}

const table = recordTable<TransitionRecord>('transition', {
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

export const createJournal = (engine: Engine): Journal => {
  // Without a sequence: SQLite gives the row the next one.
  const insert = engine.prepare(table.insert);
  const select = (condition: string, order: string) =>
    engine.prepare(
      `SELECT ${table.json} FROM transition WHERE ${condition} ORDER BY sequence ${order} LIMIT ?`,
    );
  const oldestFirst = select('sequence > ? AND sequence < ?', 'ASC');
  const newestFirst = select('sequence > ? AND sequence < ?', 'DESC');
  const oldestFirstOf = select('sequence > ? AND sequence < ? AND entity_id = ?', 'ASC');
  const newestFirstOf = select('sequence > ? AND sequence < ? AND entity_id = ?', 'DESC');

  return {
    append: (t) => {
      insert.run(
        null,
        t.entityKind,
        t.entityId,
        t.version,
        t.from,
        t.to,
        t.event,
        t.at,
        t.actor,
        toValue('text', t.reason),
        t.epoch,
        t.attempt,
      );
    },
    find: ({ entityId, after, before, limit }) =>
      engine.read(() => {
        const bounds = [after ?? 0, before ?? Number.MAX_SAFE_INTEGER] as const;
        const rows =
          entityId === undefined
            ? (after === undefined ? newestFirst : oldestFirst).all(...bounds, limit)
            : (after === undefined ? newestFirstOf : oldestFirstOf).all(...bounds, entityId, limit);
        return rows.map(table.parse);
      }),
  };
};
