import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE, closedFolder, makePrivateSubfolder } from '../lib/os/private-folder.ts';
import { identify } from '../lib/os/process-stat.ts';
import type { ProcessIdentity } from '../lib/os/process-stat.ts';

/** What a supervisor that takes over has to know of how a service was begun. */
export interface Begun {
  /** Of the settings and the version it was begun with. */
  readonly digest: string;
  readonly restarts: number;
  readonly lastExit: string | null;
  /** Instant of the last request of the user that was taken into account, ms. */
  readonly requestedAt: number;
}

/** A running process of ours, as its pid file tells. */
export interface ServiceFile extends ProcessIdentity {
  /** `supervisor`, `scheduler`, `worker`, or the processes that a worker in the foreground serves. */
  readonly service: string;
  /** Lease owner; null for the supervisor. */
  readonly owner: string | null;
  /** In the environment of everything it starts; null where the supervisor need not find that again. */
  readonly mark: string | null;
  /** Instant, ms. */
  readonly startedAt: number;
  /** Whether a supervisor restarts it. */
  readonly supervised: boolean;
  /** Left out for what no supervisor has begun. */
  readonly begun?: Begun;
  /** Command line, variables and folder with which `restart` brings it up again; the variables may hold passwords. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
}

export const runFolder = (dataDir: string): string => join(dataDir, 'run');

/** Characters of a service's name that a file name keeps; file systems allow 255 bytes, with ending and `.new`. */
const LONGEST = 150;

/** Workers in the foreground are named after all they serve: a long name is cut, and told apart by its digest. */
const fileName = (service: string): string => {
  if (service.length <= LONGEST) return `${service}.json`;
  const digest = createHash('sha256').update(service).digest('hex').slice(0, 16);
  return `${service.slice(0, LONGEST)}~${digest}.json`;
};

const pathOf = (dataDir: string, service: string): string => join(runFolder(dataDir), fileName(service));

/** Makes the folder of pid files and of the supervisor's socket, closed to other users. */
export const makeRunFolder = (dataDir: string): void => {
  makePrivateSubfolder(runFolder(dataDir));
};

/** Written aside and moved, so that no reader sees half of it; readable by its owner alone. */
export const writeServiceFile = (dataDir: string, file: ServiceFile): void => {
  makeRunFolder(dataDir);
  const path = pathOf(dataDir, file.service);
  writeFileSync(`${path}.new`, `${JSON.stringify(file)}\n`, { mode: PRIVATE_FILE });
  renameSync(`${path}.new`, path);
};

/** Writes the pid file of this very process, which no supervisor restarts; returns its identity. */
export const writeOwnServiceFile = (
  dataDir: string,
  service: string,
  launch: Pick<ServiceFile, 'argv' | 'environment'>,
): ProcessIdentity => {
  const identity = identify(process.pid) ?? { pid: process.pid, startTime: '' };
  const file = { ...identity, service, owner: null, mark: null, startedAt: Date.now(), supervised: false };
  writeServiceFile(dataDir, { ...file, ...launch, folder: process.cwd() });
  return identity;
};

const readFile = (path: string): ServiceFile | undefined => {
  try {
    const { unit, ...file } = JSON.parse(readFileSync(path, 'utf8')) as ServiceFile & { unit?: string };
    // An earlier version called a service a unit.
    return unit === undefined ? file : { ...file, service: unit };
  } catch {
    return undefined;
  }
};

export const readServiceFile = (dataDir: string, service: string): ServiceFile | undefined =>
  readFile(pathOf(dataDir, service));

/** Where it cannot be removed it stays: the file of a process that is gone is taken for nothing else. Never throws. */
export const removeServiceFile = (dataDir: string, service: string): void => {
  try {
    rmSync(pathOf(dataDir, service), { force: true });
  } catch {
    // As above.
  }
};

/** All pid files, of the living and the dead. Throws `FOLDER_UNSAFE` where this user may not see them. */
export const serviceFiles = (dataDir: string): ServiceFile[] => {
  let names: string[];
  try {
    names = readdirSync(runFolder(dataDir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw closedFolder(dataDir);
    return [];
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFile(join(runFolder(dataDir), name)))
    .filter((file) => file !== undefined);
};
