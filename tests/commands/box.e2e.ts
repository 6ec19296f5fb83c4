import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BoxStatus } from '../../commands/query.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { identify, isAlive } from '../../lib/os/process-stat.ts';
import type { ProcessIdentity } from '../../lib/os/process-stat.ts';
import { writeServiceFile } from '../../supervisor/service-file.ts';
import { launcher, synergy, synergyOk, servicePids } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

let folder: string;
const runs: Run[] = [];

const start = async (...argv: string[]): Promise<Run> => {
  const run = synergy(folder, 'start', '--mx-port', '0', ...argv);
  runs.push(run);
  await run.line(/^dashboard: |runs; Ctrl-C/);
  return run;
};

const living = (pid: number | undefined): ProcessIdentity => {
  assert.ok(pid !== undefined);
  const identity = identify(pid);
  assert.ok(identity, `process ${pid} runs`);
  return identity;
};

const gone = async (identity: ProcessIdentity): Promise<void> => {
  while (isAlive(identity)) await new Promise((resolve) => setImmediate(resolve));
};

beforeEach(() => {
  folder = tempFolder();
  writeFileSync(
    join(folder, 'process_context.ts'),
    `import { daemonProcess, defineContext, managedProcess, tree } from 'synergy-scheduler';
     export default defineContext({
       processes: [
         managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true }),
         daemonProcess({ name: 'Sleeper', command: ['sh', '-c', 'echo $$ > sleeper.pid; exec sleep 600'] }),
       ],
       trees: [tree({ name: 'tree', processes: ['Hour'] })],
     });`,
  );
});
afterEach(async () => {
  for (const run of runs.splice(0)) {
    run.child.kill('SIGTERM');
    await run.ended;
  }
});

const deafContext = `
import { daemonProcess, defineContext } from 'synergy-scheduler';
const script = 'trap "" TERM; echo $$ > sleeper.pid; while :; do sleep 0.1; done';
export default defineContext({ processes: [daemonProcess({ name: 'Deaf', command: ['sh', '-c', script] })] });`;

const sleeper = async (): Promise<ProcessIdentity> => {
  const path = join(folder, 'sleeper.pid');
  while (!existsSync(path) || readFileSync(path, 'utf8') === '')
    await new Promise((resolve) => setImmediate(resolve));
  return living(Number(readFileSync(path, 'utf8')));
};

describe('a box', function () {
  this.timeout(60_000);

  it('runs in three processes, and Ctrl-C ends them all with what they started', async () => {
    const run = await start();
    await run.line(/^first job finished: Hour\/\d{10}/);
    const pids = await servicePids(folder);
    assert.deepEqual(Object.keys(pids).sort(), ['scheduler', 'supervisor', 'worker']);
    const all = [...Object.values(pids).map(living), await sleeper()];
    const asked = Date.now();
    run.child.kill('SIGINT');
    assert.equal((await run.ended).code, 0);
    assert.ok(Date.now() - asked < 10_000);
    assert.deepEqual(all.filter(isAlive), []);
    assert.equal((await run.ended).stderr, '');
  });

  it('runs on when its output is not read any more, and ends as ever', async () => {
    const run = synergy(folder, 'start', '--mx-port', '0');
    runs.push(run);
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    while (!existsSync(join(folder, 'synergy-data', 'synergy.db')))
      await new Promise((resolve) => setImmediate(resolve));
    while (!(await synergyOk(folder, 'list')).includes('PROCESSED'));
    const all = Object.values(await servicePids(folder)).map(living);
    assert.equal(all.length, 3);
    run.child.kill('SIGINT');
    assert.equal((await run.ended).code, 0);
    assert.deepEqual(all.filter(isAlive), []);
  });

  it('is stopped within ten seconds even where work heeds no signal', async () => {
    writeFileSync(join(folder, 'process_context.ts'), deafContext);
    const run = await start();
    const deaf = await sleeper();
    const asked = Date.now();
    run.child.kill('SIGINT');
    assert.equal((await run.ended).code, 0);
    assert.ok(Date.now() - asked < 10_000, `it took ${Date.now() - asked} ms`);
    assert.equal(isAlive(deaf), false);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends when npm start is sent ${signal}`, async () => {
      const root = fileURLToPath(new URL('../../', import.meta.url));
      const npm = spawn(
        'npm',
        ['start', '--', '--mx-port', '0', '--data-dir', join(folder, 'synergy-data')],
        {
          cwd: root,
        },
      );
      for await (const line of createInterface({ input: npm.stdout }))
        if (line.startsWith('dashboard')) break;
      const all = Object.values(await servicePids(folder)).map(living);
      assert.equal(all.length, 3);
      npm.kill(signal);
      await Promise.all(all.map(gone));
    });
  }

  it('ends when the shell that npx put before it is gone', async () => {
    const shell = spawn('sh', ['-c', `"$0" "$1" start --mx-port 0; true`, process.execPath, launcher], {
      cwd: folder,
      env: { ...process.env, npm_lifecycle_event: 'npx' },
    });
    for await (const line of createInterface({ input: shell.stdout }))
      if (line.startsWith('dashboard')) break;
    const all = Object.values(await servicePids(folder)).map(living);
    shell.kill('SIGTERM');
    await Promise.all(all.map(gone));
  });

  it('kills at once at a second Ctrl-C', async () => {
    writeFileSync(join(folder, 'process_context.ts'), deafContext);
    const run = await start('--worker-grace', '1h');
    const deaf = await sleeper();
    const impatience = setInterval(() => run.child.kill('SIGINT'), 100);
    await run.ended;
    clearInterval(impatience);
    await gone(deaf);
  });

  it('leaves nothing behind when its supervisor is killed and none takes over', async () => {
    const run = await start('--adopt-within', '1s');
    const all = [...Object.values(await servicePids(folder)).map(living), await sleeper()];
    run.child.kill('SIGKILL');
    await Promise.all(all.map(gone));
  });

  it('kills what a killed worker started, and starts it again', async () => {
    await start();
    const worker = living((await servicePids(folder))['worker']);
    const orphan = await sleeper();
    process.kill(worker.pid, 'SIGKILL');
    await gone(orphan);
    const { services } = JSON.parse(await synergyOk(folder, 'query', 'worker', '--json')) as BoxStatus;
    const [status] = services;
    assert.equal(status?.state, 'running');
    assert.notEqual(status.pid, worker.pid);
    assert.deepEqual([status.restarts, status.lastExit], [1, 'signal SIGKILL']);
  });

  it('runs detached, answers query, restarts and stops', async () => {
    const up = await synergyOk(folder, 'start', '--daemon', '--mx-port', '0');
    const [, pid] = /^runs as process (\d+); dashboard: http:\/\/127\.0\.0\.1:\d+\//.exec(up) ?? [];
    const first = living(Number(pid));
    assert.equal((await servicePids(folder))['supervisor'], first.pid);
    assert.match(await synergyOk(folder, 'query'), /^store: \d+ kB, its growth is known after a day$/m);
    await synergyOk(folder, 'restart');
    assert.equal(isAlive(first), false);
    const second = await servicePids(folder);
    assert.equal(Object.keys(second).length, 3);
    const all = Object.values(second).map(living);
    await synergyOk(folder, 'stop');
    assert.deepEqual(all.filter(isAlive), []);
    assert.match(await synergyOk(folder, 'stop'), /^nothing runs on /);
  });

  it('says what a detached start failed on', async () => {
    writeFileSync(join(folder, 'process_context.ts'), 'export default 7;');
    const { code, stderr } = await synergy(folder, 'start', '--daemon', '--mx-port', '0').ended;
    assert.equal(code, 1);
    assert.match(stderr, /^synergy: context file .* exports no context/m);
  });

  it('keeps a unit down that was switched off, over restarts, until it is switched on', async () => {
    await start();
    assert.match(await synergyOk(folder, 'super', 'stop', 'worker'), /^worker stopped/m);
    assert.equal((await servicePids(folder))['worker'], undefined);
    await synergyOk(folder, 'stop');
    await start();
    assert.equal((await servicePids(folder))['worker'], undefined);
    await synergyOk(folder, 'super', 'start', 'worker');
    const worker = living((await servicePids(folder))['worker']);
    await synergyOk(folder, 'restart', 'worker');
    assert.equal(isAlive(worker), false);
    living((await servicePids(folder))['worker']);
  });

  it('says that no worker runs what waits, and what starts one, in explain and doctor', async () => {
    const period = new Date(Date.now() - 7_200_000).toISOString().replace(/\D/g, '').slice(0, 10);
    await synergyOk(folder, 'super', 'stop', 'worker');
    await start('--start-timeperiod', period);
    const explained = async (): Promise<string> => synergyOk(folder, 'job', 'explain', 'Hour', period);
    let told = await explained();
    while (!/none runs Hour/.test(told)) told = await explained();
    assert.match(told, /since .* was switched off; start one with 'synergy super start worker'/);
    const ill = await synergy(folder, 'doctor', '--mx-port', '0').ended;
    assert.equal(ill.code, 1);
    assert.match(
      ill.stdout,
      /^FAIL workers: no worker runs Hour, Sleeper: the worker of box .* was switched off, since .*; start it with 'synergy super start worker'$/m,
    );
    await synergyOk(folder, 'super', 'start', 'worker');
    const well = await synergy(folder, 'doctor', '--mx-port', '0').ended;
    assert.match(well.stdout, /^ok {3}workers: every process has one$/m);
    assert.match(well.stdout, /^ok {3}port: 127\.0\.0\.1:0 is free$/m);
    // The worker begins its daemons after it has begun itself.
    const isUp = async (): Promise<boolean> => {
      const { services } = JSON.parse(await synergyOk(folder, 'query', '--json')) as BoxStatus;
      return services.some(({ service, state }) => service === 'Sleeper' && state === 'running');
    };
    assert.ok(await waitUntil(isUp, 20_000));
  });

  it('runs scheduler and single processes in the foreground', async () => {
    const scheduler = await start('scheduler');
    const worker = await start('Hour');
    await scheduler.line(/^first job finished: Hour\/\d{10}/);
    assert.deepEqual(Object.keys(await servicePids(folder)).sort(), ['Hour', 'scheduler']);
    await synergyOk(folder, 'stop', 'Hour');
    assert.equal((await worker.ended).code, 0);
    scheduler.child.kill('SIGTERM');
    assert.equal((await scheduler.ended).code, 0);
  });

  it('never signals a process that was given the pid of one of ours', async () => {
    const stranger = living(process.pid);
    const file = {
      ...stranger,
      startTime: `${stranger.startTime}0`,
      service: 'supervisor',
      owner: null,
      mark: null,
    };
    writeServiceFile(join(folder, 'synergy-data'), {
      ...file,
      startedAt: 0,
      supervised: false,
      argv: [],
      environment: {},
      folder,
    });
    assert.match(await synergyOk(folder, 'stop'), /^nothing runs on /);
    assert.equal(isAlive(stranger), true);
  });
});
