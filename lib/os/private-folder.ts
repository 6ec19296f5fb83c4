import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { SynergyError } from '../../domain/errors.ts';

/** Of files and folders that only their owner may read and write. */
export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** Rights of the group and of all others; to write, and any. */
const WRITE = 0o022;
const ANY = 0o077;

/** What a data folder holds of ours, by name: other files in it are their owner's business. */
const OURS = /^(synergy\.db.*|.+\.lock(-.+)?|unreadable-.+\.jsonl|event\.key(\..+)?|backups|bells|logs|run)$/;

const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;

const unsafe = (problem: string): SynergyError => new SynergyError('FOLDER_UNSAFE', problem);

const checkOwner = (path: string, { uid }: Stats, folder: string): void => {
  const own = process.getuid?.();
  if (own === undefined || uid === own) return;
  throw unsafe(
    `${quoted(path)} belongs to another user (${uid}, this is ${own}): run as that user, or hand it over with: sudo chown -R ${own} ${quoted(folder)}`,
  );
};

/** The error of a data folder that this user may not look into. */
export const closedFolder = (dataDir: string): SynergyError =>
  unsafe(
    `${quoted(dataDir)} may not be looked into by this user (${process.getuid?.()}): run as the user that it belongs to`,
  );

/** Takes the rights of all others from a file or folder of ours, and from what is in it. */
const mend = (path: string, dataDir: string): void => {
  // What a link leads to was put elsewhere by its owner.
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isSymbolicLink()) return;
  checkOwner(path, stats, dataDir);
  if ((stats.mode & ANY) !== 0) chmodSync(path, stats.isDirectory() ? PRIVATE_FOLDER : PRIVATE_FILE);
  if (stats.isDirectory()) for (const name of readdirSync(path)) mend(join(path, name), dataDir);
};

const forgiving = (act: () => void): void => {
  try {
    act();
  } catch (error) {
    // Gone meanwhile: another process of ours put it in place of another, or removed it.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
};

/**
 * Makes a data folder that only this user may look into: tokens of running units are in it, and a user who may open its
 * files may lock them. Mends the modes of a folder and of files of ours that are there already. Throws `FOLDER_UNSAFE`
 * for a folder of another user, or one that others may write to: they may have put anything into it.
 */
export const makePrivateFolder = (dataDir: string): void => {
  mkdirSync(dataDir, { recursive: true, mode: PRIVATE_FOLDER });
  if (process.getuid === undefined) return;
  const stats = statSync(dataDir);
  checkOwner(dataDir, stats, dataDir);
  if ((stats.mode & WRITE) !== 0) {
    throw unsafe(
      `data folder ${quoted(dataDir)} may be written to by other users: take that from them with: chmod -R go-rwx ${quoted(dataDir)}`,
    );
  }
  if ((stats.mode & ANY) !== 0) chmodSync(dataDir, PRIVATE_FOLDER);
  for (const name of readdirSync(dataDir))
    if (OURS.test(name)) forgiving(() => mend(join(dataDir, name), dataDir));
};

/** Makes a folder within a data folder. */
export const makePrivateSubfolder = (path: string): void => {
  mkdirSync(path, { recursive: true, mode: PRIVATE_FOLDER });
};

/**
 * Makes a file for SQLite that is not there yet, empty: what SQLite makes beside it gets the same mode. Where that does
 * not go, SQLite says better why.
 */
export const makePrivateFile = (path: string): void => {
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, 'a', PRIVATE_FILE));
  } catch {
    // A folder that is read-only, or gone.
  }
};
