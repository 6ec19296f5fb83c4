import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { isBusy, toStoreError } from '../../sqlite/statement.ts';
import { makePrivateFile } from '../../lib/os/private-folder.ts';
import type { Lock } from '../store.ts';

/**
 * Takes the lock `<dataDir>/<name>.lock` or answers undefined. It is a database of its own with an exclusive
 * transaction left open: the system drops that with the process, however it ends.
 */
export const tryLock = (dataDir: string, name: string): Lock | undefined => {
  const file = join(dataDir, `${encodeURIComponent(name)}.lock`);
  makePrivateFile(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw toStoreError(error, file);
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
      return Promise.resolve();
    },
  };
};
