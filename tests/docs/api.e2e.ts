import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { defineContext, tree } from '../../domain/model/define.ts';
import { startMx } from '../../mx/server.ts';
import type { Mx } from '../../mx/server.ts';
import { managed } from '../support/context.ts';
import { openRig, quietLog } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(root, 'docs', 'api.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

describe('the page about the API', function () {
  this.timeout(60_000);
  let rig: Rig;
  let mx: Mx;
  before(async () => {
    const context = defineContext({
      processes: [managed('ExampleHourly', 'hourly'), managed('ExampleDaily', 'daily')],
      trees: [tree({ name: 'example', processes: ['ExampleHourly', 'ExampleDaily'] })],
    });
    rig = await openRig(context, { start: Date.UTC(2026, 0, 1), now: Date.UTC(2026, 0, 1, 5, 30) });
    await rig.tick('ExampleHourly');
    const { apiFor, clock } = rig;
    const where = { host: '127.0.0.1', port: 0, logger: quietLog };
    mx = await startMx({ apiFor, clock, timetableClock: clock, ...where });
  });
  after(async () => {
    await mx.stop();
    await rig.close();
  });

  it('has shell commands that run as they stand', async () => {
    const commands = blocks('sh').flatMap((block) => block.split('\n').filter((line) => line !== ''));
    const [address, ...asked] = commands.map((line) => line.replace(/^\$ /, ''));
    assert.match(address ?? '', /^api=/);
    const shown: readonly RegExp[] = [
      /"timetableNow":\d+/,
      /"name":"ExampleHourly".*"nextCursor":"ExampleHourly"/,
      /^\{"items":\[\{"id":"ExampleHourly\/20260101\d\d#1"/,
      /"kind":"set-managed".*"state":"done"/,
      /^\{"kind":"skip".*"hash":"\w+"/,
      /^etag: "0"/i,
      /"epsilon":3600000,"words":"Every month on the 31st /,
    ];
    assert.equal(asked.length, shown.length);
    for (const [i, command] of asked.entries()) {
      const { stdout } = await run('sh', ['-ec', `api=${mx.url}api/v1\n${command}`]);
      assert.match(stdout, shown[i] ?? assert.fail(), command);
    }
  });

  it('has a TypeScript client that compiles and runs as it stands', async () => {
    const folder = tempFolder();
    const [client = '', ...others] = blocks('ts');
    assert.deepEqual(others, []);
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'client.ts'), client);
    const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
    const options = '--noEmit --strict --skipLibCheck --target es2022 --module nodenext --types node'.split(
      ' ',
    );
    await run(bin('tsc'), [...options, 'client.ts'], { cwd: folder });
    const { stdout } = await run(bin('tsx'), ['client.ts', `${mx.url}api/v1`], { cwd: folder });
    assert.match(stdout, /^[1-9]\d* units\ncommand done\nrefused: BAD_REQUEST\n$/);
  });

  it('names a command that prints the document which is served', async () => {
    const printed: unknown = JSON.parse(await synergyOk(tempFolder(), 'api'));
    assert.deepEqual(printed, await (await fetch(`${mx.url}api/v1/openapi.json`)).json());
  });
});
