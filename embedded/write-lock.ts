import type { Database } from './open.ts';
import { isBusy, lockedError } from './sqlite.ts';

/** The right to write, which one process has at a time. */
export interface WriteLock {
  /**
   * Opens a write transaction. While another process has one, arranges for `again` to be called and answers
   * false; after too long a wait, throws `STORE_LOCKED`. SQLite's own waiting would block the event loop.
   */
  readonly begin: (again: () => void) => boolean;
}

// A foreign transaction lasts some milliseconds: look again in the next turn of the loop for so long, then seldom.
const SPIN = 20;
const REST = 2;

/** `patience`: milliseconds to wait for other programs' transactions. */
export const createWriteLock = (database: Database, file: string, patience: number): WriteLock => {
  let blockedSince: number | undefined;
  return {
    begin: (again) => {
      try {
        database.exec('BEGIN IMMEDIATE');
        blockedSince = undefined;
        return true;
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
      const now = performance.now();
      blockedSince ??= now;
      const blocked = now - blockedSince;
      if (blocked > patience) {
        blockedSince = undefined;
        throw lockedError(file, patience);
      }
      if (blocked < SPIN) setImmediate(again);
      else setTimeout(again, REST);
      return false;
    },
  };
};
