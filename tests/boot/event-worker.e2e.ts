import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BoxStatus } from '../../commands/query.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { startHttpTarget } from '../support/http-target.ts';
import type { HttpTarget } from '../support/http-target.ts';
import { servicePids, synergy, synergyOk } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const BLOCK = 5_000;
/** Far below the period of the trigger, and far above what a busy machine costs. */
const PUNCTUAL = 500;

const context = `
import { defineContext, freerunProcess } from 'synergy-scheduler';
export default defineContext({ processes: [freerunProcess({
  name: 'Blocking', handler: './block.mjs', entries: [{ name: 'once', trigger: 'every 1000d' }],
})] });
`;

/** Keeps the whole process from doing anything else, without taking a core. */
const handler = `
import { writeFileSync } from 'node:fs';
export default () => {
  const from = Date.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${BLOCK});
  writeFileSync('blocked', JSON.stringify([from, Date.now()]));
};
`;

describe('the worker of event triggers', function () {
  this.timeout(60_000);
  let folder: string;
  let target: HttpTarget;
  const runs: Run[] = [];

  beforeEach(async () => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
    writeFileSync(join(folder, 'block.mjs'), handler);
    target = await startHttpTarget();
  });
  afterEach(async () => {
    for (const run of runs.splice(0)) {
      run.child.kill('SIGTERM');
      await run.ended;
    }
    await target.close();
  });

  const start = async (pattern: RegExp, ...names: string[]): Promise<void> => {
    const run = synergy(
      folder,
      'start',
      ...names,
      '--events',
      '--event-allow',
      '127.0.0.1',
      '--mx-port',
      '0',
    );
    runs.push(run);
    await run.line(pattern);
  };
  const addTrigger = (): Promise<string> => {
    const second = new Date(Math.ceil(Date.now() / 1000) * 1000).toISOString();
    const schedule = `R/${second}/PT1S/ET30S`;
    return synergyOk(
      folder,
      'trigger',
      'add',
      'each',
      schedule,
      target.origin,
      '--events',
      '--reason',
      'test',
    );
  };

  it('delivers on time while a handler blocks the worker of all else', async () => {
    await start(/^dashboard: /);
    assert.deepEqual(Object.keys(await servicePids(folder)).sort(), [
      'event-worker',
      'scheduler',
      'supervisor',
      'worker',
    ]);
    await addTrigger();
    await target.requests(1);
    await synergyOk(folder, 'freerun', 'fire', 'Blocking', 'once', '--reason', 'test');
    assert.ok(
      await waitUntil(() => existsSync(join(folder, 'blocked')), 3 * BLOCK),
      'the handler has not run',
    );
    const [from, to] = JSON.parse(readFileSync(join(folder, 'blocked'), 'utf8')) as [number, number];
    const meanwhile = target.seen.filter(({ at }) => from < at && at < to);
    assert.ok(meanwhile.length >= BLOCK / 1000 - 1, `${meanwhile.length} deliveries`);
    const late = meanwhile.map(({ at, headers }) => at - Date.parse(String(headers['synergy-time'])));
    assert.ok(Math.max(...late) < PUNCTUAL, `late by ${late.join(', ')} ms`);
  });

  it('makes a test that the command line asks for, and shows what was sent and answered', async () => {
    await start(/^dashboard: /);
    const far = ['trigger', 'add', 'far', 'R/2099-01-01T00:00:00Z/P1D', `${target.origin}/far`];
    await synergyOk(folder, ...far, '--header', 'X-Api-Key: s3cr3t', '--header', 'X-Team: billing');
    const told = await synergyOk(folder, 'trigger', 'test', 'far', '--payload', '{"a":1}');
    assert.match(told, /^sent a test of local\/far: Events:local\/far\/by-hand#\S+$/m);
    assert.match(told, /^→ POST http:\/\/127\.0\.0\.1:\d+\/far\?\S+ 7 bytes$/m);
    assert.match(told, /^x-api-key: \*\*\*$/im);
    assert.match(told, /^x-team: billing$/im);
    assert.match(told, /^synergy-occasion: test$/m);
    assert.match(told, /^← 2\d\d [^\n]*\n(?:[^\n]*\n)*delivered$/m);
    assert.ok(!told.includes('s3cr3t'));
    assert.equal(target.seen.at(-1)?.body, '{"a":1}');
    const gone = await startHttpTarget();
    await gone.close();
    const failed = await synergy(folder, 'trigger', 'test', 'new', `${gone.origin}/gone`).ended;
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /^← .*ECONNREFUSED|^← .*refused/m);
    assert.match(failed.stdout, /^not delivered: /m);
  });

  it('is a service like the others: switched off, told of, and switched on', async () => {
    await start(/^dashboard: /);
    assert.match(await synergyOk(folder, 'super', 'stop', 'event-worker'), /^event-worker stopped$/m);
    await addTrigger();
    let told = '';
    const isTold = async (): Promise<boolean> => {
      told = (await synergy(folder, 'doctor', '--events').ended).stdout;
      return /no worker runs Events: the event-worker of box .* was switched off/.test(told);
    };
    assert.ok(await waitUntil(isTold, 20_000), told);
    assert.match(told, /start it with 'synergy super start event-worker'/);
    assert.equal(target.seen.length, 0);
    await synergyOk(folder, 'super', 'start', 'event-worker');
    await target.requests(1);
  });

  it('delivers what the context declares, from the start', async () => {
    const second = new Date(Math.ceil(Date.now() / 1000) * 1000).toISOString();
    const declared = `
import { defineContext, eventTrigger, freerunProcess } from 'synergy-scheduler';
export default defineContext({
  processes: [freerunProcess({ name: 'None', identity: true })],
  eventTriggers: [eventTrigger({ id: 'each', schedule: 'R/${second}/PT1S/ET30S', target: '${target.origin}/declared' })],
});
`;
    writeFileSync(join(folder, 'process_context.ts'), declared);
    const checked = await synergyOk(folder, 'start', '--check', '--events', '--mx-port', '0');
    assert.match(checked, /event triggers: 1$/m);
    await start(/^dashboard: /);
    const [first] = await target.requests(1);
    assert.match(first!.url, /^\/declared\?/);
    assert.equal(first!.headers['synergy-trigger'], 'local/each');
    const [shown] = JSON.parse(await synergyOk(folder, 'trigger', 'list', '--json')) as { origin: string }[];
    assert.equal(shown?.origin, 'context');
  });

  it('is the worker itself where that runs in the foreground', async () => {
    await start(/^dashboard: /, 'scheduler');
    await start(/^worker runs/, 'worker');
    await addTrigger();
    await target.requests(1);
    const { services } = JSON.parse(await synergyOk(folder, 'query', '--json')) as BoxStatus;
    assert.deepEqual(services.map(({ service, state }) => [service, state]).sort(), [
      ['event-worker', 'running'],
      ['scheduler', 'running'],
      ['worker', 'running'],
    ]);
  });
});
