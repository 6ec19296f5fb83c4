import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { synergy, synergyOk, servicePids } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** The first attempt never ends; it says that it runs, and those after it end at once. */
const context = `
import { defineContext, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [
    managedProcess({
      name: 'Hour',
      qualifier: 'hourly',
      command: ['sh', '-c', 'test "$SYNERGY_ATTEMPT" -gt 1 || { touch running; exec sleep 600; }'],
    }),
  ],
  trees: [tree({ name: 'tree', processes: ['Hour'] })],
});`;

const clock = ['--start-timeperiod', '2015060100', '--as-of', '2015-06-01T01:30:00Z', '--mx-port', '0'];
/** Well below the lease of 15 s and the collector's 10 s. */
const SOON = 5000;

describe('work whose worker died', function () {
  this.timeout(60_000);
  let folder: string;
  const runs: Run[] = [];

  const start = (): Run => {
    const run = synergy(folder, 'start', ...clock);
    runs.push(run);
    return run;
  };

  const untilRunning = async (): Promise<void> => {
    while (!existsSync(join(folder, 'running'))) await new Promise((resolve) => setImmediate(resolve));
  };

  const attempts = async (): Promise<number | undefined> => {
    const job = JSON.parse(await synergyOk(folder, 'job', 'show', 'Hour', '2015060100', '--json')) as {
      uows: { attempt: number }[];
    };
    return job.uows[0]?.attempt;
  };

  beforeEach(() => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
  });
  afterEach(async () => {
    for (const run of runs.splice(0)) {
      run.child.kill('SIGINT');
      await run.ended;
    }
  });

  it('runs again within seconds on a living box', async () => {
    const run = start();
    await untilRunning();
    const { worker } = await servicePids(folder);
    assert.ok(worker !== undefined);
    const killed = Date.now();
    process.kill(worker, 'SIGKILL');
    await run.line(/^first job finished: Hour\/2015060100/);
    assert.ok(Date.now() - killed < SOON, `it took ${Date.now() - killed} ms`);
    assert.equal(await attempts(), 2);
  });

  it('runs again within seconds of a new start after everything died', async () => {
    const first = start();
    await untilRunning();
    for (const pid of Object.values(await servicePids(folder))) process.kill(pid, 'SIGKILL');
    await first.ended;
    const begun = Date.now();
    await start().line(/^first job finished: Hour\/2015060100/);
    assert.ok(Date.now() - begun < SOON, `it took ${Date.now() - begun} ms`);
    assert.equal(await attempts(), 2);
  });
});
