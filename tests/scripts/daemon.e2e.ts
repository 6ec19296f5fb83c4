import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { servicePids } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const script = (name: string): string => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));

/** Runs a script from another folder. */
const run = (name: string, args: readonly string[], cwd = '/'): Ended => {
  const { status, stdout, stderr } = spawnSync(script(name), args, { cwd, encoding: 'utf8' });
  return { code: status, stdout, stderr };
};

describe('scripts of an installation folder', function () {
  this.timeout(60_000);

  for (const [how, args, inside] of [
    ['named', ['--mx-port', '0'], false],
    ['the working folder', ['--mx-port', '0'], true],
  ] as const) {
    it(`start and stop everything where the folder is ${how}`, async () => {
      const folder = tempFolder();
      const [named, cwd] = inside ? [[], folder] : [[folder], '/'];
      const up = run('start-daemon.sh', [...named, ...args], cwd);
      assert.equal(up.code, 0, up.stderr);
      assert.match(up.stdout, /^runs as process \d+; dashboard: http:/);
      assert.deepEqual(Object.keys(await servicePids(folder)).sort(), ['scheduler', 'supervisor', 'worker']);
      const down = run('stop-daemon.sh', named, cwd);
      assert.equal(down.code, 0, down.stderr);
      assert.match(down.stdout, /^supervisor stopped$/m);
      assert.deepEqual(await servicePids(folder), {});
    });
  }

  it('say in one line what a start failed on', () => {
    const { code, stderr } = run('start-daemon.sh', [tempFolder(), '--mx-port', 'http']);
    assert.equal(code, 1);
    assert.match(stderr, /^synergy: setting '--mx-port'[^\n]*\n$/);
  });

  it('take what is installed in the folder, and hand on every word as it is', () => {
    const folder = join(tempFolder(), 'my jobs');
    const bin = join(folder, 'node_modules', '.bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'synergy'), '#!/bin/sh\nprintf "<%s>" "$PWD" "$@"\n');
    chmodSync(join(bin, 'synergy'), 0o755);
    assert.equal(
      run('start-daemon.sh', [folder, '--data-dir', 'a b']).stdout,
      `<${folder}><start><--daemon><--data-dir><a b>`,
    );
    assert.equal(run('stop-daemon.sh', [folder]).stdout, `<${folder}><stop>`);
  });

  it('say how they are used', () => {
    const { code, stderr } = run('synergy.sh', []);
    assert.equal(code, 2);
    assert.match(stderr, /^usage: .*synergy\.sh <folder> <command>/);
  });
});
