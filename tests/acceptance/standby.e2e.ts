import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { STANDBY_AGE } from '../../mx/http/stand-by.ts';
import { pages } from '../../mx/pages/registry.ts';
import { startMongoServer, whyNoMongo } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import { servicePids, synergy } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const missing = whyNoMongo() ?? noRabbitServer;
const context = `
  import { defineContext, managedProcess, tree } from 'synergy-scheduler';
  export default defineContext({
    processes: [
      managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true }),
      managedProcess({ name: 'Day', qualifier: 'daily', identity: true, blocking: 'children' }),
    ],
    trees: [tree({ name: 'tree', processes: ['Hour', 'Day'] })],
  });`;
const past = ['--start-timeperiod', '2015060120', '--as-of', '2015-06-02T00:30:00Z', '--mx-port', '0'];
const LONG = 60_000;
const OLDEST = 2_000;

describe(`a box that stands by (row 23)${missing ? ` (${missing})` : ''}`, function () {
  this.timeout(240_000);
  let mongo: MongoServer;
  let rabbit: RabbitServer;
  let store: Store;
  let url: string;
  let first: Run;
  let second: Run;
  let folder: string;

  before(async function () {
    if (missing !== undefined) return this.skip();
    [mongo, rabbit] = await Promise.all([startMongoServer(), startRabbitServer()]);
    const settings = { store: mongo.url('standby'), queue: await rabbit.vhost() };
    const start = (boxId: string): Run => {
      folder = tempFolder();
      writeFileSync(join(folder, 'process_context.ts'), context);
      writeFileSync(join(folder, 'synergy.config.json'), JSON.stringify({ ...settings, boxId }));
      return synergy(folder, 'start', ...past);
    };
    first = start('one');
    await first.line(/^dashboard: /);
    second = start('two');
    url = (await second.line(/^stands by, with its dashboard at /)).replace(/^.* at /, '').trim();
    store = await openStore(settings.store, { dataDir: '', clock: { now: () => Date.now() } });
  });
  after(async () => {
    if (missing !== undefined) return;
    for (const run of [first, second]) {
      run.child.kill('SIGTERM');
      await run.ended;
    }
    await store.close();
    await Promise.all([mongo.stop(), rabbit.dispose()]);
  });

  const get = (path: string): Promise<Response> => fetch(new URL(path, url));
  const overview = async () =>
    (await (await get('api/v1/overview')).json()) as { standbyAge?: number; jobs: Record<string, number> };
  const command = async (timeperiod: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const plan = (await (await get(`api/v1/jobs/Hour/${timeperiod}/plan?kind=reprocess`)).json()) as {
      hash: string;
    };
    const given = {
      kind: 'reprocess',
      processName: 'Hour',
      timeperiod,
      planHash: plan.hash,
      reason: 'again',
    };
    const answer = await fetch(new URL('api/v1/commands', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(given),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const isDone = async (): Promise<boolean> => (await overview()).jobs['PROCESSED'] === 5;

  it('shows what the scheduler at work does, on every page, and how old it is', async () => {
    assert.ok(await waitUntil(isDone, LONG));
    const { standbyAge } = await overview();
    assert.ok(standbyAge !== undefined && standbyAge <= OLDEST, String(standbyAge));
    for (const { path, nav, available } of pages) {
      if (nav === undefined || available !== undefined) continue;
      const answer = await get(path);
      const text = await answer.text();
      assert.equal(answer.status, 200, path);
      assert.ok(Number(answer.headers.get(STANDBY_AGE)) * 1_000 <= OLDEST, path);
      assert.match(
        text,
        /The scheduler of this box stands by\. It shows what the one at work had done/,
        path,
      );
    }
  });

  it('leaves commands with the scheduler at work, and shows what becomes of them', async () => {
    const { status, body } = await command('2015060121');
    assert.deepEqual([status, body['state']], [200, 'done'], JSON.stringify(body));
    const rows = await store.journal({ entityId: 'Hour/2015060121', limit: 9 });
    assert.ok(
      rows.some(({ event, actor, epoch }) => event === 'reprocess' && actor === 'user local' && epoch === 1),
    );
    const isShown = async (): Promise<boolean> => {
      const { node } = (await (await get('api/v1/jobs/Hour/2015060121')).json()) as {
        node: { version: number; state: string };
      };
      return node.version > 3 && node.state === 'PROCESSED';
    };
    assert.ok(await waitUntil(isShown, LONG));
  });

  it('says what only the scheduler at work does', async () => {
    const refused = await get('metrics');
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /STANDING_BY/);
  });

  it('goes on under the same address when it leads', async () => {
    const { scheduler } = await servicePids(folder);
    first.child.kill('SIGTERM');
    await first.ended;
    await second.line(/^dashboard: /);
    assert.equal((await servicePids(folder))['scheduler'], scheduler);
    const answer = await get('');
    assert.deepEqual([answer.status, answer.headers.get(STANDBY_AGE)], [200, null]);
    assert.doesNotMatch(await answer.text(), /stands by/);
    assert.equal((await overview()).standbyAge, undefined);
    assert.equal((await get('metrics')).status, 200);
    const { status, body } = await command('2015060122');
    assert.deepEqual([status, body['state']], [200, 'done'], JSON.stringify(body));
    assert.equal(await store.latestEpoch(), 2);
    assert.ok(await waitUntil(isDone, LONG));
  });
});
