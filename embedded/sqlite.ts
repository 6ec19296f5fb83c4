import type { DatabaseSync } from '@photostructure/sqlite';
import { SynergyError } from '../domain/errors.ts';

/** What is bound to a parameter and read from a column. */
export type Value = string | number | null;
export type Row = readonly Value[];

/** A prepared statement that answers rows as arrays, in the order of the SELECT list. */
export interface Statement {
  run(...values: readonly Value[]): { readonly changes: number };
  get(...values: readonly Value[]): Row | undefined;
  all(...values: readonly Value[]): Row[];
}

/** Prepares a statement once for many runs. */
export const prepare = (database: InstanceType<typeof DatabaseSync>, sql: string): Statement => {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
};

// Primary result codes, https://sqlite.org/rescode.html; PROTOCOL is a lost race for the WAL's locks.
const BUSY = 5;
const LOCKED = 6;
const PROTOCOL = 15;

/** What a result code means for the person who runs this. */
const unreadable: Readonly<Record<number, string>> = {
  8: 'it is read-only: give this user the right to write to it and its folder',
  10: 'the disk reported an error: check it, then restore a backup if the file is damaged',
  11: 'its content is damaged: restore a backup, or move it away to begin anew',
  13: 'the disk is full: make room, everything stored so far is intact',
  14: 'it cannot be opened: check that its folder exists and this user may write there',
  26: 'it is not a database of this program: move it away, or set another data folder',
};

const primaryCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;

/** Another connection is in the way for now. */
export const isBusy = (error: unknown): boolean => {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED || code === PROTOCOL;
};

/** The error to show: `STORE_UNREADABLE` for what SQLite cannot help, all else as it is. */
export const toStoreError = (error: unknown, file: string): Error => {
  const reason = unreadable[primaryCode(error) ?? 0];
  return reason === undefined
    ? (error as Error)
    : new SynergyError('STORE_UNREADABLE', `store ${file}: ${reason}`, { cause: error });
};

/** The error of somebody who waited `ms` milliseconds for the file. */
export const lockedError = (file: string, ms: number): SynergyError =>
  new SynergyError(
    'STORE_LOCKED',
    `store ${file} was locked by another program for more than ${Math.round(ms / 1000)} s: close that program, then try again`,
  );
