import assert from 'node:assert/strict';
import { commandSpec } from '../../../db/collections.ts';
import type { Parcel } from '../../../domain/event/envelope.ts';
import { defineContext, freerunProcess } from '../../../domain/model/define.ts';
import type { OverlapPolicy } from '../../../domain/model/process.ts';
import { COMMAND_QUEUE } from '../../../domain/model/queue-name.ts';
import { executeStored } from '../../../scheduler/commands/execute.ts';
import { listenTo } from '../../../scheduler/queue-listener.ts';
import type { Courier } from '../../../worker/delivery/courier.ts';
import { parcelOf } from '../../domain/event/parcel.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';
import { clock, courierWith } from './courier-contract.ts';

const overlaps: readonly OverlapPolicy[] = ['skip', 'buffer-one'];
const entries = overlaps.map((overlap) => ({
  ...{ name: overlap, trigger: 'every 1h', overlap },
  arguments: { a: 1, b: 1 },
}));
const context = defineContext({ processes: [freerunProcess({ name: 'Mail', identity: true, entries })] });

describe('a courier to free-run entries of this installation', () => {
  let rig: Rig;
  let stop: () => Promise<void>;
  let courier: Courier;

  beforeEach(async () => {
    rig = await openRig(context);
    courier = courierWith({ scheduler: { ...rig, clock } });
    stop = listenTo(rig.services.shared, COMMAND_QUEUE, (ids) =>
      Promise.all(ids.map((id) => executeStored(rig.services, id))),
    );
  });
  afterEach(async () => {
    await courier.close();
    await stop();
    await rig.close();
  });

  let number = 0;
  const to = (entry: string, payload: Parcel['payload'] = null): Parcel =>
    parcelOf({ url: `synergy://Mail/${entry}` }, { executionId: `Events:ann/bill/${++number}#1`, payload });
  const deliver = (parcel: Parcel) => courier.deliver(parcel, new AbortController().signal, () => undefined);
  const units = () => rig.store.findUows({ processName: 'Mail', order: 'oldest' });

  it('fires once, however often the parcel is sent, with the payload over the arguments', async () => {
    const parcel = to('skip', { b: 2 });
    const receipts = await Promise.all([deliver(parcel), deliver(parcel)]);
    receipts.push(await deliver({ ...parcel, attempt: 2 }));
    const [uow, ...more] = await units();
    assert.ok(uow);
    assert.deepEqual(more, []);
    assert.deepEqual(uow.arguments, { a: 1, b: 2 });
    for (const { ok, summary } of receipts) assert.deepEqual([ok, summary], [true, `fired: ${uow.id}`]);
    const command = await rig.store.collection(commandSpec).get({ id: `event/${parcel.executionId}` });
    assert.equal(command?.actor, 'ann@example.org');
    const [row] = await rig.store.journal({ entityId: 'Mail:skip', limit: 1 });
    assert.deepEqual(
      [row?.actor, row?.reason],
      ['user ann@example.org', 'event trigger ann@example.org/bill.run'],
    );
  });

  it('says what the overlap policy makes of it', async () => {
    await deliver(to('skip'));
    await deliver(to('buffer-one'));
    const [waiting, running] = await units();
    assert.ok(waiting && running);
    const rung = await deliver(to('skip'));
    assert.deepEqual([rung.ok, rung.summary], [true, `nothing new: ${waiting.id} still waits for a worker`]);
    await rig.claim(waiting);
    const dropped = await deliver(to('skip'));
    assert.deepEqual([dropped.ok, dropped.retry], [false, false]);
    assert.equal(dropped.summary, 'not fired: the last one is still running');
    await rig.claim(running);
    const owed = await deliver(to('buffer-one', { b: 2 }));
    assert.deepEqual([owed.ok, owed.summary], [true, `owed until ${running.id} has ended`]);
    const { owedArguments } = await rig.services.freerun.get('Mail', 'buffer-one');
    assert.deepEqual(owedArguments, { b: 2 });
  });

  it('repeats why the scheduler refuses, for good', async () => {
    const { ok, retry, summary } = await deliver(to('weekly'));
    assert.deepEqual([ok, retry], [false, false]);
    assert.match(summary, /^no freerun entry Mail weekly: see/);
    const odd = await deliver(to('skip', ['a', 'list']));
    assert.deepEqual([odd.ok, odd.retry], [false, false]);
    assert.match(odd.summary, /arguments/);
  });

  it('tries again while the store is away', async () => {
    const away = courierWith();
    const receipt = await away.deliver(to('skip'), new AbortController().signal, () => undefined);
    await away.close();
    assert.deepEqual(receipt, { ok: false, retry: true, summary: 'no answer: there is no store' });
  });
});
