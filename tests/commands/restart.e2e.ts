import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { synergy, synergyOk, servicePids } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = (handler: string): string => `
import { defineContext, freerunProcess } from 'synergy-scheduler';
export default defineContext({
  processes: [
    freerunProcess({ name: 'Command', command: ['true'] }),
    freerunProcess({ name: 'Handler', handler: '${handler}' }),
  ],
});`;

describe('synergy restart', function () {
  this.timeout(120_000);
  let folder: string;
  const file = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  beforeEach(async () => {
    folder = tempFolder();
    file('process_context.mjs', context('./handler.mjs'));
    file('handler.mjs', 'export default async () => undefined;');
    await synergyOk(folder, 'start', '--daemon', '--mx-port', '0');
  });
  afterEach(() => synergyOk(folder, 'stop'));

  const broken: readonly (readonly [string, () => void, RegExp])[] = [
    [
      'a context that cannot be read',
      () => file('process_context.mjs', '\nexport default {{{'),
      /context cannot be loaded: .*process_context\.mjs:2: SyntaxError/,
    ],
    [
      'a handler that is not there',
      () => file('process_context.mjs', context('./gone.mjs')),
      /Handler: there is no file '.*gone\.mjs'/,
    ],
    [
      'a handler that cannot be read',
      () => file('handler.mjs', '\n\nexport default {{{'),
      /Handler: .*handler\.mjs:3: SyntaxError/,
    ],
    [
      'a setting that is none',
      () => file('synergy.config.json', '{ "workerGrace": "soon" }'),
      /setting 'workerGrace' in synergy\.config\.json: expected a duration/,
    ],
  ];

  for (const [what, spoil, says] of broken)
    it(`stops nothing for ${what}`, async () => {
      const before = await servicePids(folder);
      assert.deepEqual(Object.keys(before).sort(), ['scheduler', 'supervisor', 'worker']);
      spoil();
      for (const names of [[], ['worker']]) {
        const { code, stderr } = await synergy(folder, 'restart', ...names).ended;
        assert.equal(code, 1);
        assert.match(stderr, /^synergy: [^\n]*\n$/);
        assert.match(stderr, says);
      }
      file('synergy.config.json', '{}');
      assert.deepEqual(await servicePids(folder), before);
    });

  it('and others refuse a name of nothing that runs, with the nearest', async () => {
    for (const argv of [['query'], ['restart'], ['stop'], ['logs'], ['super', 'stop']]) {
      const { code, stderr } = await synergy(folder, ...argv, 'workr').ended;
      assert.equal(code, 1, argv.join(' '));
      assert.match(
        stderr,
        argv[0] === 'logs' ? /^synergy: nothing is named 'workr'/ : /did you mean 'worker'\?\n$/,
      );
    }
  });

  it('restarts what can be started', async () => {
    const before = await servicePids(folder);
    await synergyOk(folder, 'restart', 'worker');
    const between = await servicePids(folder);
    assert.notEqual(between['worker'], before['worker']);
    assert.equal(between['supervisor'], before['supervisor']);
    await synergyOk(folder, 'restart');
    assert.notEqual((await servicePids(folder))['supervisor'], before['supervisor']);
  });
});
