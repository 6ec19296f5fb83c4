import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { synergy, synergyOk } from '../support/synergy.ts';
import type { Ended } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = (name: string): string => `
import { defineContext, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [managedProcess({ name: '${name}', qualifier: 'daily', identity: true, arguments: { 'a.$b': 1 } })],
  trees: [tree({ name: 'tree', processes: ['${name}'] })],
});`;

describe('synergy list', function () {
  this.timeout(120_000);
  let folder: string;
  const write = (text: string): void => writeFileSync(join(folder, 'process_context.mjs'), text);
  const list = async (): Promise<Ended> => synergy(folder, 'list').ended;

  beforeEach(() => {
    folder = tempFolder();
    write(context('Before'));
  });

  it('shows the context of the file while nothing runs', async () => {
    const { code, stdout, stderr } = await list();
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /Before/);
  });

  it('shows freerun entries page by page', async () => {
    writeFileSync(
      join(folder, 'process_context.mjs'),
      `import { defineContext, freerunProcess } from 'synergy-scheduler';
       const entries = ['a', 'b', 'c'].map((name) => ({ name, trigger: 'every 1h' }));
       export default defineContext({ processes: [freerunProcess({ name: 'Mail', identity: true, entries })] });`,
    );
    const first = await synergyOk(folder, 'list', '--limit', '2');
    assert.match(first, /there are more: the same with --after 'Mail:b' goes on behind these/);
    assert.doesNotMatch(first, /Mail +│ c /);
    const rest = await synergyOk(folder, 'list', '--limit', '2', '--after', 'Mail:b');
    assert.match(rest, /Mail +│ c /);
    assert.doesNotMatch(rest, /Mail +│ [ab] |there are more/);
  });

  it('shows the context that runs, and says when the file has another', async () => {
    await synergyOk(folder, 'start', '--daemon', '--mx-port', '0');
    try {
      const same = await list();
      assert.deepEqual([same.code, same.stderr], [0, '']);

      write(context('After'));
      const other = await list();
      assert.match(other.stdout, /Before/);
      assert.doesNotMatch(other.stdout, /After/);
      assert.match(
        other.stderr,
        /^shown is what runs, .* says something else: 'synergy restart' reads it again\n$/,
      );

      write('export default {{{');
      const broken = await list();
      assert.match(broken.stdout, /Before/);
      assert.match(broken.stderr, /process_context\.mjs:1: SyntaxError/);

      write(context('After'));
      await synergyOk(folder, 'restart');
      const anew = await list();
      assert.match(anew.stdout, /After/);
      assert.equal(anew.stderr, '');
    } finally {
      await synergyOk(folder, 'stop');
    }
  });
});
