import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backUpStore } from '../../../boot/housekeeping/backup.ts';
import { copyState } from '../../../db/copy.ts';
import { openStore } from '../../../db/registry.ts';
import type { MovableStore } from '../../../db/transfer.ts';
import { jobStart, uowInsert } from '../../support/records.ts';
import { manualClock } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const clock = manualClock(Date.UTC(2026, 0, 1, 2, 15));
const open = (dataDir: string): Promise<MovableStore> => openStore('embedded', { dataDir, clock });
const settingsOf = (dataDir: string, keep = 7) => ({
  ...{ dataDir, housekeepingBackupDir: undefined, housekeepingBackupKeep: keep },
});
const backupsOf = (dataDir: string): string[] => readdirSync(join(dataDir, 'backups')).sort();

describe('a backup of the embedded store', function () {
  this.timeout(60_000);
  let dataDir: string;
  let child: ChildProcess | undefined;
  beforeEach(() => (dataDir = tempFolder()));
  afterEach(() => child?.kill('SIGKILL'));

  const writeOne = async (id: string): Promise<void> => {
    const store = await open(dataDir);
    const cause = { actor: 'scheduler', reason: null, at: 1, epoch: 1 };
    await store.commit([{ cause, writes: [jobStart(id), uowInsert(id)] }]);
    await store.close();
  };

  it('made while another process commits holds all that was acknowledged before, and is restored by a copy', async () => {
    const written: string[] = [];
    const script = new URL('../../db/children/commit-forever.ts', import.meta.url);
    child = fork(script, [dataDir, 'job'], { execArgv: ['--import', 'tsx'] });
    await new Promise<void>((resolve) => {
      child?.on('message', (id) => written.push(id as string) === 200 && resolve());
    });
    const before = [...written];
    const { counts } = backUpStore(settingsOf(dataDir), clock);
    assert.deepEqual([counts['kept'], counts['removed']], [1, 0]);
    // What was acknowledged meanwhile is told by messages that wait.
    await new Promise((resolve) => child?.once('message', resolve));
    child.kill('SIGKILL');
    await once(child, 'exit');

    assert.deepEqual(backupsOf(dataDir), ['2026-01-01T02-15-00.000Z']);
    const [from, to] = [join(dataDir, 'backups', '2026-01-01T02-15-00.000Z'), tempFolder()];
    const [source, target] = [await open(from), await open(to)];
    try {
      await copyState({
        source: { name: 'backup', store: source },
        target: { name: 'restored', store: target },
        ...{ resume: false, isOfPlace: () => false, progress: () => undefined },
      });
      const there = new Set((await target.uows(before)).map(({ id }) => id));
      assert.deepEqual(
        before.filter((id) => !there.has(id)),
        [],
      );
    } finally {
      await source.close();
      await target.close();
    }
  });

  it('is never removed for one of a clock that was ahead, which a user is told of', async () => {
    await writeOne('2026010100');
    const ahead = manualClock(Date.UTC(2030, 0, 1));
    backUpStore(settingsOf(dataDir, 1), ahead);
    const { counts, findings } = backUpStore(settingsOf(dataDir, 1), clock);
    assert.deepEqual(backupsOf(dataDir), ['2026-01-01T02-15-00.000Z', '2030-01-01T00-00-00.000Z']);
    assert.deepEqual([counts['kept'], counts['removed']], [2, 0]);
    assert.deepEqual(findings, [
      'backup 2030-01-01T00-00-00.000Z is of the future: delete it, or keep it elsewhere',
    ]);
  });

  it('is for its owner alone', async () => {
    await writeOne('2026010100');
    backUpStore(settingsOf(dataDir), clock);
    const folder = join(dataDir, 'backups', '2026-01-01T02-15-00.000Z');
    assert.deepEqual(
      [folder, join(folder, 'synergy.db')].map((path) => statSync(path).mode & 0o777),
      [0o700, 0o600],
    );
  });

  it('takes the place of the oldest beyond those to keep, and of unfinished ones, and leaves other files alone', async () => {
    await writeOne('2026010100');
    mkdirSync(join(dataDir, 'backups', '2025-12-31T00-00-00.000Z.partial'), { recursive: true });
    writeFileSync(join(dataDir, 'backups', 'notes'), '');
    for (let day = 0; day < 4; day++) {
      backUpStore(settingsOf(dataDir, 2), manualClock(clock.now() + day * 86_400_000));
    }
    assert.deepEqual(backupsOf(dataDir), ['2026-01-03T02-15-00.000Z', '2026-01-04T02-15-00.000Z', 'notes']);
  });

  it('that cannot be made says why, and leaves nothing behind', () => {
    assert.throws(() => backUpStore(settingsOf(dataDir), clock), /unable to open database file/);
    assert.deepEqual(backupsOf(dataDir), []);
  });
});
