import { DatabaseSync } from '@photostructure/sqlite';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HousekeepingRun } from '../../scheduler/maintenance/housekeeping.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { synergy } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `import { defineContext, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true })],
  trees: [tree({ name: 'traffic', processes: ['Hour'] })],
});
`;

const everySecond = '* * * * * *';

describe('housekeeping of a scheduler at work', function () {
  this.timeout(120_000);
  const runs: Run[] = [];
  afterEach(async () => {
    for (const run of runs.splice(0)) {
      run.child.kill('SIGTERM');
      await run.ended;
    }
  });

  /** Starts everything in a folder, and waits until work moves; returns the address of the dashboard. */
  const start = async (folder: string, ...options: string[]): Promise<string> => {
    writeFileSync(join(folder, 'process_context.ts'), context);
    const run = synergy(folder, 'start', '--mx-port', '0', ...options);
    runs.push(run);
    const line = await run.line(/http:\/\//);
    await run.line(/^first job finished/);
    return /http:\/\/\S+/.exec(line)?.[0] ?? '';
  };

  it('shows a violation until it is gone, on the overview, in the API and in the log', async () => {
    const folder = tempFolder();
    const url = await start(folder, '--housekeeping-check', everySecond);
    const database = new DatabaseSync(join(folder, 'synergy-data', 'synergy.db'));
    const check = async (): Promise<HousekeepingRun | undefined> => {
      const answer = (await (await fetch(`${url}api/v1/overview`)).json()) as {
        housekeeping: HousekeepingRun[];
      };
      return answer.housekeeping.find(({ task }) => task === 'check');
    };
    const untilFound = (some: boolean): Promise<boolean> =>
      waitUntil(async () => {
        const last = await check();
        return last !== undefined && last.findings.length > 0 === some;
      }, 60_000);
    const overview = async (): Promise<string> => (await fetch(url)).text();

    assert.ok(await untilFound(false), 'a sound store is found sound');
    assert.doesNotMatch(await overview(), /Housekeeping, check/);
    const [{ sequence }] = database
      .prepare("SELECT min(sequence) AS sequence FROM transition WHERE actor = 'scheduler'")
      .all() as [{ sequence: number }];
    database.prepare('UPDATE transition SET epoch = epoch + 100 WHERE sequence = ?').run(sequence);
    assert.ok(await untilFound(true), 'an epoch that falls is found');
    assert.match((await check())?.findings.join() ?? '', /7 .*epoch/);
    assert.match(await overview(), /Housekeeping, check: 7 [^]*synergy db check/);
    const log = readFileSync(join(folder, 'synergy-data', 'logs', 'scheduler.log'), 'utf8');
    assert.match(log, /"level":"error","message":"housekeeping: check found: 7 /);
    database.prepare('UPDATE transition SET epoch = epoch - 100 WHERE sequence = ?').run(sequence);
    database.close();
    assert.ok(await untilFound(false), 'gone once it is mended');
    assert.doesNotMatch(await overview(), /Housekeeping, check/);
  });
});
