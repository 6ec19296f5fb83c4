import assert from 'node:assert/strict';
import { defineContext, freerunProcess, managedProcess, tree } from '../../domain/model/define.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import type { Counter, Histogram } from '../../lib/tally.ts';
import { crash } from '../support/quarantine.ts';
import { openRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';

const context = defineContext({
  processes: [
    managedProcess({ name: 'Hourly', qualifier: 'hourly', identity: true, trigger: 'every 1m' }),
    freerunProcess({
      name: 'Mail',
      identity: true,
      entries: [{ name: 'all', trigger: 'every 1m', overlap: 'allow' }],
    }),
  ],
  trees: [tree({ name: 'one', processes: ['Hourly'] })],
});

/** Series that have counted something: their labels, how often, and of a histogram the sum. */
const told = (tally: Counter | Histogram): Record<string, number | readonly [number, number]> =>
  Object.fromEntries(
    [...tally.series()].flatMap(({ labels, counts, sum }) => {
      const count = counts.reduce((all, one) => all + one, 0);
      if (count === 0) return [];
      return [[labels.join(' '), tally.kind === 'counter' ? count : ([count, sum] as const)]];
    }),
  );

describe('a scheduler counts', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(context);
  });
  afterEach(() => rig.close());

  const measured = () => rig.api.measurements;
  const countOf = (tally: Histogram, label = ''): number => {
    const [count] = (told(tally)[label] ?? [0]) as readonly [number];
    return count;
  };

  it('how long a unit of a job waited and ran, once however often it is rung for', async () => {
    await rig.tick('Hourly');
    rig.clock.advance(2_000);
    const uow = await rig.claim(await rig.uow('Hourly', '2015053122'));
    rig.clock.advance(3_000);
    await rig.finish('Hourly', '2015053122', 'complete');
    await rig.services.turnLoop.report([uow.id]);
    await rig.tick('Hourly');
    assert.deepEqual(told(measured().waits), { Hourly: [1, 2] });
    assert.deepEqual(told(measured().runs), { Hourly: [1, 3] });
    assert.deepEqual(told(measured().ends), { 'Hourly PROCESSED': 1 });
  });

  it('each attempt that failed, and the wait before the first alone', async () => {
    await rig.tick('Hourly');
    await rig.finish('Hourly', '2015053122', 'fail');
    rig.clock.advance(60_000);
    await rig.sweep();
    await rig.finish('Hourly', '2015053122', 'fail');
    assert.deepEqual(told(measured().ends), { 'Hourly INVALID': 2 });
    assert.deepEqual(told(measured().runs), { Hourly: [2, 0] });
    assert.deepEqual(told(measured().waits), { Hourly: [1, 0] });
    assert.deepEqual(told(measured().collected), { rung: 1, reposted: 1 });
  });

  it('the end of a firing once, beside others of its entry', async () => {
    const fired: string[] = [];
    for (let times = 0; times < 2; times++) {
      const entry = { processName: 'Mail', entryName: 'all' };
      const { result } = await rig.api.execute({ kind: 'fire-freerun', ...entry });
      fired.push(result?.['uow'] as string);
    }
    for (const uow of await rig.store.uows(fired)) {
      const { id, attempt, token } = await rig.claim(uow);
      const report = { id, attempt, token: token ?? '', event: 'complete' as const };
      const counts = { processed: 0, aggregated: 0, error: null, retryAt: null };
      await rig.store.report('hand', [{ ...report, ...counts }], rig.clock.now());
    }
    await rig.services.turnLoop.report(fired);
    await rig.services.turnLoop.report(fired);
    assert.deepEqual(told(measured().ends), { 'Mail PROCESSED': 2 });
  });

  it('leases that were lost, and what the collector did about them', async () => {
    await rig.tick('Hourly');
    for (let times = 0; times < 3; times++) await crash(rig, 'Hourly/2015053122#1');
    assert.deepEqual(told(measured().leasesLost), { Hourly: 3 });
    assert.deepEqual(told(measured().collected), { reposted: 2, quarantined: 1 });
    assert.deepEqual(told(measured().ends), { 'Hourly INVALID': 1 });
    assert.deepEqual(told(measured().runs), {});
  });

  it('how late the trigger of a process was heeded', async () => {
    rig.clock.set(Date.UTC(2015, 5, 2, 3, 30, 59, 990));
    const turn = new Promise<void>((resolve) => rig.onTurn(() => resolve()));
    rig.services.rearm('Hourly');
    rig.clock.set(Date.UTC(2015, 5, 2, 3, 31, 0, 250));
    await turn;
    await rig.quiet();
    assert.deepEqual(told(measured().triggers), { Hourly: [1, 0.25] });
  });

  it('how late a firing was', async () => {
    rig.clock.set(Date.UTC(2015, 5, 2, 3, 30, 59, 940));
    await rig.services.freerun.start();
    rig.clock.set(Date.UTC(2015, 5, 2, 3, 31, 0, 500));
    const mail = context.processes.find(({ name }) => name === 'Mail');
    assert.ok(mail && mail.kind !== 'daemon');
    const options = { visibilityTimeout: 1_000, maxDeliveries: 2, prefetch: 1 };
    const consumer = rig.queue.consume(workQueue(mail), options);
    await consumer.take(1);
    await rig.quiet();
    await consumer.close();
    assert.deepEqual(told(measured().triggers), { Mail: [1, 0.5] });
  });

  it('turns, rings, and calls of the store by what they do', async () => {
    const { turns, rings, storeCalls } = measured();
    await rig.quiet();
    const [taken, rung, committed] = [countOf(turns), countOf(rings), countOf(storeCalls, 'commit')];
    await rig.services.turnLoop.report([]);
    assert.equal(countOf(turns), taken + 1);
    await rig.tick('Hourly');
    assert.equal(countOf(rings), rung + 1);
    assert.equal(countOf(storeCalls, 'commit'), committed + 1);
    const reads = countOf(storeCalls, 'read');
    await rig.api.journal({ limit: 1 });
    await rig.api.commands(1);
    assert.equal(countOf(storeCalls, 'read'), reads + 2);
  });

  it('calls of the store that failed', async () => {
    rig.store.journal = () => Promise.reject(new Error('database is locked'));
    const before = countOf(measured().storeCalls, 'read');
    await assert.rejects(rig.api.journal({ limit: 1 }), /locked/);
    assert.equal(countOf(measured().storeCalls, 'read'), before + 1);
  });

  it('history that was deleted', async () => {
    const { store, clock } = rig.services.shared;
    const line = { parentId: 'Hourly/2015053122#1', attempt: 1, at: 5, stream: 'log', line: 'x' } as const;
    await store.appendLog([1, 2].map((sequence) => ({ ...line, sequence })));
    await store.expireLogs(clock.now(), 100);
    assert.deepEqual(told(measured().expired), { lines: 2 });
  });
});
