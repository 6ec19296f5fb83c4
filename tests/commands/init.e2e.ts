import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const manifestOf = (folder: string): { name: string; dependencies: Record<string, string> } =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as ReturnType<typeof manifestOf>;

describe('synergy init of a checkout', () => {
  it('writes a starter that npm installs this checkout into', async () => {
    const folder = tempFolder();
    const told = await synergyOk(folder, 'init', 'jobs');
    assert.match(told, /cd jobs\n {2}npm install\n {2}npx synergy start/);
    const starter = join(folder, 'jobs');
    const { 'synergy-scheduler': dependency = '' } = manifestOf(starter).dependencies;
    assert.match(dependency, /^file:/);
    assert.equal(manifestOf(resolve(starter, dependency.slice('file:'.length))).name, 'synergy-scheduler');
  });
});
