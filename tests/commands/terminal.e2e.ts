import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launcher, synergy, synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [
    managedProcess({
      name: 'Hour',
      qualifier: 'hourly',
      handler: './hostile.ts',
      retry: { delay: '1s', maxDelay: '1s', maxAttempts: 1 },
    }),
  ],
  trees: [tree({ name: 'tree', processes: ['Hour'] })],
});`;

/** Prints, and fails with, what sets the title of a terminal: ESC ] … BEL, and the same with a C1 control character. */
const hostile = `
export default () => {
  console.log('\\u001b]0;taken\\u0007 and \\u009b31m, tab\\tkept');
  throw new Error('\\u001b]0;taken\\u0007 failed');
};`;

const quoted = (word: string): string => `'${word}'`;

/** Runs the command on a terminal, and types `keys` once it asks: what the terminal showed, and how the command ended. */
const onTerminal = async (
  folder: string,
  argv: readonly string[],
  keys = '',
): Promise<{ code: number | null; shown: string }> => {
  const line = [process.execPath, launcher, ...argv].map(quoted).join(' ');
  const terminal = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], { cwd: folder });
  const chunks: Buffer[] = [];
  const shown = (): string => Buffer.concat(chunks).toString();
  terminal.stdout.on('data', (chunk: Buffer) => {
    const before = shown();
    chunks.push(chunk);
    if (!before.includes('[y/N]') && shown().includes('[y/N]')) terminal.stdin.write(keys);
  });
  const code = await new Promise<number | null>((resolve) => terminal.once('close', resolve));
  return { code, shown: shown() };
};

const answered = (folder: string, keys: string): ReturnType<typeof onTerminal> =>
  onTerminal(folder, ['job', 'skip', 'Hour', '2015051700'], keys);

describe('the command line', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
    writeFileSync(join(folder, 'hostile.ts'), hostile);
    await synergyOk(folder, 'db', 'init', '--start-timeperiod', '2015051700');
  });

  for (const name of ['job', 'uow', 'process', 'freerun', 'db', 'user', 'token', 'super', 'demo'])
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

  it('shows control characters of handlers on a terminal, and hands them through to a pipe', async () => {
    const hour = ['--until-done', '--as-of', '2015-05-17T01:00:00Z', '--mx-port', '0'];
    assert.equal((await synergy(folder, 'start', ...hour).ended).code, 3);
    const logs = await onTerminal(folder, ['logs', 'Hour']);
    assert.ok(
      logs.shown.includes(String.raw`\u001b]0;taken\u0007 and \u009b31m, tab` + '\tkept\r\n'),
      logs.shown,
    );
    const [uow] = JSON.parse(await synergyOk(folder, 'uow', 'list', '--json')) as [{ id: string }];
    const commands = [
      ['logs', 'Hour', '--json'],
      ['uow', 'list'],
      ['uow', 'show', uow.id],
      ['uow', 'show', uow.id, '--json'],
      ['job', 'show', 'Hour', '2015051700'],
    ];
    for (const argv of commands) {
      const { code, shown } = await onTerminal(folder, argv);
      assert.equal(code, 0, shown);
      assert.match(shown, /\\u001b\]0;taken\\u0007/, argv.join(' '));
      assert.doesNotMatch(shown, /[^\P{Cc}\t\r\n]/u, argv.join(' '));
    }
    const refused = await onTerminal(folder, ['logs', '\u001b]0;taken\u0007']);
    assert.equal(refused.code, 1);
    assert.match(refused.shown, /^synergy: nothing is named '\\u001b\]0;taken\\u0007'/);
    const piped = await synergyOk(folder, 'logs', 'Hour');
    assert.ok(piped.includes('\u001b]0;taken\u0007 and \u009b31m, tab\tkept\n'), piped);
  });
});
