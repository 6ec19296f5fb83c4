import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tempFolder } from '../support/temp-folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(SYNERGY_|npm_)/.test(name)),
);

const run = async (folder: string, program: string, ...argv: string[]): Promise<string> =>
  (await execute(program, argv, { cwd: folder, env: environment })).stdout;

describe('the packed package, installed into an empty folder', function () {
  this.timeout(180_000);
  const folder = tempFolder();
  const starter = join(folder, 'my jobs');

  before(async () => {
    // What `npm test` has just built is packed as it is.
    const packed = await run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    await run(
      folder,
      'npm',
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--no-progress',
      filename,
    );
    await run(folder, 'npx', 'synergy', 'init', 'my jobs');
  });

  it('writes a starter, pinned to its version, into a folder of its own', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const manifest = JSON.parse(readFileSync(join(starter, 'package.json'), 'utf8')) as {
      name: string;
      dependencies: Record<string, string>;
    };
    assert.deepEqual([manifest.name, manifest.dependencies], ['my-jobs', { 'synergy-scheduler': version }]);
    assert.equal(existsSync(join(starter, '.gitignore')), true);
    await assert.rejects(run(folder, 'npx', 'synergy', 'init', 'my jobs'), /folder 'my jobs' is not empty/);
  });

  it('has types that the starter compiles with', async () => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    await run(starter, process.execPath, tsc, '-p', '.');
  });

  it('runs at once: the handler, the command and the dashboard', async () => {
    const started = spawn('npx', ['synergy', 'start', '--mx-port', '0'], {
      cwd: starter,
      env: environment,
      detached: true,
    });
    const ended = once(started, 'exit');
    let dashboard = '';
    for await (const line of createInterface({ input: started.stdout })) {
      dashboard = /^dashboard: (.*)$/.exec(line)?.[1] ?? dashboard;
      if (line.startsWith('first job finished: Example')) break;
    }
    const page = await fetch(dashboard);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /ExampleHourly/);
    assert.match(await run(starter, 'npx', 'synergy', 'logs', 'ExampleHourly'), /working on \d{10}/);
    await run(starter, 'npx', 'synergy', 'stop');
    await ended;
  });
});
