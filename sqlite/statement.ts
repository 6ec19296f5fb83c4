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

/** Results that say: another connection is in the way, try again. Codes and texts: https://sqlite.org/rescode.html */
const busy: Readonly<Record<number, string>> = {
  5: 'database is locked',
  6: 'database table is locked',
  15: 'locking protocol',
};

/** Results that say: something is wrong with the file; with what to tell the person who runs this. */
const broken: Readonly<Record<number, { readonly text: string; readonly advice: string }>> = {
  8: {
    text: 'attempt to write a readonly database',
    advice: 'it is read-only: give this user the right to write to it and its folder',
  },
  10: {
    text: 'disk I/O error',
    advice: 'the disk reported an error: check it, then restore a backup if the file is damaged',
  },
  11: {
    text: 'database disk image is malformed',
    advice: 'its content is damaged: restore a backup, or move it away to begin anew',
  },
  13: {
    text: 'database or disk is full',
    advice: 'the disk is full: make room, everything stored so far is intact',
  },
  14: {
    text: 'unable to open database file',
    advice: 'it cannot be opened: check that its folder exists and this user may write there',
  },
  26: {
    text: 'file is not a database',
    advice: 'it is not a database of this program: move it away, or set another data folder',
  },
};

const texts = [
  ...Object.entries(busy),
  ...Object.entries(broken).map(([code, { text }]) => [code, text] as const),
];
const codeOfText = new Map(texts.map(([code, text]) => [text, Number(code)]));

/** Primary result code of an error of SQLite; the driver leaves the code out of the errors of `all`. */
const resultCode = (error: unknown): number => {
  if (!(error instanceof Error)) return 0;
  return 'errcode' in error ? Number(error.errcode) & 0xff : (codeOfText.get(error.message) ?? 0);
};

/** Another connection is in the way for now. */
export const isBusy = (error: unknown): boolean => resultCode(error) in busy;

/** The error to show: `STORE_UNREADABLE` for what SQLite cannot help, all else as it is. */
export const toStoreError = (error: unknown, file: string): Error => {
  const failure = broken[resultCode(error)];
  return failure === undefined
    ? (error as Error)
    : new SynergyError('STORE_UNREADABLE', `store ${file}: ${failure.advice}`, { cause: error });
};

/** The error of a caller that waited `ms` milliseconds for the file. */
export const lockedError = (file: string, ms: number): SynergyError =>
  new SynergyError(
    'STORE_LOCKED',
    `store ${file} was locked by another program for more than ${Math.round(ms / 1000)} s: close that program, then try again`,
  );
