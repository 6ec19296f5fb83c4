import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { follow, launcher, synergyOk, servicePids } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

/** The commands of a shell block, without comments; one that goes over several lines is one. */
const commandsOf = (block: string): string[] =>
  block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/\s+# .*$/, ''))
    .filter((line) => line !== '');

/** What becomes of a command of the README here. */
type Step = { readonly command: string } & (
  | { readonly notRun: string; readonly instead?: (folder: string) => void }
  | { readonly shows: (stdout: string) => void }
  /** Of one that goes on until Ctrl-C: the line to wait for. */
  | { readonly goesOnAfter: RegExp }
);

const HOUR = '2015051710';
const REQUESTS = 3;

const matches =
  (pattern: RegExp) =>
  (stdout: string): void =>
    assert.match(stdout, pattern);

/** What `npm install` puts there for npx. */
const linkCommand = (folder: string): void => {
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(launcher, join(folder, 'node_modules', '.bin', 'synergy'));
};

const writeLog = (folder: string): void => {
  const line = '203.0.113.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 10 "-" "x"\n';
  writeFileSync(join(folder, 'access.log'), line.repeat(REQUESTS));
};

const servers =
  'needs a MongoDB and a RabbitMQ server: tests/commands/db/copy.e2e.ts and servers.e2e.ts run these';

/** Every command of the README in its order, by how it begins. */
const steps: readonly Step[] = [
  { command: 'npm install', notRun: 'was run before any test, and would replace what other tests run' },
  { command: 'npm start', goesOnAfter: /^first job finished: Site/ },
  { command: 'npx synergy init ../my-jobs && cd ../my-jobs', shows: matches(/npx synergy start/) },
  {
    command: 'npm install',
    notRun:
      'may build this checkout, which other tests run: tests/commands/package.e2e.ts installs a packed one',
    instead: (folder) => {
      linkCommand(folder);
      writeLog(folder);
    },
  },
  { command: 'npx synergy start', goesOnAfter: /^first job finished: Example/ },
  { command: 'npx synergy start --demo', shows: matches(/^done: every period is finished/m) },
  {
    command: 'npx synergy demo report',
    shows: (stdout) => {
      const { lines, hourly } = JSON.parse(stdout) as { lines: number; hourly: object[] };
      assert.equal(lines, REQUESTS);
      assert.deepEqual(hourly, [{ timeperiod: HOUR, requests: REQUESTS, bytes: REQUESTS * 10, visitors: 1 }]);
    },
  },
  {
    command: 'npx synergy job reprocess',
    shows: matches(/SiteHourly +│ 2015051710 │ PROCESSED[^]*SiteDaily/),
  },
  { command: 'export SYNERGY_STORE=', notRun: servers },
  { command: 'npx synergy db copy', notRun: servers },
  { command: 'npx synergy start', notRun: servers },
];

/** Nothing of the caller's settings, and no fixed port. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SYNERGY_|npm_)/.test(name))),
  SYNERGY_MX_PORT: '0',
};

describe('the shell examples of the README', function () {
  this.timeout(60_000);
  const home = tempFolder();
  const commands = blocks('sh').flatMap(commandsOf);
  /** Where a reader is by now. */
  let folder = join(home, 'checkout');
  let run: Run | undefined;

  const start = (command: string): Run => {
    // npm runs the scripts of this checkout, on a data folder of this test.
    const cwd = command.startsWith('npm ') ? root : folder;
    const env = { ...environment, SYNERGY_DATA_DIR: join(folder, 'synergy-data') };
    // Detached: in a process group of its own, which gets signals as from a terminal.
    return follow(spawn('sh', ['-ec', command], { cwd, env, detached: true }));
  };
  const interrupt = ({ child }: Run): void => void process.kill(-(child.pid ?? NaN), 'SIGINT');

  before(() => {
    linkCommand(folder);
  });
  afterEach(() => {
    if (run?.child.exitCode === null && run.child.signalCode === null) interrupt(run);
  });

  it('are all known to this test', () => {
    const begins = commands.map((command, i) => {
      const { command: begin = command } = steps[i] ?? {};
      return command.startsWith(begin) ? begin : command;
    });
    assert.deepEqual(
      begins,
      steps.map(({ command }) => command),
    );
  });

  for (const [i, step] of steps.entries()) {
    const command = commands[i] ?? '';
    if ('notRun' in step) {
      it(`leave out '${command}': it ${step.notRun}`, () => step.instead?.(folder));
    } else if ('goesOnAfter' in step) {
      it(`run until Ctrl-C: '${command}'`, async () => {
        run = start(command);
        await run.line(step.goesOnAfter);
        interrupt(run);
        const { stdout, stderr } = await run.ended;
        assert.match(stdout, /^stopping$/m);
        assert.doesNotMatch(stderr, /^synergy: /m);
        assert.deepEqual(await servicePids(folder), {});
      });
    } else {
      it(`run: '${command}'`, async () => {
        run = start(`${command}\npwd > '${home}/pwd'`);
        const { code, stdout, stderr } = await run.ended;
        assert.equal(code, 0, `${stdout}\n${stderr}`);
        step.shows(stdout);
        folder = readFileSync(join(home, 'pwd'), 'utf8').trimEnd();
      });
    }
  }
});

describe('the other examples of the README', function () {
  this.timeout(60_000);

  it('are a context and a handler that compile and pass the check of a start', async () => {
    const home = tempFolder();
    await synergyOk(home, 'init', 'sales');
    const folder = join(home, 'sales');
    const [context = '', handler = '', ...more] = blocks('ts');
    assert.deepEqual(more, []);
    writeFileSync(join(folder, 'process_context.ts'), context);
    writeFileSync(join(folder, 'sales-hourly.ts'), handler);
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules', 'synergy-scheduler'));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { code, stdout } = await follow(spawn(process.execPath, [tsc, '-p', folder])).ended;
    assert.equal(code, 0, stdout);
    await synergyOk(folder, 'start', '--check');
  });

  it('name every command and subcommand there is', async () => {
    const rows = [...(/^## Commands$([^]*?)^## /m.exec(readme)?.[1] ?? '').matchAll(/^\| (.*?) \|/gm)];
    const named = rows
      .flatMap(([, cell = '']) => [...cell.matchAll(/`([a-z]+) ?([a-z /-]*)[^`]*`/g)])
      .map(
        ([, name = '', subcommands = '']) =>
          [name, subcommands.split(' / ').map((word) => word.trim())] as const,
      );
    const listed = async (...argv: string[]): Promise<string[]> => {
      const help = await synergyOk(root, ...argv, '--help');
      const part = /^Commands:$([^]*)/m.exec(help)?.[1] ?? '';
      return [...part.matchAll(/^ {2}([a-z-]+)/gm)]
        .map(([, name = '']) => name)
        .filter((name) => name !== 'help');
    };
    assert.deepEqual(named.map(([name]) => name).sort(), (await listed()).sort());
    for (const [name, subcommands] of named) {
      assert.deepEqual(subcommands.filter((word) => word !== '').sort(), (await listed(name)).sort(), name);
    }
  });
});
