import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Transaction } from '../../sqlite/batch.ts';
import { createCollections } from '../collection-rows.ts';
import { withCollections } from '../collection-state.ts';
import { movingFitValues, takingFitValues } from '../fit-values.ts';
import type { Cause, Write, WriteGroup } from '../store.ts';
import type { MovableStore } from '../transfer.ts';
import { createRowsOf } from './collection-rows.ts';
import { createData } from './data.ts';
import { createEpochs } from './epochs.ts';
import { createJobFinder } from './job-finder.ts';
import { createJobWriter } from './job-writer.ts';
import type { JobWriter } from './job-writer.ts';
import { createJournal } from './journal.ts';
import { tryLock } from './lock.ts';
import { createLogs } from './logs.ts';
import { createTransfer } from './transfer.ts';
import { createUnreadable } from './unreadable.ts';
import { createUowFinder } from './uow-finder.ts';
import { createUowWriter } from './uow-writer.ts';
import type { UowWriter } from './uow-writer.ts';
import { createClaims } from './claims.ts';

/** The store on one SQLite file, shared by the processes of a machine. Closing it closes the engine. */
export const createEmbeddedStore = (connection: SqliteConnection): MovableStore => {
  const rowsOf = createRowsOf(connection);
  const journal = createJournal(connection);
  const { refuseEarlier, ...epochs } = createEpochs(connection);
  const apply = createApply(createJobWriter(connection, journal), createUowWriter(connection, journal));
  return takingFitValues({
    name: 'embedded',
    server: null,
    capabilities: { atomicGroups: true, shared: false, commitLog: connection.file },
    commit: (groups) =>
      connection.write((transaction) => {
        refuseEarlier(groups);
        return groups.map((group) => commitGroup(group, apply, transaction));
      }),
    ...epochs,
    repair: () => Promise.resolve(0),
    ...createUnreadable(connection, rowsOf),
    journal: journal.find,
    countFinishedJobs: journal.countFinishedJobs,
    ...createJobFinder(connection),
    ...createUowFinder(connection),
    ...createClaims(connection, journal),
    ...createLogs(connection),
    ...createCollections(rowsOf),
    data: createData(connection),
    transfer: movingFitValues(withCollections(createTransfer(connection), rowsOf)),
    tryLock: (name) => Promise.resolve(tryLock(connection.dataDir, name)),
    close: connection.close,
  });
};

type Apply = (write: Write, cause: Cause) => boolean;

const createApply =
  (jobs: JobWriter, uows: UowWriter): Apply =>
  (write, cause) => {
    switch (write.kind) {
      case 'job':
        return jobs.change(write, cause);
      case 'uow-insert':
        return uows.insert(write, cause);
      case 'uow':
        return uows.change(write, cause);
      case 'job-note':
        jobs.note(write);
        return true;
      case 'uow-note':
        uows.note(write);
        return true;
    }
  };

const commitGroup = (
  { writes, cause }: WriteGroup,
  apply: Apply,
  transaction: Transaction,
): 'applied' | 'conflict' =>
  transaction.allOrNone(writes, (write) => apply(write, cause)) ? 'applied' : 'conflict';
