import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { follow, launcher } from '../support/synergy.ts';
import type { Ended } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** A user for whom the system has no name, as in containers that are run with a user of their own. */
const NAMELESS = 471_147;

const as = (uid: number, folder: string, argv: readonly string[]): Promise<Ended> =>
  follow(
    spawn(process.execPath, [launcher, ...argv], {
      cwd: folder,
      uid,
      gid: uid,
      env: { PATH: process.env['PATH'], HOME: folder },
    }),
  ).ended;

describe('the command line, run by another user', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async function () {
    folder = tempFolder();
    chmodSync(folder, 0o755);
    // It takes root to become another user, and a checkout that they may read.
    if (process.getuid?.() !== 0 || (await as(NAMELESS, folder, ['--version'])).code !== 0) this.skip();
  });

  it('does not take a data folder that it may not look into for one where nothing runs', async () => {
    mkdirSync(join(folder, 'synergy-data', 'run'), { recursive: true });
    chmodSync(join(folder, 'synergy-data'), 0o700);
    for (const argv of [['stop'], ['restart'], ['query'], ['super', 'stop', 'worker'], ['db', 'check']]) {
      const { code, stderr } = await as(NAMELESS, folder, argv);
      assert.match(
        stderr,
        /^synergy: '.+synergy-data' (may not be looked into by this|belongs to another) user .+\n$/,
      );
      assert.equal(code, 1, argv.join(' '));
    }
  });

  it('records the number of a user without a name', async () => {
    writeFileSync(
      join(folder, 'process_context.mjs'),
      `import { defineContext, freerunProcess } from 'synergy-scheduler';
       export default defineContext({ processes: [freerunProcess({ name: 'Tick', command: ['true'] })] });`,
    );
    chownSync(folder, NAMELESS, NAMELESS);
    const added = await as(NAMELESS, folder, ['freerun', 'add', 'Tick', 'e', 'every 1h']);
    assert.equal(added.stderr, '');
    assert.equal(added.code, 0);
  });
});
