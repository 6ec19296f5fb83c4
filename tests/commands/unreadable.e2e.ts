import { DatabaseSync } from '@photostructure/sqlite';
import { commandSpec } from '../../db/collections.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../db/registry.ts';
import { freshUow, noSubject } from '../support/records.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
import type { Ended } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, freerunProcess, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [
    managedProcess({ name: 'Hour', qualifier: 'hourly', command: ['sh', '-c', 'echo done'] }),
    freerunProcess({ name: 'Clean', command: ['sh', '-c', 'touch ran'] }),
  ],
  trees: [tree({ name: 'tree', processes: ['Hour'] })],
});`;

const clock = (hour: string) => [
  ...['--start-timeperiod', '2015060100', '--as-of', `2015-06-01T${hour}:30:00Z`, '--mx-port', '0'],
];
const deep = '{"a":'.repeat(1_100) + '1' + '}'.repeat(1_100);

describe('a stored value that cannot be read back', function () {
  this.timeout(120_000);
  let folder: string;
  const file = (): string => join(folder, 'synergy-data', 'synergy.db');
  const check = (...argv: string[]): Promise<Ended> => synergy(folder, 'db', 'check', ...argv).ended;

  /** A unit of work and a command that wait, an entry, and a unit that has ended. */
  const plant = async (): Promise<void> => {
    const store = await openStore('embedded', {
      dataDir: join(folder, 'synergy-data'),
      clock: { now: () => Date.now() },
    });
    const cause = { actor: 'scheduler', reason: null, at: Date.now(), epoch: await store.latestEpoch() };
    const uow = freshUow('Clean/waiting', {
      ...{ kind: 'freerun', processName: 'Clean', entryName: 'more', createdAt: cause.at },
      submittedAt: cause.at,
    });
    await store.commit([{ cause, writes: [{ kind: 'uow-insert', uow }] }]);
    await store.collection(commandSpec).insertNew({
      ...{ id: 'waiting', kind: 'remove-freerun', arguments: {}, actor: 'ann', reason: null },
      ...noSubject,
      ...{ createdAt: cause.at, state: 'open', finishedAt: null, result: null },
    });
    await store.close();
    const database = new DatabaseSync(file(), { timeout: 10_000 });
    for (const where of [
      `unit_of_work WHERE id = 'Clean/waiting'`,
      `unit_of_work WHERE id = 'Hour/2015060100#1'`,
      `command WHERE id = 'waiting'`,
      `freerun_process WHERE entry_name = 'more'`,
    ]) {
      const [table = '', rows = ''] = where.split(' WHERE ');
      const planted = database.prepare(`UPDATE ${table} SET arguments = ? WHERE ${rows}`).run(deep);
      assert.equal(planted.changes, 1, where);
    }
    database.close();
  };

  beforeEach(async () => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
    await synergyOk(folder, 'freerun', 'add', 'Clean', 'more', 'at 03:00', ...clock('01').slice(0, 4));
    await synergyOk(folder, 'start', ...clock('01'), '--until-done');
    await plant();
  });

  const getJson = async (url: string): Promise<unknown> => {
    const answer = await fetch(url);
    assert.equal(answer.status, 200, url);
    return answer.headers.get('content-type')?.includes('json') === true ? answer.json() : answer.text();
  };

  it('stops neither a start nor other work, is named by the check, and repaired', async () => {
    const run = synergy(folder, 'start', ...clock('04'));
    const [url = ''] = /http\S+/.exec(await run.line(/^dashboard: /)) ?? [];
    await run.line(/^first job finished: Hour\/2015060101/);
    await getJson(`${url}journal`);
    const commands = JSON.stringify(await getJson(`${url}api/v1/commands`));
    assert.match(
      commands,
      /"id":"waiting","kind":"remove-freerun","arguments":\{\}.*"code":"VALUE_UNREADABLE"/,
    );
    const early = await check('--repair');
    assert.equal(early.code, 1);
    assert.match(early.stderr, /is in use by a running supervisor: --repair is for/);
    run.child.kill('SIGINT');
    await run.ended;

    const log = readFileSync(join(folder, 'synergy-data', 'logs', 'scheduler.log'), 'utf8');
    assert.equal(log.split('arguments of command waiting cannot be read back').length, 2);
    const found = await check();
    assert.equal(found.code, 1);
    const named = found.stdout.split('\n').filter((line) => line.startsWith('unreadable: '));
    assert.deepEqual(named.map((line) => line.replace(/ cannot be read back: run .*--repair'$/, '')).sort(), [
      'unreadable: arguments of command waiting',
      'unreadable: arguments of freerun_process Clean more',
      'unreadable: arguments of unit_of_work Clean/waiting',
      'unreadable: arguments of unit_of_work Hour/2015060100#1',
    ]);
    await repairs();
  });

  it('is repaired in a store that no scheduler has met since, and keeps its unit from running', async () => {
    const refused = await synergy(folder, 'db', 'copy', '--from', 'embedded', '--to', 'embedded:there').ended;
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /4 values that cannot be read back, such as .*db check --repair/);
    const stdout = await repairs();
    assert.match(stdout, /^repaired: command waiting: refused$/m);
    assert.match(stdout, /^repaired: unit of work Clean\/waiting: quarantined$/m);
    await synergyOk(folder, 'start', ...clock('02'), '--until-done');
    const units = await synergyOk(folder, 'uow', 'list');
    assert.match(units, /Clean\/waiting +│ QUARANTINED /);
    assert.match(units, /Hour\/2015060101#1 +│ PROCESSED /);
    assert.equal(existsSync(join(folder, 'ran')), false);
  });

  it('that each start writes anew stops none', async () => {
    const database = new DatabaseSync(join(folder, 'synergy-data', 'synergy.db'), { timeout: 10_000 });
    database.prepare(`UPDATE fact SET value = '{"cut' WHERE name = 'context'`).run();
    database.close();
    await synergyOk(folder, 'start', ...clock('02'), '--until-done');
    assert.doesNotMatch((await check()).stdout, /fact/);
  });

  /** Repairs, and finds the store whole afterwards. */
  const repairs = async (): Promise<string> => {
    const stdout = await synergyOk(folder, 'db', 'check', '--repair');
    assert.match(
      stdout,
      /^repaired: arguments of freerun_process Clean more: replaced by \{\}, and on is set to false$/m,
    );
    assert.match(stdout, /^sound$/m);
    const [, kept = ''] = /^what could not be read back is kept in '(.*)'$/m.exec(stdout) ?? [];
    assert.equal(statSync(kept).mode & 0o777, 0o600);
    assert.equal(readFileSync(kept, 'utf8').split(JSON.stringify(deep)).length, 5);
    assert.match(await synergyOk(folder, 'db', 'check'), /^sound$/m);
    await synergyOk(folder, 'db', 'copy', '--from', 'embedded', '--to', 'embedded:there');
    assert.match(await synergyOk(folder, 'db', 'check', '--repair'), /^nothing to repair: /m);
    return stdout;
  };
});
