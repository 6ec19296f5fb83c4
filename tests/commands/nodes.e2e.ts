import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createMembership } from '../../cluster/keep-membership.ts';
import { createStoreDriver } from '../../cluster/drivers/store.ts';
import { openStore } from '../../db/registry.ts';
import type { Member } from '../../domain/cluster/member.ts';
import { stopwatch } from '../../lib/stopwatch.ts';
import { packageVersion } from '../../lib/package-info.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { memberOn } from '../cluster/open-member.ts';
import { servicePids, synergy, synergyOk } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const CLUSTER = `nodes ${randomUUID()}`;
const TIMEOUT = 3_000;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('synergy nodes', function () {
  this.timeout(60_000);
  let folder: string;
  let run: Run;
  let end = (): Promise<void> => Promise.resolve();

  const settings = (more: object): void =>
    writeFileSync(
      join(folder, 'synergy.config.json'),
      JSON.stringify({ boxId: 'oak', clusterName: CLUSTER, ...more }),
    );
  const start = async (): Promise<string> => {
    run = synergy(folder, 'start', '--mx-port', '0');
    return (await run.line(/^dashboard: /)).replace('dashboard: ', '');
  };
  const nodes = async (): Promise<Member[]> =>
    JSON.parse(await synergyOk(folder, 'nodes', '--json')) as Member[];
  const sees = (services: readonly string[], limit: number): Promise<boolean> =>
    waitUntil(
      async () =>
        (await nodes()).map(({ box, facts }) => `${box} ${facts.service}`).join() === services.join(),
      limit,
    );

  beforeEach(() => {
    folder = tempFolder();
    writeFileSync(
      join(folder, 'process_context.ts'),
      `import { defineContext, managedProcess, tree } from 'synergy-scheduler';
       export default defineContext({
         processes: [managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true })],
         trees: [tree({ name: 'tree', processes: ['Hour'] })],
       });`,
    );
  });
  afterEach(async () => {
    run.child.kill('SIGTERM');
    await run.ended;
    await end();
    end = () => Promise.resolve();
  });

  it('shows services that see each other, with what they do, their versions and contexts', async () => {
    settings({ cluster: 'store' });
    const site = await start();
    assert.ok(await sees(['oak scheduler', 'oak worker'], 10_000));
    const [scheduler, worker] = await nodes();
    assert.equal(scheduler?.facts.leads, true);
    assert.deepEqual(worker?.facts.processes, ['Hour']);
    for (const member of [scheduler, worker]) {
      assert.equal(member.facts.version, packageVersion);
      assert.match(member.facts.context ?? '', /^[0-9a-f]{16}$/);
      assert.ok(Math.abs(member.since - Date.now()) < 60_000);
    }
    assert.equal(scheduler.facts.context, worker.facts.context);
    assert.match(await synergyOk(folder, 'nodes'), /oak +│ worker +│ serves Hour +│/);
    const { items } = (await (await fetch(`${site}api/v1/nodes`)).json()) as { items: Member[] };
    assert.deepEqual(
      items.map(({ id }) => id),
      [scheduler.id, worker.id],
    );
    assert.match(
      await synergyOk(folder, 'doctor', '--mx-port', '0'),
      /ok +cluster: .* by store: 2 services on 1 box/,
    );
  });

  it('loses a killed service after its time-out, and one that stops at once', async () => {
    settings({ cluster: 'store' });
    await start();
    assert.ok(await sees(['oak scheduler', 'oak worker'], 10_000));
    const [, killed] = await nodes();
    const { worker = 0 } = await servicePids(folder);
    process.kill(worker, 'SIGKILL');
    // Its supervisor starts another one, which is another member.
    const isGone = async (): Promise<boolean> => (await nodes()).every(({ id }) => id !== killed?.id);
    assert.ok(await waitUntil(isGone, TIMEOUT + 2_000));
    assert.ok(await sees(['oak scheduler', 'oak worker'], 10_000));
    await synergyOk(folder, 'super', 'stop', 'worker');
    assert.ok(await sees(['oak scheduler'], 2_000));
  });

  it('tells of a member of another version that has loaded another context, as doctor and the page do', async () => {
    settings({ cluster: 'store' });
    const site = await start();
    assert.ok(await sees(['oak scheduler', 'oak worker'], 10_000));
    const store = await openStore('embedded', { dataDir: join(folder, 'synergy-data'), clock: systemClock });
    const driver = createStoreDriver(store, { cluster: CLUSTER, timeout: TIMEOUT });
    const other = createMembership(driver, { timeout: TIMEOUT, stopwatch, logger: silent });
    end = () => other.close().finally(() => store.close());
    await other.join(memberOn('birch', { version: '0.0.9', context: '0123456789abcdef' }));
    assert.ok(await sees(['birch worker', 'oak scheduler', 'oak worker'], 2_000));
    const { stderr } = await synergy(folder, 'nodes').ended;
    assert.match(stderr, new RegExp(`2 versions run side by side: 0.0.9, ${packageVersion}`));
    assert.match(stderr, /2 contexts are loaded side by side/);
    const { code, stdout } = await synergy(folder, 'doctor', '--mx-port', '0').ended;
    assert.equal(code, 1);
    assert.match(stdout, /FAIL cluster: 2 versions run side by side/);
    const seen = async (): Promise<boolean> =>
      /0\.0\.9[^]*2 contexts/.test(await (await fetch(`${site}nodes`)).text());
    assert.ok(await waitUntil(seen, 2_000));
  });

  it('has a box work on while its membership server says nothing, and stop in order', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    end = () => {
      mute.close();
      return Promise.resolve();
    };
    settings({ cluster: `redis://127.0.0.1:${(mute.address() as AddressInfo).port}` });
    const site = await start();
    await run.line(/^first job finished: Hour/);
    const { items } = (await (await fetch(`${site}api/v1/nodes`)).json()) as { items: Member[] };
    assert.deepEqual(items, []);
    const { code, stderr } = await synergy(folder, 'nodes').ended;
    assert.equal(code, 1);
    assert.match(stderr, /^synergy: .*no answer/);
    assert.match(await synergyOk(folder, 'stop'), /stopped/);
    assert.equal((await run.ended).code, 0);
  });

  it('shows the services of a box that is alone, which see no others', async () => {
    settings({});
    await start();
    const found = await nodes();
    assert.deepEqual(
      found.map(({ box, facts }) => `${box} ${facts.service}`),
      ['oak scheduler', 'oak worker'],
    );
    assert.match(await synergyOk(folder, 'doctor', '--mx-port', '0'), /by local: 2 services on 1 box/);
  });
});
