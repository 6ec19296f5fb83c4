import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

/** A new empty folder that is removed when the tests end. */
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'synergy-'));
  folders.push(folder);
  return folder;
};

process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
