import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Statement } from '../../sqlite/statement.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';
import type { Cause, JournalFilter, Store } from '../store.ts';
import { createFindTransitions } from './find-transitions.ts';
import { toValue } from './record-table.ts';

/** What a state change did. */
export type Move = Pick<
  TransitionRecord,
  'entityKind' | 'entityId' | 'version' | 'from' | 'to' | 'event' | 'attempt'
>;

export interface Journal {
  /** To be called in the transaction of the change itself. */
  readonly append: (move: Move, cause: Cause) => void;
  readonly find: (filter: JournalFilter) => Promise<TransitionRecord[]>;
  readonly countFinishedJobs: Store['countFinishedJobs'];
  readonly reach: Store['journalReach'];
}

export const createJournal = (connection: SqliteConnection): Journal => {
  const insertOf = createInsertOf(connection);
  const find = createFindTransitions(connection);
  // In the words of the index, which holds these rows alone.
  const countFinished = connection.prepare(`
    SELECT count(*) FROM transition INDEXED BY transition_of_finished_job
    WHERE entity_kind = 'job' AND ("to" = 'PROCESSED' OR "to" = 'SKIPPED' OR "to" = 'NOOP') AND at >= ? AND at < ?`);

  const last = connection.prepare('SELECT max(sequence) FROM transition');
  return {
    reach: () =>
      connection.read(() => ({ end: (last.get()?.[0] as number | null | undefined) ?? 0, open: [] })),
    append: (move, { at, actor, reason, epoch }) => {
      const { entityId, version, attempt } = move;
      insertOf(move).get(entityId, version, at, actor, toValue('text', reason), epoch, attempt);
    },
    find: (filter) => connection.read(() => find(filter)),
    countFinishedJobs: ({ from, to }) => connection.read(() => countFinished.get(from, to)?.[0] as number),
  };
};

interface Known extends Pick<Move, 'entityKind' | 'from' | 'to'> {
  readonly insert: Statement;
}

/** A statement for each edge of the machines: to bind the edge as values would take a fifth of the time. */
const createInsertOf = (connection: SqliteConnection): ((move: Move) => Statement) => {
  const byEvent = new Map<string, Known[]>();
  return ({ entityKind, from, to, event }) => {
    const edges = byEvent.get(event) ?? [];
    const known = edges.find(
      (edge) => edge.to === to && edge.from === from && edge.entityKind === entityKind,
    );
    if (known !== undefined) return known.insert;
    const [kind, origin, target, name] = [entityKind, from, to, event].map(toLiteral);
    const insert = connection.prepare(`
      INSERT INTO transition (entity_kind, entity_id, version, "from", "to", event, at, actor, reason, epoch, attempt)
      VALUES (${kind}, ?, ?, ${origin}, ${target}, ${name}, ?, ?, ?, ?, ?)`);
    byEvent.set(event, [...edges, { entityKind, from, to, insert }]);
    return insert;
  };
};

const toLiteral = (text: string | null): string =>
  text === null ? 'NULL' : `'${text.replaceAll(`'`, `''`)}'`;
