import { join, resolve } from 'node:path';
import { SynergyError } from '../domain/errors.ts';
import { createNotifier } from './notifier.ts';
import { createGroupCommit } from './group-commit.ts';
import { closeDatabase, openDatabase } from './open.ts';
import { createTimedWrite } from './timed-write.ts';
import { retryBusy } from './retry-busy.ts';
import { prepare } from './statement.ts';
import type { Statement } from './statement.ts';

/** Milliseconds to wait at opening for a file that another program holds. */
const OPEN_PATIENCE = 5_000;
/** The same for each write and read afterwards. */
const PATIENCE = 30_000;

/** The one connection of this process to the store's file; store and queue share it, and so their commits. */
export type SqliteConnection = Awaited<ReturnType<typeof openConnection>>;

/** Opens `<dataDir>/synergy.db`. Errors: see `openDatabase`. */
export const openConnection = async (dataDir: string) => {
  const file = join(dataDir, 'synergy.db');
  const database = await openDatabase(file, OPEN_PATIENCE);
  const bell = createNotifier(join(dataDir, 'bells'));
  const statements = new Map<string, Statement>();
  const toRing = new Set<string>();
  const commits = createGroupCommit({
    database,
    file,
    patience: PATIENCE,
    onCommit: () => {
      toRing.forEach(bell.ring);
      toRing.clear();
    },
  });
  return {
    file,
    dataDir,
    bell,
    /** The same text is prepared once. */
    prepare: (sql: string): Statement => {
      const statement = statements.get(sql) ?? prepare(database, sql);
      statements.set(sql, statement);
      return statement;
    },
    write: commits.write,
    writeLightly: commits.writeLightly,
    ...createTimedWrite(commits),
    /** Reads what is committed. */
    // Readers block a writer for moments only, as when the first process after a crash recovers the file.
    read: <T>(work: () => T): Promise<T> =>
      database.isOpen
        ? retryBusy(work, file, PATIENCE)
        : Promise.reject(new SynergyError('STOPPED', `store ${file} is closed`)),
    /** Within `write`: rings the bell once the transaction is committed, for all who called for it. */
    ringOnCommit: (name: string): void => void toRing.add(name),
    /** Finishes the writes under way, then closes the file. */
    close: async (): Promise<void> => {
      await commits.close();
      bell.close();
      if (database.isOpen) closeDatabase(database);
    },
  };
};

interface Shared {
  readonly connection: Promise<SqliteConnection>;
  users: number;
}

const shared = new Map<string, Shared>();

/** The engine of this process for a data folder, opened when first asked for; `close` is for the last user. */
export const shareConnection = async (dataDir: string): Promise<SqliteConnection> => {
  const key = resolve(dataDir);
  const entry = shared.get(key) ?? { connection: openConnection(dataDir), users: 0 };
  shared.set(key, entry);
  entry.users++;
  try {
    const connection = await entry.connection;
    const leave = async (): Promise<void> => {
      if (--entry.users > 0) return;
      shared.delete(key);
      await connection.close();
    };
    let closing: Promise<void> | undefined;
    return { ...connection, close: () => (closing ??= leave()) };
  } catch (error) {
    shared.delete(key);
    throw error;
  }
};
