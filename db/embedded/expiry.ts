import { isUowFinished } from '../../domain/machine/transition.ts';
import type { ExpiredJob, ExpiredJournal, ExpiredRecord } from '../../domain/model/record.ts';
import { NEWEST_ROWS, cutOf } from '../../domain/retention/journal.ts';
import type { JournalCut } from '../../domain/retention/journal.ts';
import { addBatch, addEntry, addUnits, unitsByJob } from '../../domain/retention/tally.ts';
import type { ExpiredBatch, ExpiredUow } from '../../domain/retention/tally.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import { EXPIRED_AT_ONCE } from '../store.ts';
import type { EntryKey, ExpiryStep, JournalStep, Store } from '../store.ts';
import { transitionTable } from './find-transitions.ts';
import { recordTable } from './record-table.ts';

const expiredTable = recordTable<ExpiredRecord>('expired_history', {
  entity: 'plain',
  uows: 'plain',
  transitions: 'plain',
  lines: 'plain',
  reports: 'plain',
  from: 'plain',
  to: 'plain',
  step: 'plain',
});

const expiredJobTable = recordTable<ExpiredJob>('expired_job', {
  processName: 'plain',
  timeperiod: 'plain',
  uows: 'plain',
  step: 'plain',
});

const expiredJournalTable = recordTable<ExpiredJournal>('expired_journal', {
  entity: 'plain',
  version: 'plain',
  state: 'plain',
  sequence: 'plain',
  epoch: 'plain',
  published: 'plain',
  step: 'plain',
});

/** What retention deletes; a step is one transaction. */
export const createExpiry = (
  connection: SqliteConnection,
  refuseEarlier: (epoch: number) => void,
): Pick<Store, 'entriesWithUows' | 'expireUows' | 'expireTransitions'> => {
  const find = createFind(connection);
  const remove = createDelete(connection);
  const note = createNote(connection);
  return {
    entriesWithUows: createEntries(connection),
    expireUows: (step) =>
      connection.writeTimed(() => {
        refuseEarlier(step.epoch);
        const uows = find(step);
        const counts = remove(uows);
        if (uows.length > 0) note({ step: step.id, entity: step.entity, uows, counts });
        return counts;
      }),
    expireTransitions: createExpireTransitions(connection, refuseEarlier),
  };
};

const createExpireTransitions = (
  connection: SqliteConnection,
  refuseEarlier: (epoch: number) => void,
): Store['expireTransitions'] => {
  const select = connection.prepare(`
    SELECT ${transitionTable.json} FROM transition
    WHERE entity_id = ?1 AND version > ?2
      AND version <= (SELECT max(version) FROM transition WHERE entity_id = ?1) - ?3
    ORDER BY version LIMIT ${EXPIRED_AT_ONCE}`);
  const remove = connection.prepare('DELETE FROM transition WHERE entity_id = ? AND version <= ?');
  const known = connection.prepare(
    `SELECT ${expiredJournalTable.json} FROM expired_journal WHERE entity = ?`,
  );
  const put = connection.prepare(replaceBy(expiredJournalTable));
  const removeEntry = createRemoveEntry(connection);
  const find = (step: JournalStep): JournalCut | undefined => {
    const row = known.get(step.entity);
    const journal = row && expiredJournalTable.parse(row);
    const kept = step.removed === undefined ? NEWEST_ROWS : 0;
    const rows = select.all(step.entity, journal?.version ?? 0, kept);
    return cutOf(journal, rows.map(transitionTable.parse), step);
  };
  return async (step) => {
    // To look costs no writer anything.
    if ((await connection.read(() => find(step))) === undefined) return undefined;
    return connection.writeTimed(() => {
      refuseEarlier(step.epoch);
      const cut = find(step);
      if (cut === undefined || (step.removed !== undefined && !removeEntry(step, step.removed)))
        return undefined;
      if (step.removed === undefined) put.run(...expiredJournalTable.values(cut.journal));
      remove.run(step.entity, cut.journal.version);
      return cut;
    });
  };
};

/** Deletes the record of an entry, if it is still removed, and what is on record of its history. */
const createRemoveEntry = (connection: SqliteConnection) => {
  const remove = connection.prepare(
    'DELETE FROM freerun_process WHERE process_name = ? AND entry_name = ? AND version = ? AND removed',
  );
  const removeBegin = connection.prepare('DELETE FROM expired_journal WHERE entity = ?');
  const find = connection.prepare(`SELECT ${expiredTable.json} FROM expired_history WHERE entity = ?`);
  const removeHistory = connection.prepare('DELETE FROM expired_history WHERE entity = ?');
  const put = connection.prepare(replaceBy(expiredTable));
  const historyOf = (entity: string): ExpiredRecord | undefined => {
    const row = find.get(entity);
    return row && expiredTable.parse(row);
  };
  return (
    { id: step, entity }: JournalStep,
    { processName, entryName, version }: NonNullable<JournalStep['removed']>,
  ): boolean => {
    if (remove.run(processName, entryName, version).changes === 0) return false;
    removeBegin.run(entity);
    const history = historyOf(entity);
    if (history === undefined) return true;
    removeHistory.run(entity);
    put.run(...expiredTable.values(addEntry(historyOf(processName), { processName, step }, history)));
    return true;
  };
};

/** From one entry to the next, so that it does not matter how many units each has. */
const createEntries = (connection: SqliteConnection): Store['entriesWithUows'] => {
  const next = connection.prepare(`
    SELECT process_name, entry_name FROM unit_of_work INDEXED BY uow_of_entry
    WHERE kind = 'freerun' AND (process_name, entry_name) > (?, ?) ORDER BY process_name, entry_name LIMIT 1`);
  return () =>
    connection.read(() => {
      const entries: EntryKey[] = [];
      for (let row = next.get('', ''); row !== undefined; row = next.get(...row)) {
        const [processName, entryName] = row as [string, string];
        entries.push({ processName, entryName });
      }
      return entries;
    });
};

/** Those of the units that may go, as they are. */
const createFind = (connection: SqliteConnection): ((step: ExpiryStep) => ExpiredUow[]) => {
  const select = connection.prepare(`
    SELECT json_group_array(json_object(
      'id', id, 'kind', kind, 'processName', process_name, 'timeperiod', timeperiod, 'state', state,
      'version', version, 'createdAt', created_at, 'finishedAt', finished_at))
    FROM (SELECT value ->> 'id' AS wanted, value ->> 'version' AS seen FROM json_each(?))
      CROSS JOIN unit_of_work ON id = wanted AND version = seen`);
  return ({ uows }) => {
    const found = JSON.parse(select.get(JSON.stringify(uows))?.[0] as string) as ExpiredUow[];
    return found.filter(({ state }) => isUowFinished(state));
  };
};

const createDelete = (connection: SqliteConnection) => {
  const deleteFrom = (table: string, column: string) =>
    connection.prepare(`DELETE FROM ${table} WHERE ${column} IN (SELECT value FROM json_each(?))`);
  const rows = deleteFrom('transition', 'entity_id');
  const lines = deleteFrom('log_record', 'parent_id');
  const reports = deleteFrom('rejected_report', 'id');
  const units = deleteFrom('unit_of_work', 'id');
  return (uows: readonly ExpiredUow[]): ExpiredBatch['counts'] => {
    const ids = JSON.stringify(uows.map(({ id }) => id));
    return {
      transitions: rows.run(ids).changes,
      lines: lines.run(ids).changes,
      reports: reports.run(ids).changes,
      uows: units.run(ids).changes,
    };
  };
};

const replaceBy = ({ insert }: { readonly insert: string }): string =>
  insert.replace('INSERT', 'INSERT OR REPLACE');

/** Adds to the records of what was deleted. */
const createNote = (connection: SqliteConnection) => {
  const known = connection.prepare(`SELECT ${expiredTable.json} FROM expired_history WHERE entity = ?`);
  const put = connection.prepare(replaceBy(expiredTable));
  const knownJob = connection.prepare(
    `SELECT ${expiredJobTable.json} FROM expired_job WHERE process_name = ? AND timeperiod = ?`,
  );
  const putJob = connection.prepare(replaceBy(expiredJobTable));
  return (batch: ExpiredBatch): void => {
    const row = known.get(batch.entity);
    put.run(...expiredTable.values(addBatch(row && expiredTable.parse(row), batch)));
    for (const job of unitsByJob(batch)) {
      const jobRow = knownJob.get(job.processName, job.timeperiod);
      putJob.run(
        ...expiredJobTable.values(addUnits(jobRow && expiredJobTable.parse(jobRow), job, batch.step)),
      );
    }
  };
};
