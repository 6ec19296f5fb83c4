import type { Database } from './open.ts';
import { isBusy, lockedError } from './statement.ts';

/**
 * Takes the right to write, which one process has at a time: opens a write transaction, whose commit waits for the disk if
 * `durable`. While another process has one, arranges for `again` to be called and answers false; after too long a wait,
 * throws `STORE_LOCKED`. SQLite's own waiting would block the event loop.
 */
export type BeginWrite = (durable: boolean, again: () => void) => boolean;

// A foreign transaction may end at any moment, for so long: look again in the next turn of the loop, then seldom.
const SPIN = 1;
const REST = 1;

/** `patience`: milliseconds to wait for other programs' transactions. */
export const createBeginWrite = (database: Database, file: string, patience: number): BeginWrite => {
  const open = createOpen(database);
  let blockedSince: number | undefined;
  return (durable, again) => {
    if (open(durable)) {
      blockedSince = undefined;
      return true;
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
  };
};

/** False while another process is writing. */
const createOpen = (database: Database): ((durable: boolean) => boolean) => {
  let synchronous = true;
  return (durable) => {
    // Has to be said before the transaction.
    if (durable !== synchronous) database.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
    synchronous = durable;
    try {
      database.exec('BEGIN IMMEDIATE');
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
  };
};
