import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UowRecord } from '../../domain/model/record.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const START = '2015051700';
/** Five hours are over. */
const TIME = ['--start-timeperiod', START, '--as-of', '2015-05-17T05:30:00Z', '--mx-port', '0'];

const context = `
import { defineContext, freerunProcess, managedProcess, tree } from 'synergy-scheduler';
const hourly = (name, worker) =>
  managedProcess({ name, qualifier: 'hourly', trigger: 'every 1s', startLag: 0, concurrency: 9, ...worker });
export default defineContext({
  processes: [
    hourly('Fine', { handler: './fine.mjs' }),
    hourly('Gone', { handler: './gone.mjs' }),
    hourly('Mute', { handler: './fine.mjs', export: 'run' }),
    hourly('Deadly', { handler: './deadly.mjs' }),
    hourly('Program', { command: ['no-such-program'] }),
    freerunProcess({ name: 'Folder', command: ['true'], cwd: 'nowhere' }),
  ],
  trees: ['Fine', 'Gone', 'Mute', 'Deadly', 'Program'].map((name) => tree({ name, processes: [name] })),
});`;

const because: Readonly<Record<string, RegExp>> = {
  Gone: /there is no file '\/.*\/gone\.mjs'/,
  Mute: /handler module '.*' exports no function 'run': it exports default/,
  Deadly: /module '.*deadly\.mjs' ended the process that imported it \(exit code 3\)/,
  Program: /there is no program 'no-such-program' in PATH/,
  Folder: /working folder '.*nowhere' does not exist/,
};

describe('work that cannot begin', function () {
  this.timeout(120_000);
  let folder: string;
  const file = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  beforeEach(() => {
    folder = tempFolder();
    file('process_context.mjs', context);
    file('fine.mjs', 'export default async () => undefined;');
    file('deadly.mjs', 'process.exit(3);');
  });

  const units = async (process: string): Promise<UowRecord[]> =>
    JSON.parse(await synergyOk(folder, 'uow', 'list', '--process', process, '--json')) as UowRecord[];

  it('is found by doctor, and by a start that only checks', async () => {
    const { code, stdout } = await synergy(folder, 'doctor', '--mx-port', '0').ended;
    assert.equal(code, 1);
    const [line = ''] = stdout.split('\n').filter((found) => found.startsWith('FAIL'));
    for (const [name, text] of Object.entries(because))
      assert.match(line, new RegExp(`^FAIL work: .*${name}: ${text.source}`));
    const checked = await synergy(folder, 'start', '--check').ended;
    assert.equal(checked.code, 1);
    assert.match(checked.stderr, /^synergy: [^\n]*Gone: there is no file[^\n]*\n$/);
    assert.match(await synergyOk(folder, 'start', '--check', 'Fine'), /can be started; processes: 6/);
  });

  it('is held and said once; nothing fails unit by unit, and a restart takes it up', async () => {
    const run = synergy(folder, 'start', ...TIME);
    try {
      await run.line(/^first job finished: Fine/);
      let explained = '';
      while (!explained.includes('cannot run it'))
        explained = await synergyOk(folder, 'job', 'explain', 'Gone', START);
      assert.match(
        explained,
        /none runs Gone since .*: the worker of box '.*' cannot run it: there is no file/,
      );
      assert.match(explained, /'synergy restart worker'/);
      for (const name of ['Gone', 'Mute', 'Deadly', 'Program'])
        assert.deepEqual(
          (await units(name)).filter(({ attempt, state }) => attempt > 0 || state !== 'REQUESTED'),
          [],
        );
      file('gone.mjs', 'export default async () => undefined;');
      file('deadly.mjs', 'export default async () => undefined;');
      file(
        'process_context.mjs',
        context.replace("'no-such-program'", "'true'").replace("export: 'run'", ''),
      );
      // The freerun process is still held: that alone would keep a restart from stopping anything.
      const refused = await synergy(folder, 'restart', 'worker').ended;
      assert.match(refused.stderr, /nothing was stopped.*Folder: working folder/);
      file(
        'process_context.mjs',
        context.replace("'no-such-program'", "'true'").replace("export: 'run'", '').replace('nowhere', '.'),
      );
      await synergyOk(folder, 'restart', 'worker');
      for (const name of ['Gone', 'Mute', 'Deadly', 'Program'])
        while ((await units(name)).every(({ state }) => state !== 'PROCESSED'));
      assert.doesNotMatch(await synergyOk(folder, 'job', 'explain', 'Gone', START), /cannot run it/);
    } finally {
      run.child.kill('SIGINT');
    }
    const { stderr } = await run.ended;
    for (const [name, text] of Object.entries(because)) {
      const said = stderr.split('\n').filter((line) => line.startsWith(`worker: ${name} is held: `));
      assert.equal(said.length, 1, stderr);
      assert.match(said[0] ?? '', text);
    }
  });
});
