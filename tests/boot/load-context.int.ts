import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contextFile, loadContext } from '../../boot/load-context.ts';
import { packageRoot } from '../../lib/package-info.ts';
import { loadModule } from '../../boot/load-module.ts';
import { loadSettings } from '../../boot/load-settings.ts';
import type { SynergyError } from '../../domain/errors.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { Settings } from '../../settings.ts';

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});

const settings = (options: Record<string, unknown> = {}): Promise<Settings> =>
  loadSettings({ folder, environment: {}, options, now: Date.now() });

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const source = (name: string): string =>
  `import { defineContext, managedProcess, tree } from 'synergy-scheduler';
   export default defineContext({
     processes: [
       managedProcess({ name: '${name}', qualifier: 'hourly', handler: './handlers/hour.ts' }),
       managedProcess({ name: '${name}Daily', qualifier: 'daily', command: ['true'], cwd: 'tools' }),
     ],
     trees: [tree({ name: 'tree', processes: ['${name}', '${name}Daily'] })],
   });`;

describe('loading a context', () => {
  it('takes the working folder before the demo suite, and the demo suite when it is asked for', async () => {
    const demo = contextFile(await settings(), folder);
    assert.match(demo, /process_context\.(ts|js)$/);
    const own = file('process_context.ts', source('Hour'));
    assert.equal(contextFile(await settings(), folder), own);
    assert.equal(contextFile(await settings({ demo: true }), folder), demo);
  });

  it('runs the demo suite as it is in the folder of the package itself', async () => {
    const demo = contextFile(await settings({ demo: true }), folder);
    assert.equal(contextFile(await settings(), packageRoot), demo);
  });

  it('takes a file that is named, whatever else is there', async () => {
    file('process_context.ts', source('Hour'));
    const other = file('other.ts', source('Other'));
    const { context, file: from } = await loadContext(await settings({ context: 'other.ts' }), folder);
    assert.equal(from, other);
    assert.equal(context.processes[0]?.name, 'Other');
  });

  it('finds handlers and working folders beside the context', async () => {
    mkdirSync(join(folder, 'sub'));
    file('sub/process_context.ts', source('Hour'));
    const { context } = await loadContext(await settings({ context: 'sub/process_context.ts' }), '/');
    const [handler, command] = context.processes.map((process) => process.worker);
    assert.equal(
      handler?.kind === 'handler' ? handler.module : '',
      join(folder, 'sub', 'handlers', 'hour.ts'),
    );
    assert.equal(command?.kind === 'command' ? command.cwd : '', join(folder, 'sub', 'tools'));
  });

  it('reads JavaScript that has this package nowhere installed', async () => {
    file('process_context.mjs', source('Hour'));
    assert.equal((await loadContext(await settings(), folder)).context.processes[0]?.name, 'Hour');
  });

  it('lets a function make the context of the settings', async () => {
    file(
      'process_context.ts',
      `import { defineContext } from 'synergy-scheduler';
       export default ({ boxId }: { boxId: string }) => defineContext({ processes: [], trees: [] , ...(boxId === 'x' ? {} : { nonsense: 1 }) });`,
    );
    assert.deepEqual((await loadContext(await settings({ boxId: 'x' }), folder)).context.trees, []);
    await assert.rejects(async () => loadContext(await settings({ boxId: 'y' }), folder), /nonsense/);
  });

  it('warns of a log that no process reads', async () => {
    file('process_context.ts', source('Hour'));
    const { warnings } = await loadContext(await settings({ accessLog: 'access.log' }), folder);
    assert.deepEqual(warnings, ['setting accessLog is for the demo suite and does nothing here']);
  });

  it('warns of event triggers that no scheduler plans', async () => {
    file(
      'process_context.ts',
      `import { defineContext, eventTrigger } from 'synergy-scheduler';
       const report = eventTrigger({ id: 'report', schedule: 'every 1h', target: 'https://example.org/hook' });
       export default defineContext({ processes: [], eventTriggers: [report] });`,
    );
    const { warnings } = await loadContext(await settings({ events: false }), folder);
    assert.deepEqual(warnings, [
      "the context declares 1 event trigger, which no scheduler plans: set 'events' to true",
    ]);
    const planned = await loadContext(await settings({ events: true }), folder);
    assert.deepEqual(planned.warnings, []);
    assert.deepEqual(
      planned.context.eventTriggers?.map(({ id }) => id),
      ['report'],
    );
  });

  it('loads the demo suite with and without a log', async () => {
    const loaded = await loadContext(await settings({ demo: true, startTimeperiod: '2015051700' }), folder);
    assert.equal(loaded.isDemo, true);
    assert.deepEqual(
      loaded.context.trees.map((tree) => tree.name),
      ['site', 'client', 'alert'],
    );
  });
});

describe('loading a module of the user', () => {
  it('hands out this package, which is installed nowhere near', async () => {
    const path = file('error.ts', `export { SynergyError as default } from 'synergy-scheduler';`);
    const made = (await loadModule(path))['default'] as typeof SynergyError;
    assert.equal(new made('NOT_FOUND', 'text').code, 'NOT_FOUND');
  });

  it('follows imports of other TypeScript', async () => {
    file('one.ts', 'export const one: number = 1;');
    const path = file('two.ts', `import { one } from './one.ts'; export const two: number = one + 1;`);
    assert.equal((await loadModule(path))['two'], 2);
  });

  it('finds the default export of a module that was compiled to CommonJS', async () => {
    const compiled = `"use strict";
      Object.defineProperty(exports, "__esModule", { value: true });
      exports.two = 2;
      exports.default = async () => ({ processed: 1 });`;
    for (const name of ['built.cjs', 'built.cts']) {
      const module = await loadModule(file(name, compiled));
      assert.equal(typeof module['default'], 'function', name);
      assert.equal(module['two'], 2, name);
    }
    const plain = await loadModule(file('plain.cjs', 'module.exports = async () => undefined;'));
    assert.equal(typeof plain['default'], 'function');
  });

  it('tells of other missing modules as they are', async () => {
    const path = file('missing.mjs', `import 'no-such-package-anywhere';`);
    await assert.rejects(loadModule(path), /no-such-package-anywhere/);
  });
});
