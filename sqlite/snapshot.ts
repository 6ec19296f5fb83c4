import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { makePrivateFile } from '../lib/os/private-folder.ts';
import { toStoreError } from './statement.ts';

/** Waits until what was written to a file, or made in a folder, is on the disk. */
export const syncPath = (path: string): void => {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/**
 * Writes what a database file holds at this instant into a file that is not there yet, and waits for the disk; others go
 * on writing meanwhile. It keeps this thread until it is done. Throws `STORE_UNREADABLE`.
 */
export const snapshotDatabase = (source: string, target: string): void => {
  makePrivateFile(target);
  const database = new DatabaseSync(source, { readOnly: true });
  try {
    database.prepare('VACUUM INTO ?').run(target);
  } catch (error) {
    throw toStoreError(error, source);
  } finally {
    database.close();
  }
  syncPath(target);
};
