import assert from 'node:assert/strict';
import { boxSpec } from '../../../db/collections.ts';
import type { BoxRecord } from '../../../domain/model/record.ts';
import {
  daemonProcess,
  defineContext,
  freerunProcess,
  managedProcess,
  tree,
} from '../../../domain/model/define.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const context = defineContext({
  processes: [
    managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true }),
    managedProcess({ name: 'Theirs', qualifier: 'hourly', external: true }),
    freerunProcess({ name: 'Mail', identity: true, entries: [{ name: 'daily', trigger: 'every 1h' }] }),
    daemonProcess({ name: 'Feed', identity: true }),
  ],
  trees: [tree({ name: 'one', processes: ['Hour'] }), tree({ name: 'two', processes: ['Theirs'] })],
});
const job = { processName: 'Hour', timeperiod: '2015053122' };

describe('work without a worker', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(context);
    await rig.tick('Hour');
    await rig.tick('Theirs');
  });
  afterEach(() => rig.close());

  const write = async (...records: Partial<BoxRecord>[]): Promise<void> => {
    for (const record of records) {
      await rig.store.collection(boxSpec).put({
        ...{ boxId: 'b1', unit: 'worker', desired: 'on', actual: 'running', pid: 1, startedAt: 0 },
        ...{ restarts: 0, lastExit: null, rssBytes: null, cpuPercent: null, updatedAt: rig.clock.now() },
        ...record,
      });
    }
  };
  const down = async () => (await rig.api.overview()).standstills;

  it('is what a person has to see to, with the command, until the worker runs', async () => {
    const since = rig.clock.now();
    await write({ unit: 'scheduler' }, { desired: 'off', actual: 'stopped' });
    rig.clock.advance(60_000);
    const [found, ...others] = await down();
    assert.deepEqual(found, {
      since,
      text: "the worker of box 'b1' was switched off",
      command: 'synergy super start worker',
      processes: ['Hour', 'Feed'],
    });
    assert.deepEqual(others, []);
    const explained = await rig.api.explain(job);
    assert.match(explained.summary, /none runs Hour since .*start one with 'synergy super start worker'/);
    assert.deepEqual(
      explained.roots.map(({ kind }) => kind),
      ['no-worker'],
    );
    const blocked = (await rig.api.overview()).blocked.map(({ processName }) => processName);
    assert.ok(blocked.includes('Hour'));

    await write({});
    assert.deepEqual(await down(), []);
    assert.match((await rig.api.explain(job)).summary, /^It waits for a worker since/);
  });

  it('counts units of freerun entries, and never those of external workers', async () => {
    await write({ unit: 'scheduler' });
    await rig.api.execute({
      ...{ kind: 'fire-freerun', processName: 'Mail', entryName: 'daily' },
    });
    assert.deepEqual(
      (await down()).map(({ processes, text }) => [processes, text]),
      [[['Hour', 'Mail', 'Feed'], 'no worker was ever started']],
    );
    const theirs = await rig.api.explain({ ...job, processName: 'Theirs' });
    assert.match(theirs.summary, /^It waits for a worker since/);
  });

  it('is beside a daemon that stays down, though its worker runs', async () => {
    await write({}, { unit: 'Feed', actual: 'failed', lastExit: 'no luck' });
    assert.deepEqual(await down(), [
      {
        since: rig.clock.now(),
        processes: [],
        text: "the daemon Feed on box 'b1' failed too often and stays down (no luck)",
        command: 'synergy restart worker',
      },
    ]);
  });
});
