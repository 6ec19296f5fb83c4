import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launcher, synergy, synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true })],
  trees: [tree({ name: 'tree', processes: ['Hour'] })],
});`;

const quoted = (word: string): string => `'${word}'`;

/** Types `keys` once the command asks; what the terminal showed, and how the command ended. */
const answered = async (folder: string, keys: string): Promise<{ code: number | null; shown: string }> => {
  const argv = ['job', 'skip', 'Hour', '2015051700'];
  const line = [process.execPath, launcher, ...argv].map(quoted).join(' ');
  const terminal = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], { cwd: folder });
  let shown = '';
  terminal.stdout.on('data', (chunk: Buffer) => {
    const before = shown;
    shown += chunk.toString();
    if (!before.includes('[y/N]') && shown.includes('[y/N]')) terminal.stdin.write(keys);
  });
  const code = await new Promise<number | null>((resolve) => terminal.once('close', resolve));
  return { code, shown };
};

describe('the command line', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
    await synergyOk(folder, 'db', 'init', '--start-timeperiod', '2015051700');
  });

  for (const name of ['job', 'uow', 'process', 'freerun', 'db', 'super', 'demo'])
    it(`shows the help of '${name}' when its subcommand is missing, and exits with 1`, async () => {
      const { code, stdout, stderr } = await synergy(folder, name).ended;
      assert.match(stderr, new RegExp(`^Usage: synergy ${name} \\[options\\] \\[command\\]\\n`));
      assert.match(stderr, /^Commands:$/m);
      assert.doesNotMatch(stderr, /outputHelp/);
      assert.deepEqual([stdout, code], ['', 1]);
      assert.match(await synergyOk(folder, name, '--help'), /^Usage: /);
    });

  for (const [keys, name, wanted] of [
    ['\x03', 'Ctrl-C', 130],
    ['\x04', 'Ctrl-D', 1],
  ] as const)
    it(`does nothing at ${name} in place of an answer, and says so`, async () => {
      const { code, shown } = await answered(folder, keys);
      assert.match(shown, /skip 1 job\? \[y\/N\] .*\r?\nnot done\r?\n$/s);
      assert.equal(code, wanted);
      assert.match(await synergyOk(folder, 'job', 'explain', 'Hour', '2015051700'), /is EMBRYO/);
    });

  it('takes no for no, and yes for yes', async () => {
    const no = await answered(folder, 'n\r');
    assert.match(no.shown, /left as it was/);
    assert.equal(no.code, 0);
    const yes = await answered(folder, 'y\r');
    assert.match(yes.shown, /skip: 1 job/);
    assert.equal(yes.code, 0);
    assert.match(await synergyOk(folder, 'job', 'explain', 'Hour', '2015051700'), /is SKIPPED/);
  });
});
