import assert from 'node:assert/strict';
import { withMethods } from '../../support/collections.ts';
import { commandSpec } from '../../../db/collections.ts';
import { checkInvariants } from '../../../boot/check/invariants.ts';
import type { MovableStore } from '../../../db/transfer.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import type { CommandRequest } from '../../../scheduler/commands/check-command.ts';
import { defineContext, freerunProcess, managedProcess, tree } from '../../../domain/model/define.ts';
import { workQueue } from '../../../domain/model/queue-name.ts';
import { quarantine } from '../../support/quarantine.ts';
import { openRig, testLimits } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const context = defineContext({
  processes: [
    managedProcess({
      ...{ name: 'Hour', qualifier: 'hourly', identity: true },
      ...{ concurrency: 2, retry: { maxAttempts: 2 } },
    }),
    freerunProcess({ name: 'Mail', identity: true, entries: [{ name: 'daily', trigger: 'every 1h' }] }),
  ],
  trees: [tree({ name: 'one', processes: ['Hour'] })],
});
const PERIOD = '2015053122';
const ID = `Hour/${PERIOD}#1`;

describe('quarantine', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(context);
    await rig.tick('Hour');
  });
  afterEach(() => rig.close());

  const unit = async (id = ID): Promise<UowRecord> => {
    const [uow] = await rig.store.uows([id]);
    assert.ok(uow, id);
    return uow;
  };
  const order = (
    kind: 'cancel-uow' | 'release-uow',
    uowId = ID,
    id = `${kind} ${uowId}`,
  ): CommandRequest => ({
    ...{ id, kind, uowId, reason: 'disk full' },
  });
  const release = (uowId = ID, id?: string) => rig.api.execute(order('release-uow', uowId, id));

  it('holds a unit after three crashes until a user releases it, with three more and all attempts', async () => {
    await quarantine(rig, ID);
    rig.clock.advance(24 * 3_600_000);
    await rig.sweep();
    assert.equal((await unit()).state, 'INVALID', 'the collector leaves it alone');
    assert.deepEqual((await release()).result, { released: ID });
    const released = await unit();
    assert.deepEqual(
      [released.state, released.crashes, released.attempt, released.released],
      ['REQUESTED', 0, 3, { attempt: 3, at: rig.clock.now() }],
    );
    await quarantine(rig, ID);
    await release(ID, 'again');
    await rig.finish('Hour', PERIOD, 'fail');
    rig.clock.advance(31_000);
    await rig.sweep();
    assert.equal((await unit()).state, 'REQUESTED', 'its first attempt of two has failed');
    await rig.finish('Hour', PERIOD, 'fail');
    rig.clock.advance(31_000);
    await rig.sweep();
    const { state, error } = await unit();
    assert.deepEqual([state, error], ['CANCELED', 'gave up after 2 attempts: broken']);
    assert.equal(rig.state('Hour', PERIOD), 'SKIPPED');
    const limits = { ...testLimits, recovery: 30_000, killGrace: 5_000 };
    const evidence = { situation: 'stopped', now: rig.clock.now(), context, limits } as const;
    const { violations } = await checkInvariants(rig.store as MovableStore, { evidence });
    assert.deepEqual(violations, [], 'the ledger counts as the collector does');
  });

  it('is rung for and journaled when released, and finishes its job', async () => {
    await quarantine(rig, ID);
    const queue = workQueue(context.processes[0] as (typeof context.processes)[0]);
    await rig.queue.purge(queue);
    await release();
    assert.equal((await rig.queue.depth(queue)).ready, 1);
    const [row] = await rig.store.journal({ entityId: ID, limit: 1 });
    assert.deepEqual([row?.event, row?.actor, row?.reason], ['repost', 'user ann', 'disk full']);
    await rig.finish('Hour', PERIOD);
    assert.equal(rig.state('Hour', PERIOD), 'PROCESSED');
  });

  it('ends with the unit when that is canceled, and its job is skipped', async () => {
    await quarantine(rig, ID);
    await rig.api.execute(order('cancel-uow'));
    await rig.quiet();
    assert.equal((await unit()).state, 'CANCELED');
    assert.equal(rig.state('Hour', PERIOD), 'SKIPPED');
  });

  it('is told by the explanation of the job, with the unit to release', async () => {
    await quarantine(rig, ID);
    const { blockers, summary } = await rig.api.explain({ processName: 'Hour', timeperiod: PERIOD });
    assert.deepEqual(
      blockers.map(({ kind, unit: id }) => [kind, id]),
      [['quarantined', ID]],
    );
    assert.match(
      summary,
      /unit of work Hour\/2015053122#1 is quarantined \(poison: .*\): release it .* or cancel it/,
    );
  });

  it('is counted and shown before all that is retried by itself', async () => {
    await rig.finish('Hour', '2015053123', 'fail');
    await quarantine(rig, ID);
    const { quarantined, attention, attentionTotal } = await rig.api.overview();
    assert.deepEqual([quarantined, attentionTotal], [1, 2]);
    assert.deepEqual(
      attention.map(({ id }) => id),
      [ID, 'Hour/2015053123#1'],
    );
    const listed = await rig.api.uows({ quarantined: true, limit: 10 });
    assert.deepEqual(
      listed.map(({ id }) => id),
      [ID],
    );
  });

  it('releases a unit that waits for its retry at once', async () => {
    await rig.finish('Hour', PERIOD, 'fail');
    await release();
    const { state, retryAt } = await unit();
    assert.deepEqual([state, retryAt], ['REQUESTED', null]);
  });

  it('releases once for a command that is carried out again, its outcome having been lost', async () => {
    for (const kind of ['release-uow', 'cancel-uow'] as const) {
      await quarantine(rig, ID);
      const collection = rig.store.collection.bind(rig.store);
      const killed = (): Promise<boolean> => Promise.reject(new Error('killed'));
      Object.assign(rig.store, withMethods(rig.store, commandSpec, { compareAndSet: killed }));
      await assert.rejects(rig.api.execute(order(kind)));
      rig.store.collection = collection;
      const { version } = await unit();
      assert.equal((await rig.api.execute(order(kind))).state, 'done');
      assert.equal((await unit()).version, version);
    }
  });

  it('refuses to release what cannot run', async () => {
    const refused = (message: RegExp, uowId = ID) =>
      assert.rejects(release(uowId, `r${Math.random()}`), { code: 'CONFLICT', message });
    await refused(/is REQUESTED: only an INVALID unit/);
    await assert.rejects(release('Hour/x#1'), { code: 'NOT_FOUND' });
    await quarantine(rig, ID);
    await rig.api.execute({ kind: 'set-managed', processName: 'Hour', on: false });
    await refused(/Hour is off: switch it on first/);
  });

  it('keeps a freerun unit through the next firings of its entry', async () => {
    const entry = { processName: 'Mail', entryName: 'daily' } as const;
    await rig.api.execute({ kind: 'fire-freerun', ...entry });
    const first = (await rig.services.freerun.get('Mail', 'daily')).relatedUow ?? '';
    await quarantine(rig, first);
    rig.clock.advance(1_000);
    await rig.api.execute({ kind: 'fire-freerun', ...entry });
    assert.notEqual((await rig.services.freerun.get('Mail', 'daily')).relatedUow, first);
    assert.equal((await unit(first)).state, 'INVALID');
    await release(first);
    assert.equal((await unit(first)).state, 'REQUESTED');
  });
});
