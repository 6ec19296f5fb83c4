import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../lib/os/process-stat.ts';
import type { ProcessIdentity } from '../../lib/os/process-stat.ts';
import { gone, living } from '../supervisor/bench.ts';
import { synergy, synergyOk, servicePids } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { daemonProcess, defineContext, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [
    managedProcess({ name: 'Hour', qualifier: 'hourly', command: ['sh', '-c', 'sleep 0.02'] }),
    daemonProcess({ name: 'Sleeper', command: ['sh', '-c', 'echo $$ > sleeper.pid; exec sleep 600'] }),
  ],
  trees: [tree({ name: 'tree', processes: ['Hour'] })],
});`;

describe('a box whose supervisor was killed', function () {
  this.timeout(60_000);
  let folder: string;
  const runs: Run[] = [];

  const start = async (...argv: string[]): Promise<Run> => {
    const run = synergy(folder, 'start', '--mx-port', '0', ...argv);
    runs.push(run);
    await run.line(/^dashboard: /);
    return run;
  };
  /** What a file holds, as soon as it holds anything. */
  const waitFor = async (name: string): Promise<string> => {
    const path = join(folder, name);
    for (;;) {
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      if (text !== '') return text;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const sleeper = async (): Promise<ProcessIdentity> => living(Number(await waitFor('sleeper.pid')));
  /** Kills the supervisor of a run; returns what it leaves. */
  const orphan = async (run: Run): Promise<{ services: ProcessIdentity[]; daemon: ProcessIdentity }> => {
    const daemon = await sleeper();
    const { supervisor, ...services } = await servicePids(folder);
    assert.equal(supervisor, run.child.pid);
    run.child.kill('SIGKILL');
    return { services: Object.values(services).map(living), daemon };
  };

  beforeEach(() => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
  });
  afterEach(async () => {
    for (const run of runs.splice(0).reverse()) {
      run.child.kill('SIGTERM');
      await run.ended;
    }
  });

  it('is taken over by the next one: the same processes, which do as it says', async () => {
    const { services, daemon } = await orphan(await start());
    const second = await start();
    const now = await servicePids(folder);
    assert.deepEqual(
      [now['scheduler'], now['worker']],
      services.map(({ pid }) => pid),
    );
    assert.equal(now['supervisor'], second.child.pid);
    for (const unit of ['scheduler', 'worker']) await second.line(new RegExp(`^${unit} goes on as process`));
    assert.equal(isAlive(daemon), true);
    await synergyOk(folder, 'restart', 'worker');
    assert.notEqual((await servicePids(folder))['worker'], now['worker']);
    const all = [...Object.values(await servicePids(folder)).map(living), await sleeper()];
    second.child.kill('SIGINT');
    assert.deepEqual([(await second.ended).code, (await second.ended).stderr], [0, '']);
    assert.deepEqual(all.filter(isAlive), []);
  });

  it('is taken over by one that is detached', async () => {
    const { services } = await orphan(await start());
    assert.match(
      await synergyOk(folder, 'start', '--daemon', '--mx-port', '0'),
      /^runs as .*; dashboard: http/,
    );
    assert.deepEqual(services.filter(isAlive), services);
    await synergyOk(folder, 'stop');
    assert.deepEqual(services.filter(isAlive), []);
  });

  it('ends with --until-done in the next one, also where the last is done before that came', async () => {
    const options = ['--until-done', '--start-timeperiod', '2015060100', '--as-of', '2015-06-01T20:30:00Z'];
    writeFileSync(
      join(folder, 'process_context.ts'),
      `import { defineContext, managedProcess, tree } from 'synergy-scheduler';
       const script = 'echo x >> runs; if [ $SYNERGY_TIMEPERIOD = 2015060100 ]; then until [ -e go ]; do sleep 0.02; done; fi';
       export default defineContext({
         processes: [managedProcess({ name: 'Hour', qualifier: 'hourly', command: ['sh', '-c', script] })],
         trees: [tree({ name: 'tree', processes: ['Hour'] })],
       });`,
    );
    const first = await start(...options);
    await waitFor('runs');
    first.child.kill('SIGKILL');
    const services = Object.values(await servicePids(folder)).map(living);
    writeFileSync(join(folder, 'go'), '');
    const second = await start(...options);
    await second.line(/^scheduler goes on as process/);
    await second.line(/^done: every period is finished/);
    assert.equal((await second.ended).code, 0);
    await Promise.all(services.map(gone));
  });

  it('is begun anew by one with other settings', async () => {
    const { services, daemon } = await orphan(await start());
    await start('--log-level', 'debug');
    assert.deepEqual(services.filter(isAlive), []);
    await gone(daemon);
    const now = Object.values(await servicePids(folder));
    assert.equal(now.length, 3);
    assert.ok(services.every(({ pid }) => !now.includes(pid)));
  });

  it('is stopped by the command as well', async () => {
    const { services, daemon } = await orphan(await start());
    assert.match(await synergyOk(folder, 'stop'), /^scheduler stopped\nworker stopped$/m);
    assert.deepEqual([...services, daemon].filter(isAlive), []);
    const { code, stderr } = await synergy(folder, 'restart').ended;
    assert.equal(code, 1);
    assert.match(stderr, /nothing runs on/);
  });

  it('keeps no unit that was switched off meanwhile', async () => {
    await orphan(await start());
    assert.match(await synergyOk(folder, 'super', 'stop', 'worker'), /^worker stopped$/m);
    await start();
    assert.deepEqual(Object.keys(await servicePids(folder)).sort(), ['scheduler', 'supervisor']);
  });
});
