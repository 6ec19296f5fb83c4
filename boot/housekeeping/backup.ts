import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../domain/clock.ts';
import { makePrivateSubfolder } from '../../lib/os/private-folder.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { HousekeepingResult } from '../../scheduler/maintenance/housekeeping.ts';
import type { Settings } from '../../settings.ts';
import { snapshotDatabase, syncPath } from '../../sqlite/snapshot.ts';

type BackupSettings = Pick<Settings, 'dataDir' | 'housekeepingBackupDir' | 'housekeepingBackupKeep'>;

/** A backup by its instant, and one that was not finished. */
const BACKUP = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/;
const PARTIAL = /^\d{4}-\d\d-\d\dT.*Z\.partial$/;

/** A folder name that sorts by time. */
const nameOf = (instant: number): string => new Date(instant).toISOString().replaceAll(':', '-');

/**
 * Puts a backup of the embedded store beside those before it, each a data folder that `synergy db copy` takes for its
 * source, and removes the oldest beyond `housekeepingBackupKeep`. A backup has its name once it is whole and on the disk.
 */
export const backUpStore = (
  {
    dataDir,
    housekeepingBackupDir: folder = join(dataDir, 'backups'),
    housekeepingBackupKeep,
  }: BackupSettings,
  clock: Clock = systemClock,
): HousekeepingResult => {
  makePrivateSubfolder(folder);
  const remove = (name: string): void => rmSync(join(folder, name), { recursive: true });
  // Of a process that was killed.
  readdirSync(folder)
    .filter((name) => PARTIAL.test(name))
    .forEach(remove);
  const now = clock.now();
  const path = join(folder, nameOf(now));
  const partial = `${path}.partial`;
  makePrivateSubfolder(partial);
  const file = join(partial, 'synergy.db');
  try {
    snapshotDatabase(join(dataDir, 'synergy.db'), file);
  } catch (error) {
    rmSync(partial, { recursive: true });
    throw error;
  }
  const bytes = statSync(file).size;
  syncPath(partial);
  renameSync(partial, path);
  syncPath(folder);
  const backups = readdirSync(folder)
    .filter((name) => BACKUP.test(name))
    .sort();
  // Backups of a clock that was ahead would be the newest for as long: they count for nothing, and a user looks at them.
  const own = nameOf(now);
  const past = backups.filter((name) => name <= own);
  const old = past.slice(0, -housekeepingBackupKeep);
  old.forEach(remove);
  const findings = backups
    .slice(past.length)
    .map((name) => `backup ${name} is of the future: delete it, or keep it elsewhere`);
  return { counts: { bytes, kept: backups.length - old.length, removed: old.length }, findings };
};
