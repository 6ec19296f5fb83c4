import { nextUowState } from '../../domain/machine/transition.ts';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import { workerActor } from '../../domain/model/actor.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Value } from '../../sqlite/statement.ts';
import { KEPT_REJECTED, rejectionReason } from '../rejection.ts';
import type { Claim, KeptReport, RejectedFilter, RejectedReport, Store } from '../store.ts';
import type { Report } from '../../domain/model/report.ts';
import type { Journal } from './journal.ts';
import { outside } from './outside.ts';
import { isReadable, recordTable, toValue } from './record-table.ts';
import { createSelectByIds, parseUows } from './uow-table.ts';

/** What workers do with units of work, and what is done about workers. */
export const createClaims = (
  connection: SqliteConnection,
  journal: Journal,
): Pick<
  Store,
  'claim' | 'renewLeases' | 'renewHeld' | 'releaseLeases' | 'report' | 'rejectedReports' | 'progress'
> => {
  const selectByIds = createSelectByIds(connection);
  const claimAll = createClaim(connection);
  const reportOne = createReport(connection, journal);
  const renew = connection.prepare(`
    UPDATE unit_of_work SET lease_expires_at = ?
    WHERE state = 'IN_PROGRESS' AND state <> 'PROCESSED' AND lease_owner = ? RETURNING id`);
  const renewHeld = connection.prepare(`
    UPDATE unit_of_work SET lease_expires_at = ?1
    WHERE state = 'IN_PROGRESS' AND (id, token) IN (SELECT value ->> 'id', value ->> 'token' FROM json_each(?2))
    RETURNING id`);
  const setProgress = connection.prepare(`
    UPDATE unit_of_work SET progress = ? WHERE id = ? AND token = ? AND state = 'IN_PROGRESS'`);

  return {
    // Parsed after the commit: while the transaction is open, others wait.
    claim: async (ids, claim) => parseUows(await connection.write(() => selectByIds(claimAll(ids, claim)))),
    renewLeases: (owner, expiresAt) =>
      connection.write(() => renew.all(expiresAt, owner).map(([id]) => id as string)),
    renewHeld: (held, expiresAt) =>
      connection.write(() => renewHeld.all(expiresAt, JSON.stringify(held)).map(([id]) => id as string)),
    releaseLeases: (owner) => connection.write(() => renew.all(0, owner).length),
    report: (owner, reports, at) =>
      connection.write(() => reports.map((report) => reportOne(owner, report, at))),
    rejectedReports: (limit, filter = {}) =>
      connection.read(() => {
        const { sql, values } = rejectedQuery(limit, filter);
        return connection
          .prepare(sql)
          .all(...values)
          .map(([json]) => JSON.parse(json as string) as KeptReport);
      }),
    progress: (id, token, progress) =>
      connection.write(() => void setProgress.run(JSON.stringify(progress), id, token)),
  };
};

const createClaim = (connection: SqliteConnection) => {
  // All of a batch in one statement: in and out of SQLite takes longer than what is done there.
  const update = connection.prepare(`
    UPDATE unit_of_work
    SET state = 'IN_PROGRESS', version = version + 1, attempt = attempt + 1, token = lower(hex(randomblob(16))),
        lease_owner = ?1, lease_expires_at = ?2, finished_at = NULL, progress = NULL,
        started_at = max(?3, min(coalesce(not_before, ?3), ?3 + ${FIRING_LEAD}))
    WHERE id IN (SELECT value FROM json_each(?4)) AND state = 'REQUESTED' AND ${isReadable('arguments')}
    RETURNING id`);
  const journal = connection.prepare(`
    INSERT INTO transition (entity_kind, entity_id, version, "from", "to", event, at, actor, epoch, attempt)
    SELECT 'uow', id, version, 'REQUESTED', 'IN_PROGRESS', 'claim', ?, ?, epoch, attempt
    FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN unit_of_work ON id = wanted`);

  /** Ids of those that are this worker's now, in the order asked for. */
  return (ids: readonly string[], { owner, expiresAt, now }: Claim): string[] => {
    const won = new Set(update.all(owner, expiresAt, now, JSON.stringify(ids)).map(([id]) => id));
    const inOrder = [...new Set(ids)].filter((id) => won.has(id));
    journal.get(now, workerActor(owner), JSON.stringify(inOrder));
    return inOrder;
  };
};

/** Keeps a rejected report, and no more than some of every unit. */
const createReject = (connection: SqliteConnection) => {
  const insert = connection.prepare(rejectedTable.insert);
  const count = connection.prepare('SELECT coalesce(max(earlier), 0) FROM rejected_report WHERE id = ?');
  const prune = connection.prepare(`
    DELETE FROM rejected_report WHERE rowid IN (
      SELECT rowid FROM rejected_report WHERE id = ? ORDER BY rowid DESC LIMIT -1 OFFSET ${KEPT_REJECTED - 1})`);
  return (report: Omit<RejectedReport, 'earlier'>): void => {
    const before = count.get(report.id)?.[0] as number;
    const earlier = before + prune.run(report.id).changes;
    insert.run(...rejectedTable.values({ ...report, earlier }));
  };
};

const createReport = (connection: SqliteConnection, journal: Journal) => {
  const update = connection.prepare(`
    UPDATE unit_of_work
    SET state = ?, version = version + 1, finished_at = ?, submitted_at = coalesce(?, submitted_at),
        processed = ?, aggregated = ?, error = ?, retry_at = ?, crashes = ?, released = coalesce(?, released),
        lease_owner = NULL, lease_expires_at = NULL
    WHERE id = ? AND attempt = ? AND token = ? AND state = 'IN_PROGRESS' RETURNING version, epoch`);
  const reject = createReject(connection);
  const selectByIds = createSelectByIds(connection);
  return (owner: string, report: Report, at: number): 'applied' | 'rejected' => {
    const { id, attempt, token, event, error } = report;
    const { processed, aggregated, retryAt, crashes = 0, released = null } = report;
    const reason = toValue('text', error);
    const [finishedAt, submittedAt] = event === 'repost' ? [null, at] : [at, null];
    const counts = [processed, aggregated, reason, retryAt, crashes, toValue('json', released)] as const;
    const to = nextUowState(id, 'IN_PROGRESS', event);
    const row = update.get(to, finishedAt, submittedAt, ...counts, id, attempt, token);
    if (row === undefined) {
      const [current] = parseUows(selectByIds([id]));
      reject({ ...report, at, owner, because: rejectionReason(report, current) });
      return 'rejected';
    }
    const [version, epoch] = row as readonly [number, number];
    journal.append(
      { entityKind: 'uow', entityId: id, version, from: 'IN_PROGRESS', to, event, attempt },
      { actor: workerActor(owner), reason: error, at, epoch },
    );
    return 'applied';
  };
};

/** Reports of one unit, or of all, in the order of their arrival. */
export const rejectedQuery = (
  limit: number,
  { uowId, order = 'newest', after, except }: RejectedFilter,
): { readonly sql: string; readonly values: readonly Value[] } => {
  const [direction, beyond] = order === 'newest' ? ['DESC', '<'] : ['ASC', '>'];
  const given = [
    ['id = ?', uowId],
    [`rowid ${beyond} ?`, after],
  ] as const;
  const conditions = given.flatMap(([condition, value]) => (value === undefined ? [] : [condition]));
  const others = outside('id', except);
  return {
    sql: `SELECT json_object(${rejectedTable.members}, 'sequence', rowid) FROM rejected_report
      WHERE ${[...conditions, others.sql].join(' AND ')} ORDER BY rowid ${direction} LIMIT ?`,
    values: [...given.flatMap(([, value]) => value ?? []), ...others.values, limit],
  };
};

export const rejectedTable = recordTable<RejectedReport>('rejected_report', {
  id: 'plain',
  attempt: 'plain',
  token: 'plain',
  event: 'plain',
  processed: 'plain',
  aggregated: 'plain',
  error: 'text',
  retryAt: 'plain',
  at: 'plain',
  owner: 'plain',
  because: 'plain',
  earlier: 'plain',
});
