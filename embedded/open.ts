import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { SynergyError } from '../domain/errors.ts';
import { SCHEMA_VERSION, migrations } from './schema.ts';
import { isBusy, lockedError, prepare, toStoreError } from './sqlite.ts';

/** One connection to a database file. */
export type Database = InstanceType<typeof DatabaseSync>;

const RETRY_EVERY = 20;

/**
 * Opens the file, making it and its folder if need be, and brings its tables up to date. Waits `patience`
 * milliseconds for a file that another program holds. Throws `STORE_LOCKED`, `STORE_UNREADABLE` or, for a file
 * of a newer program, `STORE_VERSION`.
 */
export const openDatabase = async (file: string, patience: number): Promise<Database> => {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return openOnce(file);
    } catch (error) {
      if (!isBusy(error)) throw toStoreError(error, file);
      if (performance.now() > deadline) throw lockedError(file, patience);
    }
    await sleep(RETRY_EVERY);
  }
};

const openOnce = (file: string): Database => {
  mkdirSync(dirname(file), { recursive: true });
  // SQLite's own waiting would block the event loop: waiting is done by whoever calls.
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // Before anything is written, so that a file of somebody else stays as it is.
    checkVersion(database, file);
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA temp_store = MEMORY;
    `);
    migrate(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
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
