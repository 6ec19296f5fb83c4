import { once } from 'node:events';
import { chmodSync, mkdtempSync, readlinkSync, rmSync, rmdirSync, symlinkSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeRunFolder, runFolder } from '../service-file.ts';

/** Longest path of a Unix socket in bytes: 104 with the final zero on macOS, 108 on Linux. */
const LONGEST = 103;
const NAME = 'supervisor.sock';

const placeIn = (dataDir: string): string => join(runFolder(dataDir), NAME);

/** Where the supervisor of a data folder listens: in its run folder, or where a link of that name there leads. */
export const socketPath = (dataDir: string): string => {
  const place = placeIn(dataDir);
  try {
    return readlinkSync(place);
  } catch {
    return place;
  }
};

/** Also takes away the folder of a socket that had to be put elsewhere. */
const removeSocket = (dataDir: string): void => {
  const place = placeIn(dataDir);
  const path = socketPath(dataDir);
  rmSync(place, { force: true });
  if (path === place) return;
  rmSync(path, { force: true });
  try {
    rmdirSync(dirname(path));
  } catch {
    // There is something else in it, or it went with the last boot.
  }
};

const listenAt = async (server: Server, path: string): Promise<void> => {
  // The system would cut it.
  if (Buffer.byteLength(path) > LONGEST) throw new Error(`'${path}' is too long for a socket`);
  await once(server.listen(path), 'listening');
  chmodSync(path, 0o600);
};

/**
 * Listens for the services of a data folder, for this user only. Where the run folder cannot hold a socket (its path is too
 * long, its file system knows none) a private folder of the system's temporary one does. Returns what undoes it.
 */
export const listenForServices = async (server: Server, dataDir: string): Promise<() => void> => {
  makeRunFolder(dataDir);
  removeSocket(dataDir);
  const place = placeIn(dataDir);
  try {
    await listenAt(server, place);
  } catch {
    const path = join(mkdtempSync(join(tmpdir(), 'synergy-run-')), NAME);
    await listenAt(server, path);
    symlinkSync(path, place);
  }
  return () => {
    try {
      removeSocket(dataDir);
    } catch {
      // On a file system that has become read-only it stays, and the next one to listen takes it away.
    }
  };
};
