import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBell } from './bell.ts';
import type { Bell } from './bell.ts';
import { createGroupCommit } from './group-commit.ts';
import type { Work } from './batch.ts';
import { openDatabase } from './open.ts';
import { isBusy, lockedError, prepare, toStoreError } from './sqlite.ts';
import type { Statement } from './sqlite.ts';

/** The one connection of this process to the store's file; store and queue share it, and so their commits. */
export interface Engine {
  readonly file: string;
  readonly dataDir: string;
  readonly bell: Bell;
  /** To be called once per statement, at creation of whatever uses it. */
  readonly prepare: (sql: string) => Statement;
  /** Resolves when the writes are on the disk, see `GroupCommit`. */
  readonly write: <T>(work: Work<T>) => Promise<T>;
  /** Reads what is committed. */
  readonly read: <T>(work: () => T) => Promise<T>;
  /** Within `write`: rings the bell once the transaction is committed, for all who called for it. */
  readonly ringOnCommit: (name: string) => void;
  /** Finishes the writes under way, then closes the file. */
  readonly close: () => Promise<void>;
}

export interface EngineOptions {
  /** Milliseconds to wait at opening for a file that another program holds. */
  readonly openPatience?: number;
  /** The same for each write afterwards. */
  readonly writePatience?: number;
}

/** Opens `<dataDir>/synergy.db`. Errors: see `openDatabase`. */
export const openEngine = async (dataDir: string, options: EngineOptions = {}): Promise<Engine> => {
  const { openPatience = 5_000, writePatience = 30_000 } = options;
  const file = join(dataDir, 'synergy.db');
  const database = await openDatabase(file, openPatience);
  const bell = createBell(join(dataDir, 'bells'));
  const toRing = new Set<string>();
  const commits = createGroupCommit({
    database,
    file,
    patience: writePatience,
    onCommit: () => {
      toRing.forEach(bell.ring);
      toRing.clear();
    },
  });
  return {
    file,
    dataDir,
    bell,
    prepare: (sql) => prepare(database, sql),
    write: commits.write,
    read: (work) => readPatiently(work, file, writePatience),
    ringOnCommit: (name) => void toRing.add(name),
    close: async () => {
      await commits.close();
      bell.close();
      if (database.isOpen) database.close();
    },
  };
};

/** Readers are in nobody's way but for moments, as when the first process after a crash recovers the file. */
const readPatiently = async <T>(work: () => T, file: string, patience: number): Promise<T> => {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw toStoreError(error, file);
      if (performance.now() > deadline) throw lockedError(file, patience);
    }
    await sleep(1);
  }
};

interface Shared {
  readonly engine: Promise<Engine>;
  users: number;
}

const shared = new Map<string, Shared>();

/** The engine of this process for a data folder, opened when first asked for; `close` is for the last user. */
export const shareEngine = async (dataDir: string): Promise<Engine> => {
  const key = resolve(dataDir);
  const entry = shared.get(key) ?? { engine: openEngine(dataDir), users: 0 };
  shared.set(key, entry);
  entry.users++;
  const leave = async (close: (engine: Engine) => Promise<void>): Promise<void> => {
    if (--entry.users > 0) return;
    shared.delete(key);
    await close(await entry.engine);
  };
  try {
    const engine = await entry.engine;
    let closing: Promise<void> | undefined;
    return { ...engine, close: () => (closing ??= leave((last) => last.close())) };
  } catch (error) {
    shared.delete(key);
    throw error;
  }
};
