import { DatabaseSync } from '@photostructure/sqlite';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HousekeepingRun } from '../../scheduler/maintenance/housekeeping.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
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
    const database = new DatabaseSync(join(folder, 'synergy-data', 'synergy.db'), { timeout: 10_000 });
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

  it('makes backups while work goes on, and the commands of the documentation restore one after a crash', async () => {
    const folder = tempFolder();
    const often = ['--housekeeping-backup', everySecond, '--housekeeping-backup-keep', '2'];
    await start(folder, ...often, '--lease', '2s', '--heartbeat', '500ms');
    const backups = (data: string): string[] =>
      readdirSync(join(folder, data, 'backups')).filter((name) => name.endsWith('Z'));
    assert.ok(
      await waitUntil(() => {
        const log = readFileSync(join(folder, 'synergy-data', 'logs', 'scheduler.log'), 'utf8');
        return /"kept":2.*"removed":1/.test(log);
      }, 60_000),
      'a third backup takes the place of the first',
    );
    const [run] = runs.splice(0);
    run?.child.kill('SIGKILL');
    await run?.ended;

    const page = readFileSync(new URL('../../docs/deployment.md', import.meta.url), 'utf8');
    const [, block = ''] = /To go back to one:\n\n```sh\n([^]*?)```/.exec(page) ?? [];
    const [stop, move, copy, check, again] = block.trim().split('\n');
    const synergyArgv = (command = ''): string[] => command.split(' ').slice(1);
    await synergyOk(folder, ...synergyArgv(stop));
    assert.equal(move, 'mv synergy-data old-data');
    renameSync(join(folder, 'synergy-data'), join(folder, 'old-data'));
    const [newest = ''] = backups('old-data').toSorted().reverse();
    const restore = synergyArgv(copy?.replace(/\d{4}-\S+Z/, newest));
    // A worker of the time of the backup may hold a unit until its lease ends.
    assert.ok(await waitUntil(async () => (await synergy(folder, ...restore).ended).code === 0, 30_000));
    assert.match(await synergyOk(folder, ...synergyArgv(check)), /^sound$/m);
    assert.equal(again, 'synergy start --daemon');
    const jobs = (data: string): unknown[] => {
      const database = new DatabaseSync(join(folder, data, 'synergy.db'), { timeout: 10_000 });
      const rows = database.prepare('SELECT * FROM job ORDER BY process_name, timeperiod').all();
      database.close();
      return rows;
    };
    const restored = jobs('synergy-data');
    assert.ok(restored.length > 0);
    assert.deepEqual(restored, jobs(`old-data/backups/${newest}`));
  });

  it('refuses backups of a store on a server, and names the tool for that', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
    const store = ['--store', 'mongodb://127.0.0.1:1/x', '--housekeeping-backup', '@daily'];
    const { code, stderr } = await synergy(folder, 'start', '--check', ...store).ended;
    assert.equal(code, 1);
    assert.match(stderr, /'housekeepingBackup': expected 'off' .*given "@daily".*mongodump/);
  });
});
