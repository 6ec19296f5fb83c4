import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'amqplib';
import type { Channel, ChannelModel } from 'amqplib';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import { executionId } from '../../domain/event/execution.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { startAmqpProxy } from '../support/amqp-proxy.ts';
import { noKafkaServer, startKafkaServer } from '../support/kafka-server.ts';
import type { KafkaServer } from '../support/kafka-server.ts';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, freerunProcess } from 'synergy-scheduler';
export default defineContext({
  processes: [
    freerunProcess({
      name: 'Mail',
      identity: true,
      entries: [{ name: 'daily', trigger: 'R/2099-01-01T00:00:00Z/P1D', arguments: { to: 'all', dry: true } }],
    }),
  ],
});
`;

const LONG = 60_000;
const OUTAGE = 10_000;
const missing = noKafkaServer ?? noRabbitServer;

describe(`event triggers over brokers${missing === undefined ? '' : `: ${missing}`}`, function () {
  this.timeout(120_000);
  const folder = tempFolder();
  let kafka: KafkaServer;
  let rabbit: RabbitServer;
  let proxy: Awaited<ReturnType<typeof startAmqpProxy>>;
  let losing = false;
  let vhost: string;
  let model: ChannelModel;
  let channel: Channel;
  let run: Run;
  let store: Store;

  const enter = async (): Promise<void> => {
    model = await connect(vhost);
    model.on('error', () => undefined);
    channel = await model.createChannel();
  };
  before(async function () {
    if (missing !== undefined) return this.skip();
    [kafka, rabbit] = await Promise.all([startKafkaServer(), startRabbitServer()]);
    proxy = await startAmqpProxy(rabbit.port, () => losing);
    vhost = await rabbit.vhost();
    await enter();
    writeFileSync(join(folder, 'process_context.ts'), context);
    const connections = [
      `kafka://ann:secret@${kafka.secure}?tls=true`,
      `kafka://${kafka.broker}`,
      'amqp://guest:guest@127.0.0.1',
    ];
    process.env['NODE_EXTRA_CA_CERTS'] = kafka.certificate;
    run = synergy(folder, 'start', '--events', '--event-connections', connections.join(), '--mx-port', '0');
    delete process.env['NODE_EXTRA_CA_CERTS'];
    await run.line(/^dashboard: /);
    const clock = { now: () => Date.now() };
    store = await openStore('embedded', { dataDir: join(folder, 'synergy-data'), clock });
  });
  after(async () => {
    if (missing !== undefined) return;
    run.child.kill('SIGTERM');
    await run.ended;
    await Promise.all([store.close(), model.close().catch(() => undefined), proxy.close()]);
    await Promise.all([kafka.dispose(), rabbit.dispose()]);
  });

  const trigger = (...argv: readonly string[]): Promise<string> =>
    synergyOk(folder, 'trigger', ...argv, '--events');
  /** Adds a trigger of a distant schedule and fires it by hand; resolves with the id of the execution. */
  const fire = async (id: string, url: string, ...more: readonly string[]): Promise<string> => {
    const schedule = 'R/2099-01-01T00:00:00Z/P1D/ET1M';
    assert.equal(await trigger('add', id, schedule, url, ...more), `added local/${id}`);
    return (await trigger('fire', id)).replace(`fired local/${id}: `, '').trim();
  };
  /** An execution, once it is as it should be; with its log. */
  const seen = async (id: string, is: (uow: UowRecord) => boolean) => {
    let uow: UowRecord | undefined;
    const isSo = async (): Promise<boolean> => {
      [uow] = await store.uows([id]);
      return uow !== undefined && is(uow);
    };
    assert.ok(await waitUntil(isSo, LONG), `the execution ${id}: ${JSON.stringify(uow)}`);
    const { state, attempt } = uow as UowRecord;
    let log = '';
    const isLogged = async (): Promise<boolean> => {
      log = (await store.log(id, 0, 1000)).map(({ line }) => line).join('\n');
      return log.split('←').length > attempt;
    };
    assert.ok(await waitUntil(isLogged, LONG), log);
    return { state, attempt, log };
  };
  const ended = (id: string) => seen(id, ({ state }) => isUowFinished(state));
  const retrying = (id: string) => seen(id, ({ state }) => state === 'INVALID');
  /** Message ids in a queue, until it is empty. */
  const drain = async (queue: string): Promise<string[]> => {
    const ids: string[] = [];
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (message === false) return ids;
      ids.push(String(message.properties.messageId));
    }
  };

  it('append to Kafka with TLS and SASL, records of one trigger in the order of their instants (22)', async () => {
    const topic = await kafka.topic(3);
    const url = `kafka://${kafka.secure}/${topic}`;
    await trigger('add', 'ordered', 'R/2026-01-01T00:00:00Z/PT1S/ET1M', url, '--payload', '[1]');
    const records = await kafka.records(topic, 5);
    await trigger('pause', 'ordered');
    const [first] = records;
    assert.ok(first);
    assert.deepEqual(
      records.map(({ timestamp }) => timestamp - first.timestamp),
      [0, 1000, 2000, 3000, 4000],
    );
    const said = records.map(({ key, value, partition }) => `${key} ${value} ${partition}`);
    assert.deepEqual([...new Set(said)], [`local/ordered [1] ${first.partition}`]);
    const { state, log } = await ended(executionId({ owner: 'local', id: 'ordered' }, first.timestamp));
    assert.equal(state, 'PROCESSED');
    assert.ok(log.endsWith(`← acknowledged: partition ${first.partition}, offset 0`), log);
  });

  it('wait for a Kafka that is away for 10 s, and succeed by another attempt (22)', async () => {
    const topic = await kafka.topic();
    await kafka.kill();
    const since = Date.now();
    const id = await fire('away', `kafka://${kafka.broker}/${topic}`);
    assert.match((await retrying(id)).log, /← no answer: connection refused/);
    assert.ok(await waitUntil(() => Date.now() - since >= OUTAGE, LONG));
    await kafka.start();
    const { state, attempt } = await ended(id);
    assert.deepEqual([state, attempt > 1], ['PROCESSED', true]);
    const [record] = await kafka.records(topic, 1);
    assert.match(record?.headers['message-id'] ?? '', /^msg_/);
  });

  it('say that no queue is bound to an exchange, and succeed once one is (22)', async () => {
    await channel.assertExchange('events', 'direct');
    const id = await fire('unbound', `${vhost}/events/bill.due`);
    assert.match((await retrying(id)).log, /← no queue is bound to 'events' with key 'bill\.due'/);
    await channel.assertQueue('bills');
    await channel.bindQueue('bills', 'events', 'bill.due');
    const { state, attempt } = await ended(id);
    assert.deepEqual([state, attempt > 1], ['PROCESSED', true]);
    assert.equal((await drain('bills')).length, 1);
  });

  it('send a message again with the same id when its broker died before the confirmation came (22)', async () => {
    await channel.assertQueue('durable', { durable: true });
    const through = vhost.replace(`:${rabbit.port}`, `:${proxy.port}`);
    losing = true;
    const id = await fire('unconfirmed', `${through}//durable`);
    assert.ok(await waitUntil(() => proxy.lost() > 0, LONG));
    await rabbit.kill();
    losing = false;
    await rabbit.start();
    await enter();
    const { state, attempt } = await ended(id);
    assert.deepEqual([state, attempt > 1], ['PROCESSED', true]);
    const ids = await drain('durable');
    assert.ok(ids.length > 1, 'the broker had the message before it was killed');
    assert.equal(new Set(ids).size, 1);
    const units = await store.findUows({ processName: 'Events', entryName: 'local/unconfirmed' });
    assert.equal(units.length, 1);
  });

  it('fire an entry of this installation, with the payload over its arguments', async () => {
    const { state, log } = await ended(
      await fire('own', 'synergy://Mail/daily', '--payload', '{"dry":false}'),
    );
    assert.equal(state, 'PROCESSED', log);
    const [fired, ...more] = await store.findUows({ processName: 'Mail' });
    assert.deepEqual([fired?.arguments, more], [{ to: 'all', dry: false }, []]);
    assert.ok(log.endsWith(`← fired: ${fired?.id}`), log);
    const refused = await ended(await fire('nowhere', 'synergy://Mail/weekly'));
    assert.equal(refused.state, 'CANCELED');
    assert.match(refused.log, /← no freerun entry Mail weekly/);
  });
});
