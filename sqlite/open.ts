import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { SynergyError } from '../domain/errors.ts';
import { makePrivateFile, makePrivateFolder } from '../lib/os/private-folder.ts';
import { retryBusy } from './retry-busy.ts';
import { SCHEMA_VERSION, migrations } from './schema.ts';
import { prepare } from './statement.ts';

/** One connection to a database file. */
export type Database = InstanceType<typeof DatabaseSync>;

/**
 * Opens the file, making it and its folder if need be, and brings its tables up to date. Waits `patience`
 * milliseconds for a file that another program holds. Throws `STORE_LOCKED`, `STORE_UNREADABLE`, `FOLDER_UNSAFE`
 * or, for a file of a newer program, `STORE_VERSION`.
 */
export const openDatabase = async (file: string, patience: number): Promise<Database> => {
  makeFolder(file);
  // SQLite's own waiting would block the event loop: the caller waits.
  const database = await retryBusy(() => new DatabaseSync(file, { timeout: 0 }), file, patience);
  try {
    await retryBusy(() => setUp(database, file), file, patience);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

/**
 * Closes the connection. The driver cannot finalize statements, so SQLite really closes the file only when they
 * are collected; what the write-ahead log holds is moved into the file here.
 */
export const closeDatabase = (database: Database): void => {
  try {
    prepare(database, 'PRAGMA wal_checkpoint(TRUNCATE)').get();
  } catch {
    // It is as safe in the log: the next to open the file finds it there.
  }
  database.close();
};

const makeFolder = (file: string): void => {
  try {
    makePrivateFolder(dirname(file));
    makePrivateFile(file);
  } catch (error) {
    if (error instanceof SynergyError) throw error;
    throw new SynergyError(
      'STORE_UNREADABLE',
      `store ${file}: its folder cannot be made: check the path and this user's rights`,
      { cause: error },
    );
  }
};

const setUp = (database: Database, file: string): void => {
  // Before anything is written, so that a file of another program stays as it is.
  checkVersion(database, file);
  // The first two count for a new file alone, and have to come before all else.
  database.exec(`
    PRAGMA page_size = 8192;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16000;
  `);
  migrate(database, file);
};

const migrate = (database: Database, file: string): void => {
  if (checkVersion(database, file) === SCHEMA_VERSION) return;
  database.exec('BEGIN IMMEDIATE');
  // Read again under the lock: another process may have been faster.
  for (const step of migrations.slice(checkVersion(database, file))) database.exec(step);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  database.exec('COMMIT');
};

const checkVersion = (database: Database, file: string): number => {
  const read = (sql: string): number => Number(prepare(database, sql).get()?.[0]);
  const version = read('PRAGMA user_version');
  if (version > SCHEMA_VERSION) {
    throw new SynergyError(
      'STORE_VERSION',
      `store ${file} has schema version ${version}, this program knows up to ${SCHEMA_VERSION}: install the newer version, or set another data folder`,
    );
  }
  if (version === 0 && read('SELECT count(*) FROM sqlite_schema') > 0) {
    throw new SynergyError(
      'STORE_UNREADABLE',
      `store ${file} is a database of another program: move it away, or set another data folder`,
    );
  }
  return version;
};
