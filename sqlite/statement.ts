import type { DatabaseSync } from '@photostructure/sqlite';
import { SynergyError } from '../domain/errors.ts';

/** What is bound to a parameter and read from a column. */
export type Value = string | number | null;
export type Row = readonly Value[];

/** A prepared statement that answers rows as arrays, in the order of the SELECT list. */
export interface Statement {
  /** Runs a write and tells how many rows it changed. */
  run(...values: readonly Value[]): { readonly changes: number };
  /** The first row. Runs a write as well, in two thirds of the time, when the number of changes is not asked for. */
  get(...values: readonly Value[]): Row | undefined;
  all(...values: readonly Value[]): Row[];
}

/** Prepares a statement once for many runs. */
export const prepare = (database: InstanceType<typeof DatabaseSync>, sql: string): Statement => {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
};

/** Texts of results that say: another connection is in the way, try again. See https://sqlite.org/rescode.html */
const busy = ['database is locked', 'database table is locked', 'locking protocol'];

/** Texts of results that say: something is wrong with the file; with what to tell the person who runs this. */
const broken: Readonly<Record<string, string>> = {
  'attempt to write a readonly database':
    'it is read-only: give this user the right to write to it and its folder',
  'disk I/O error': 'the disk reported an error: check it, then restore a backup if the file is damaged',
  'database disk image is malformed':
    'its content is damaged: restore a backup, or move it away to begin anew',
  'database or disk is full': 'the disk is full: make room, everything stored so far is intact',
  'unable to open database file':
    'it cannot be opened: check that its folder exists and this user may write there',
  'file is not a database': 'it is not a database of this program: move it away, or set another data folder',
};

/** SQLite's text for the primary result code of an error; the driver gives those of `all` nothing but that for a message. */
const resultText = (error: unknown): string =>
  error instanceof Error ? String('errstr' in error ? error.errstr : error.message) : '';

/** Another connection is in the way for now. */
export const isBusy = (error: unknown): boolean => busy.includes(resultText(error));

/** The error to show: `STORE_UNREADABLE` for what SQLite cannot help, all else as it is. */
export const toStoreError = (error: unknown, file: string): Error => {
  const advice = broken[resultText(error)];
  return advice === undefined
    ? (error as Error)
    : new SynergyError('STORE_UNREADABLE', `store ${file}: ${advice}`, { cause: error });
};

/** The error of a caller that waited `ms` milliseconds for the file. */
export const lockedError = (file: string, ms: number): SynergyError =>
  new SynergyError(
    'STORE_LOCKED',
    `store ${file} was locked by another program for more than ${Math.round(ms / 1000)} s: close that program, then try again`,
  );
