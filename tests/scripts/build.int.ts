import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '../support/temp-folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('a build', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  const at = (name: string): string => join(folder, name);

  /** Whether a build of what changed has built. */
  const builds = (): boolean => {
    const before = statSync(at('dist'), { throwIfNoEntry: false })?.ino;
    execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs'), '--if-changed'], { cwd: folder });
    return statSync(at('dist')).ino !== before;
  };

  it('of what changed builds when a source is new, changed or gone, and not otherwise', () => {
    symlinkSync(join(root, 'node_modules'), at('node_modules'));
    mkdirSync(at('part'));
    const compilerOptions = { rootDir: '.', outDir: 'dist', types: [], noCheck: true };
    writeFileSync(at('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', 'part'] }));
    for (const name of ['launch.ts', 'part/one.ts']) writeFileSync(at(name), 'export {};');
    assert.equal(builds(), true, 'never built');
    assert.equal(builds(), false, 'nothing changed');
    const later = new Date(Date.now() + 60_000);
    utimesSync(at('part/one.ts'), later, later);
    assert.equal(builds(), true, 'changed');
    rmSync(at('part/one.ts'));
    assert.equal(builds(), true, 'gone');
    assert.equal(builds(), false, 'nothing changed again');
  });
});
