import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { follow, launcher, synergy } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** Runs the command and expects it to fail with one line on standard error, and nothing but that. */
const refused = async (argv: readonly string[], line: RegExp, code = 1): Promise<void> => {
  const ended = await synergy(folder, ...argv).ended;
  assert.match(ended.stderr, /^synergy: [^\n]*\n$/, `one line, not:\n${ended.stderr}\n${ended.stdout}`);
  assert.match(ended.stderr.trimEnd(), line);
  assert.equal(ended.code, code);
};

const context = (body: string): string =>
  file(
    'process_context.ts',
    `import { defineContext, managedProcess, tree } from 'synergy-scheduler';
     const hourly = (name: string) => managedProcess({ name, qualifier: 'hourly', identity: true });
     export default defineContext({ ${body} });`,
  );

const start = ['start', '--mx-port', '0'] as const;

describe('bad input gets one clear line and a non-zero exit', function () {
  this.timeout(30_000);

  describe('settings', () => {
    it('unknown on the command line', () =>
      refused(['start', '--mx-prt', '1'], /unknown option '--mx-prt' \(Did you mean --mx-port\?\)$/, 2));

    it('unknown in the file', () => {
      file('synergy.config.json', '{ "startTimperiod": "2015051700" }');
      return refused(
        start,
        /setting 'startTimperiod' in synergy\.config\.json is unknown; did you mean 'startTimeperiod'\?$/,
      );
    });

    it('of the wrong type', () =>
      refused(
        ['start', '--mx-port', 'http'],
        /'--mx-port': expected a whole number from 0 to 65535, given "http"$/,
      ));

    it('a malformed first hour', () =>
      refused(
        [...start, '--start-timeperiod', '2015051799'],
        /'--start-timeperiod': expected an hour as YYYYMMDDHH, UTC, given "2015051799"$/,
      ));

    it('a first hour later than the one the store was begun with', async () => {
      assert.equal(
        (await synergy(folder, 'db', 'init', '--demo', '--start-timeperiod', '2015051700').ended).code,
        0,
      );
      await refused(
        [...start, '--demo', '--start-timeperiod', '2015051800'],
        /'startTimeperiod': this store was begun with 2015051700, given 2015051800/,
      );
    });
  });

  describe('arguments', () => {
    it('an output that cannot be written', async () => {
      const ended = await follow(
        spawn('sh', ['-c', `"$0" "$1" --help > /dev/full`, process.execPath, launcher], { cwd: folder }),
      ).ended;
      assert.equal(
        ended.stderr,
        'synergy: the output cannot be written (ENOSPC): make room, or send it elsewhere\n',
      );
      assert.equal(ended.code, 1);
    });

    it('an unknown command', () =>
      refused(['strat'], /unknown command 'strat' \(Did you mean start\?\)$/, 2));

    it('a malformed timeperiod', () =>
      refused(
        ['job', 'explain', 'SiteHourly', '2015130100', '--demo'],
        /timeperiod '2015130100' is not hourly: expected YYYYMMDDHH/,
      ));

    it('a timeperiod of another qualifier', () =>
      refused(
        ['job', 'explain', 'SiteDaily', '2015051710', '--demo'],
        /timeperiod '2015051710' is not daily/,
      ));

    it('a reason that says nothing, or too much, and a description that says too much', async () => {
      for (const reason of ['', '  ', 'x'.repeat(501)])
        await refused(
          ['process', 'off', 'SiteHourly', '--reason', reason],
          /say why|expected at most 500 characters, given 501$/,
          2,
        );
      const described = ['freerun', 'add', 'Tick', 'e', 'every 1h', '--description', 'x'.repeat(501)];
      await refused(described, /'--description <text>' argument '.+' is invalid\. expected at most 500/, 2);
    });

    it('arguments with a number that JSON cannot have', () =>
      refused(
        ['process', 'arguments', 'SiteHourly', '{"x":1e999}', '--demo'],
        /--arguments: it holds the number Infinity, which JSON cannot have$/,
      ));

    it('an unknown process', () =>
      refused(['job', 'explain', 'SiteHorly', '2015051700', '--demo'], /'SiteHorly'.*SiteHourly/));

    it('a reprocess without a terminal to confirm it on', () =>
      refused(
        ['job', 'skip', 'SiteHourly', '2015051710', '--demo', '--start-timeperiod', '2015051700'],
        /there is no terminal to confirm on: add --yes, or look with --dry-run$/,
      ));
  });

  describe('context', () => {
    it('a cycle between trees', () => {
      context(`processes: [hourly('A'), hourly('B')],
        trees: [tree({ name: 'a', processes: ['A'], dependsOn: ['b'] }), tree({ name: 'b', processes: ['B'], dependsOn: ['a'] })]`);
      return refused(start, /trees depend on each other in a circle: a -> b -> a$/);
    });

    it('two processes with one qualifier in a tree', () => {
      context(`processes: [hourly('A'), hourly('B')], trees: [tree({ name: 'a', processes: ['A', 'B'] })]`);
      return refused(start, /tree 'a' has several hourly processes, 'A' and 'B'/);
    });

    it('a file that is not there', () =>
      refused([...start, '--context', 'nowhere.ts'], /context file '.*nowhere\.ts' does not exist/));

    it('a file that cannot be compiled, with the line', () => {
      file('process_context.ts', 'const fine = 1;\nexport default {');
      return refused(start, /context cannot be loaded: \/.*\/process_context\.ts:2:16: SyntaxError: /);
    });

    it('plain JavaScript that cannot be compiled, with the line, in a file of its own too', async () => {
      file('process_context.mjs', '\n\nexport default {{{');
      await refused(start, /context cannot be loaded: \/.*\/process_context\.mjs:3: SyntaxError: /);
      file('part.mjs', 'export const part = 1;\nexport default {{{');
      file('process_context.mjs', `export { default } from './part.mjs';`);
      await refused(start, /context cannot be loaded: \/.*\/part\.mjs:2: SyntaxError: /);
    });

    it('an option that is refused where it is written', () => {
      context(
        `processes: [hourly('A'),\n managedProcess({ name: 'B', qualifier: 'weekly', identity: true })]`,
      );
      return refused(
        start,
        /\/process_context\.ts:4:\d+: managedProcess\('B'\)\.qualifier: expected hourly or/,
      );
    });

    it('what is contradictory together, with the file', () => {
      context(`processes: [hourly('A')]`);
      return refused(start, /\/process_context\.ts: process 'A' is in no tree/);
    });

    it('settings that cannot be loaded, with the line', () => {
      file('synergy.config.ts', 'export default {\n mxPort: nothing.of.that };');
      return refused(
        start,
        /settings cannot be loaded: \/.*\/synergy\.config\.ts:2:\d+: ReferenceError: nothing/,
      );
    });

    it('a file that exports something else', () => {
      file('process_context.ts', 'export default 7;');
      return refused(start, /exports no context: expected 'export default defineContext/);
    });
  });

  describe('surroundings', () => {
    it('an access log that is not there', () =>
      refused(
        [...start, '--demo', '--access-log', 'nowhere.log'],
        /access log '.*nowhere\.log' cannot be read \(ENOENT\)/,
      ));

    it('an access log that is a folder', () =>
      refused([...start, '--demo', '--access-log', '.'], /access log '.*' is not a file$/));

    it('a port in use', async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      await refused(
        ['start', '--demo', '--mx-port', String(port)],
        new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use: .*--mx-port`),
      );
      server.close();
    });

    it('a data folder that cannot be made', () =>
      refused([...start, '--data-dir', file('taken', '')], /data folder '.*taken' cannot be used/));

    it('a data folder in use by a supervisor', async () => {
      const first = synergy(folder, ...start);
      await first.line(/^dashboard: /);
      await refused(
        start,
        new RegExp(`is in use by process ${String(first.child.pid)}: stop it with 'synergy stop'`),
      );
      await refused(['db', 'reset', '--yes'], /in use by a running supervisor: stop it first/);
      first.child.kill('SIGINT');
      assert.equal((await first.ended).code, 0);
    });

    const database = (): InstanceType<typeof DatabaseSync> => {
      mkdirSync(join(folder, 'synergy-data'));
      return new DatabaseSync(join(folder, 'synergy-data', 'synergy.db'), { timeout: 10_000 });
    };

    it('a store locked by another program', async () => {
      const other = database();
      other.exec('PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE held (x); BEGIN EXCLUSIVE');
      await refused(start, /synergy\.db.*(in use|locked|held)/i);
      other.close();
    });

    it('a store of a newer version', async () => {
      const newer = database();
      newer.exec('PRAGMA user_version = 9999');
      newer.close();
      await refused(start, /schema version 9999.*install the newer version/);
    });

    it('a store that is no store', () => {
      database().close();
      file(
        'synergy-data/synergy.db',
        'not a database, but long enough to be looked at as if it were one'.repeat(20),
      );
      return refused(start, /synergy\.db/);
    });
  });
});
