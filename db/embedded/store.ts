import type { SqliteConnection } from '../../sqlite/connection.ts';
import { createCollections } from '../collection-rows.ts';
import { withCollections } from '../collection-state.ts';
import { lowestEpoch } from '../epoch.ts';
import { movingFitValues, takingFitValues } from '../fit-values.ts';
import type { Cause, Write } from '../store.ts';
import type { MovableStore } from '../transfer.ts';
import { createRowsOf } from './collection-rows.ts';
import { createData } from './data.ts';
import { createEpochs } from './epochs.ts';
import { createExpiry } from './expiry.ts';
import { createJobFinder } from './job-finder.ts';
import { createJobWriter } from './job-writer.ts';
import { createJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import { tryLock } from './lock.ts';
import { createLogs } from './logs.ts';
import { createMembers } from './members.ts';
import { createSpace } from './space.ts';
import { createRecordWriter } from './record-writer.ts';
import type { RecordWriter } from './record-writer.ts';
import { createTransfer } from './transfer.ts';
import { createUnreadable } from './unreadable.ts';
import { createUowFinder } from './uow-finder.ts';
import { createUowWriter } from './uow-writer.ts';
import { createClaims } from './claims.ts';

/** The store on one SQLite file, shared by the processes of a machine. Closing it closes the engine. */
export const createEmbeddedStore = (connection: SqliteConnection): MovableStore => {
  const rowsOf = createRowsOf(connection);
  const journal = createJournal(connection);
  const { refuseEarlier, ...epochs } = createEpochs(connection);
  const changeRecord = createRecordWriter(connection, journal);
  const apply = createApply(connection, journal, changeRecord);
  return takingFitValues({
    name: 'embedded',
    server: null,
    capabilities: { atomicGroups: true, shared: false, commitLog: connection.file },
    commit: (groups) =>
      connection.write(({ allOrNone }) => {
        refuseEarlier(lowestEpoch(groups));
        return groups.map(({ writes, cause }) =>
          allOrNone(writes, (write) => apply(write, cause)) ? 'applied' : 'conflict',
        );
      }),
    ...epochs,
    repair: () => Promise.resolve(0),
    ...createUnreadable(connection, rowsOf, changeRecord),
    journal: journal.find,
    countFinishedJobs: journal.countFinishedJobs,
    journalReach: journal.reach,
    ...createJobFinder(connection),
    ...createUowFinder(connection),
    ...createClaims(connection, journal),
    ...createLogs(connection),
    ...createMembers(connection),
    ...createExpiry(connection, refuseEarlier),
    ...createSpace(connection),
    ...createCollections(rowsOf),
    data: createData(connection),
    transfer: movingFitValues(withCollections(createTransfer(connection), rowsOf)),
    tryLock: (name) => Promise.resolve(tryLock(connection.dataDir, name)),
    close: connection.close,
  });
};

/** Applies one write; false is a conflict. */
const createApply = (connection: SqliteConnection, journal: Journal, changeRecord: RecordWriter) => {
  const jobs = createJobWriter(connection, journal);
  const uows = createUowWriter(connection, journal);
  return (write: Write, cause: Cause): boolean => {
    switch (write.kind) {
      case 'job':
        return jobs.change(write, cause);
      case 'uow-insert':
        return uows.insert(write, cause);
      case 'uow':
        return uows.change(write, cause);
      case 'record':
        return changeRecord(write, cause);
      case 'job-note':
        jobs.note(write);
        return true;
      case 'uow-note':
        uows.note(write);
        return true;
    }
  };
};
