import assert from 'node:assert/strict';
import { connect } from 'amqplib';
import type { Channel, ChannelModel } from 'amqplib';
import type { Parcel } from '../../../domain/event/envelope.ts';
import type { Courier } from '../../../worker/delivery/courier.ts';
import { parcelOf } from '../../domain/event/parcel.ts';
import { giveWay } from '../../../lib/sleep.ts';
import { noRabbitServer, startRabbitServer } from '../../support/rabbit-server.ts';
import type { RabbitServer } from '../../support/rabbit-server.ts';
import { clock, courierWith } from './courier-contract.ts';

const idle = new AbortController().signal;

describe(`an AMQP courier${noRabbitServer === undefined ? '' : `: ${noRabbitServer}`}`, function () {
  this.timeout(60_000);
  let rabbit: RabbitServer;
  let vhost: string;
  let model: ChannelModel;
  let channel: Channel;
  let courier: Courier;

  const enter = async (): Promise<void> => {
    model = await connect(vhost);
    model.on('error', () => undefined);
    channel = await model.createChannel();
  };
  before(async function () {
    if (noRabbitServer !== undefined) return this.skip();
    rabbit = await startRabbitServer();
  });
  after(async () => {
    if (noRabbitServer === undefined) await rabbit.dispose();
  });
  beforeEach(async () => {
    vhost = await rabbit.vhost();
    await enter();
    courier = courierWith();
  });
  afterEach(async () => {
    await courier.close();
    await model.close();
  });

  const deliver = (parcel: Parcel, by = courier) => by.deliver(parcel, idle, () => undefined);
  const to = (way: string, ...more: Parameters<typeof parcelOf>): Parcel =>
    parcelOf({ url: `${vhost}/${way}`, ...more[0] }, more[1]);
  const take = async (queue: string) => {
    const message = await channel.get(queue, { noAck: true });
    if (message === false) throw new Error(`nothing in ${queue}`);
    return message;
  };

  it('publishes a persistent message with all that a receiver wants to know', async () => {
    await channel.assertQueue('bills', { durable: true });
    const parcel = to('/bills?ttl=true', { headers: { 'X-Team': 'a' } }, { expiresAt: clock.now() + 60_000 });
    assert.equal((await deliver(parcel)).ok, true);
    const { content, properties } = await take('bills');
    assert.equal(content.toString(), '{"x":"y"}');
    assert.equal(properties.messageId, parcel.messageId);
    assert.equal(properties.timestamp, parcel.at / 1000);
    assert.equal(properties.contentType, 'application/json');
    assert.equal(properties.deliveryMode, 2);
    const left = Number(properties.expiration);
    assert.ok(left > 50_000 && left <= 60_000, String(properties.expiration));
    assert.equal(properties.headers?.['synergy-trigger'], 'ann@example.org/bill.run');
    assert.equal(properties.headers['x-team'], 'a');
    await deliver(to('/bills', { format: 'cloudevents-binary' }));
    const event = await take('bills');
    assert.equal(event.properties.headers?.['cloudEvents:id'], parcel.messageId);
    assert.equal(event.properties.headers['cloudEvents:specversion'], '1.0');
    assert.equal(event.properties.expiration, undefined);
  });

  it('names the exchange and key that no queue is bound with, and succeeds once one is', async () => {
    await channel.assertExchange('events', 'direct');
    const parcel = to('events/bill.due');
    const { ok, retry, summary } = await deliver(parcel);
    assert.deepEqual([ok, retry], [false, true]);
    assert.equal(summary, "no queue is bound to 'events' with key 'bill.due'");
    assert.equal((await deliver(to('/nothing'))).summary, "there is no queue 'nothing'");
    await channel.assertQueue('bills');
    await channel.bindQueue('bills', 'events', 'bill.due');
    assert.equal((await deliver(parcel)).ok, true);
    assert.equal((await take('bills')).properties.messageId, parcel.messageId);
  });

  it('repeats what the broker says of an exchange that is not there, which harms no other one', async () => {
    await channel.assertQueue('bills');
    const [missing, other] = await Promise.all([deliver(to('missing/key')), deliver(to('/bills'))]);
    assert.deepEqual([missing.ok, missing.retry, other.ok], [false, true, true]);
    assert.match(missing.summary, /NOT_FOUND - no exchange 'missing' in vhost/);
    assert.match((await deliver(to('missing/key'))).summary, /NOT_FOUND/);
    await channel.assertExchange('missing', 'fanout');
    await channel.bindQueue('bills', 'missing', '');
    assert.equal((await deliver(to('missing/key'))).ok, true);
  });

  it('enters a broker as it is told to', async () => {
    await channel.assertQueue('bills');
    const { host } = new URL(vhost);
    const wrong = courierWith({ connections: [`amqp://guest:wrong@${host}`] });
    const right = courierWith({
      connections: [`amqp://guest:wrong@other`, `amqp://guest:guest@${host}#mine`],
    });
    const named = courierWith({
      allow: [],
      connections: [`amqp://guest:wrong@${host}`, `amqp://guest:guest@127.0.0.1#mine`],
    });
    try {
      const refused = await deliver(to('/bills'), wrong);
      assert.deepEqual([refused.ok, refused.retry], [false, true]);
      assert.match(refused.summary, /ACCESS.REFUSED/);
      assert.equal((await deliver(to('/bills'), right)).ok, true);
      const inside = `${vhost.replace('//', '//guest:guest@')}//bills`;
      assert.equal((await deliver(parcelOf({ url: inside }), wrong)).ok, true);
      assert.equal((await deliver(to('/bills', { connection: 'mine' }), named)).ok, true);
    } finally {
      await Promise.all([wrong, right, named].map((one) => one.close()));
    }
  });

  it('calls no broker that is not public, unless it is named', async () => {
    const strict = courierWith({ allow: [] });
    const { ok, retry, summary } = await deliver(to('/bills'), strict);
    assert.deepEqual([ok, retry], [false, false]);
    assert.match(summary, /not a public address/);
    await strict.close();
  });

  it('comes back to a broker that was killed', async () => {
    await channel.assertQueue('bills', { durable: true });
    const parcel = to('/bills');
    assert.equal((await deliver(parcel)).ok, true);
    await rabbit.kill();
    const away = await deliver(parcel);
    assert.deepEqual([away.ok, away.retry], [false, true]);
    await rabbit.start();
    await enter();
    let receipt = await deliver(parcel);
    for (const began = clock.now(); !receipt.ok && clock.now() < began + 20_000; await giveWay()) {
      receipt = await deliver(parcel);
    }
    assert.equal(receipt.ok, true, receipt.summary);
    const ids = [await take('bills'), await take('bills')].map(({ properties }) =>
      String(properties.messageId),
    );
    assert.deepEqual(ids, [parcel.messageId, parcel.messageId]);
  });
});
