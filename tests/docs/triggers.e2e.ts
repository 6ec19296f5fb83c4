import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-info.ts';
import { freePort } from '../support/free-port.ts';
import { follow, launcher } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const page = readFileSync(join(packageRoot, 'docs', 'triggers.md'), 'utf8');
const tutorial = /^## A tutorial of five minutes$([^]*?)^## /m.exec(page)?.[1] ?? '';
const blocks = (language: string): string[] =>
  [...tutorial.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  );

/** Nothing of the caller's settings, and no fixed port. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SYNERGY_|npm_)/.test(name))),
  SYNERGY_MX_PORT: '0',
};

describe('the tutorial about event triggers', function () {
  this.timeout(120_000);
  const folder = tempFolder();
  const commands = blocks('sh').flatMap((block) => block.split('\n').filter((line) => line !== ''));
  const running: Run[] = [];
  let port: number;
  let secret = '';

  const start = (command: string): Run => {
    const here = command.replaceAll(':8000/', `:${port}/`).replace('whsec_…', secret);
    const env = { ...environment, PORT: String(port) };
    // Detached: in a process group of its own, which gets signals as from a terminal.
    return follow(spawn('sh', ['-ec', here], { cwd: folder, env, detached: true }));
  };
  const goOn = async (command: string, until: RegExp): Promise<string> => {
    const run = start(command);
    running.push(run);
    return run.line(until);
  };
  const runs = async (command: string, shows: RegExp): Promise<string> => {
    const { code, stdout, stderr } = await start(command).ended;
    assert.equal(code, 0, `${command}: ${stdout}\n${stderr}`);
    assert.match(stdout, shows, command);
    return stdout;
  };

  before(async () => {
    port = await freePort();
    mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
    symlinkSync(launcher, join(folder, 'node_modules', '.bin', 'synergy'));
  });
  after(async () => {
    for (const { child, ended } of running.reverse()) {
      if (child.exitCode === null) process.kill(-(child.pid ?? NaN), 'SIGINT');
      await ended;
    }
  });

  it('has commands and a receiver that do as it says, as they stand', async () => {
    const [install, up, preview, add, rotate, receive, fire, list, remove, ...more] = commands;
    assert.deepEqual(more, []);
    // What the installation of the package brings.
    assert.equal(install, 'npm install standardwebhooks');
    symlinkSync(
      join(packageRoot, 'node_modules', 'standardwebhooks'),
      join(folder, 'node_modules', 'standardwebhooks'),
    );
    await goOn(up ?? '', /^dashboard: /);
    await runs(preview ?? '', /Every 10 seconds\. Each delivery may begin up to 30 seconds late\./);
    await runs(add ?? '', /hello/);
    secret = /whsec_[\w+/=]+/.exec(await runs(rotate ?? '', /whsec_/))?.[0] ?? '';
    const [receiver = '', ...others] = blocks('js');
    assert.deepEqual(others, []);
    writeFileSync(join(folder, 'receiver.mjs'), receiver);
    await goOn(receive ?? '', /^msg_\w{26} \{ hello: 'world' \}$/);
    await runs(fire ?? '', /hello/);
    await runs(list ?? '', /Events:local\/hello[^]*PROCESSED/);
    await runs(remove ?? '', /hello/);
  });
});
