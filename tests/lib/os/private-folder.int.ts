import assert from 'node:assert/strict';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '../../../boot/logger.ts';
import { tryLock } from '../../../db/embedded/lock.ts';
import { openConnection } from '../../../sqlite/connection.ts';
import { makePrivateFolder } from '../../../lib/os/private-folder.ts';
import { writeOwnServiceFile } from '../../../supervisor/service-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

/** Modes of all files and folders within, by path. */
const modesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => [
      name,
      modeOf(join(folder, name)),
    ]),
  );

describe('a data folder', () => {
  let folder: string;
  let umask: number;
  beforeEach(() => {
    folder = join(tempFolder(), 'data');
    umask = process.umask(0);
  });
  afterEach(() => process.umask(umask));

  it('is for its owner alone, whatever the umask, with every file that is made in it', async () => {
    const engine = await openConnection(folder);
    engine.bell.ring('queue');
    await engine.write(() => undefined);
    const lock = tryLock(folder, 'scheduler');
    const log = createLogger({ dataDir: folder, logLevel: 'info' }, 'unit');
    log.info('a'.repeat(6_000_000));
    log.info('b'.repeat(6_000_000));
    log.info('c');
    await log.close();
    writeOwnServiceFile(folder, 'unit', { argv: [], environment: {} });
    const modes = modesIn(folder);
    await lock?.release();
    await engine.close();
    assert.equal(modeOf(folder), '700');
    const folders = ['bells', 'logs', 'run'];
    for (const [name, mode] of Object.entries(modes))
      assert.equal(mode, folders.includes(name) ? '700' : '600', name);
    for (const name of ['synergy.db', 'synergy.db-wal', 'synergy.db-shm', 'scheduler.lock', ...folders])
      assert.ok(name in modes, name);
    assert.ok(Object.keys(modes).filter((name) => name.startsWith('logs/')).length >= 2, 'a rotated log');
  });

  it('that others may read is mended, with the files of ours in it', () => {
    mkdirSync(join(folder, 'logs'), { recursive: true });
    mkdirSync(join(folder, 'mine'));
    for (const name of ['synergy.db', 'synergy.db-wal', 'scheduler.lock', 'logs/worker1.log', 'mine/notes'])
      writeFileSync(join(folder, name), '', { mode: 0o644 });
    const outside = join(tempFolder(), 'outside');
    writeFileSync(outside, '', { mode: 0o644 });
    symlinkSync(outside, join(folder, 'logs', 'linked.log'));
    chmodSync(folder, 0o755);
    makePrivateFolder(folder);
    assert.equal(modeOf(folder), '700');
    assert.equal(modeOf(join(folder, 'logs')), '700');
    for (const name of ['synergy.db', 'synergy.db-wal', 'scheduler.lock', 'logs/worker1.log'])
      assert.equal(modeOf(join(folder, name)), '600', name);
    assert.equal(modeOf(join(folder, 'mine', 'notes')), '644');
    assert.equal(modeOf(outside), '644');
  });

  it('that others may write to is refused, with the command that mends it', () => {
    mkdirSync(folder);
    for (const mode of [0o770, 0o702, 0o1777]) {
      chmodSync(folder, mode);
      assert.throws(() => makePrivateFolder(folder), {
        code: 'FOLDER_UNSAFE',
        message: `data folder '${folder}' may be written to by other users: take that from them with: chmod -R go-rwx '${folder}'`,
      });
    }
  });

  it('of another user is refused, and so is one with a file of another user', function () {
    if (process.getuid?.() !== 0) return this.skip();
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, 4711, 4711);
    assert.throws(() => makePrivateFolder(folder), {
      code: 'FOLDER_UNSAFE',
      message: `'${folder}' belongs to another user (4711, this is 0): run as that user, or hand it over with: sudo chown -R 0 '${folder}'`,
    });
    chownSync(folder, 0, 0);
    writeFileSync(join(folder, 'synergy.db'), '');
    chownSync(join(folder, 'synergy.db'), 4711, 4711);
    assert.throws(() => makePrivateFolder(folder), {
      code: 'FOLDER_UNSAFE',
      message: /synergy\.db' belongs to/,
    });
  });
});
