import { jobKeyText } from '../../domain/model/entity.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Cause, JobChange, JobNote } from '../store.ts';
import { jobFields, jobTable } from './job-table.ts';
import type { Journal, Move } from './journal.ts';
import { columnOf, namesOf, preparePerFields, toValue } from './record-table.ts';

type Settable = JobChange['set'];

const fresh: Required<Settable> = { relatedUow: null, uowCount: 0, failures: 0, redo: false, consumed: null };

/** Changes of jobs, to be called in a transaction. */
export const createJobWriter = (connection: SqliteConnection, journal: Journal) => {
  const create = createCreate(connection);
  const update = createUpdate(connection);
  const note = connection.prepare(
    `${jobTable.insert} ON CONFLICT DO UPDATE SET failures = excluded.failures`,
  );
  return {
    /** False when the job is no longer where the change says; then nothing was written. */
    change: (change: JobChange, cause: Cause): boolean => {
      const { version, from, to, event } = change;
      if (!(version === 0 ? create(change) : update(change))) return false;
      const entityId = jobKeyText(change);
      const move: Move = { entityKind: 'job', entityId, version: version + 1, from, to, event, attempt: 0 };
      journal.append(move, cause);
      return true;
    },
    note: ({ processName, timeperiod, failures }: JobNote): void => {
      const record = { processName, timeperiod, state: 'EMBRYO', version: 0, ...fresh, failures } as const;
      note.run(...jobTable.values(record));
    },
  };
};

/** The first change of a job makes its record; one may be there already that was only made to keep notes. */
const createCreate = (connection: SqliteConnection) => {
  const insertSetting = preparePerFields<Settable>(connection, (names) => {
    const columns = ['state', 'version', ...names].map(columnOf);
    const assignments = columns.map((column) => `${column} = excluded.${column}`).join(', ');
    return `${jobTable.insert} ON CONFLICT DO UPDATE SET ${assignments} WHERE version = 0`;
  });
  return ({ processName, timeperiod, from, to: state, set }: JobChange): boolean => {
    if (from !== 'EMBRYO') return false;
    const record = { processName, timeperiod, state, version: 1, ...fresh, ...set };
    return insertSetting(namesOf(set)).run(...jobTable.values(record)).changes === 1;
  };
};

const createUpdate = (connection: SqliteConnection) => {
  const updateSetting = preparePerFields<Settable>(connection, (names) => {
    const assignments = ['state', 'version', ...names].map((name) => `${columnOf(name)} = ?`).join(', ');
    return `UPDATE job SET ${assignments} WHERE process_name = ? AND timeperiod = ? AND state = ? AND version = ?`;
  });
  return ({ processName, timeperiod, from, to, version, set }: JobChange): boolean => {
    const names = namesOf(set);
    const values = [to, version + 1, ...names.map((name) => toValue(jobFields[name], set[name]))];
    return updateSetting(names).run(...values, processName, timeperiod, from, version).changes === 1;
  };
};
