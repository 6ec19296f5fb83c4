import assert from 'node:assert/strict';
import { openRabbitQueue } from '../../mq/rabbit/queue.ts';
import type { ConsumerOptions, Message, Queue } from '../../mq/queue.ts';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const options: ConsumerOptions = { visibilityTimeout: 60_000, maxDeliveries: 100, prefetch: 100 };
const bodies = (messages: readonly Message[]): string[] => messages.map(({ body }) => body);
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe(`RabbitMQ consumer${noRabbitServer === undefined ? '' : `: ${noRabbitServer}`}`, () => {
  let server: RabbitServer;
  let url: string;
  let opened: Queue[];
  let one: Queue;
  let other: Queue;
  const open = async (address: string): Promise<Queue> => {
    const queue = await openRabbitQueue(address);
    opened.push(queue);
    return queue;
  };
  /** Resolves when the server waits for no acknowledgement of queue `q`. */
  const settled = (): Promise<void> => {
    const vhost = new URL(url).pathname.slice(1);
    return server.evaluate(`(fun Wait() ->
      {ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"${vhost}">>, queue, <<"q">>)),
      case ra:local_query(amqqueue:get_pid(Q), fun rabbit_fifo:query_messages_checked_out/1) of
        {ok, {_, 0}, _} -> ok;
        _ -> timer:sleep(5), Wait()
      end end)()`);
  };

  before(async function () {
    if (noRabbitServer !== undefined) return this.skip();
    this.timeout(60_000);
    server = await startRabbitServer();
  });
  after(async () => {
    if (noRabbitServer === undefined) await server.dispose();
  });
  beforeEach(async () => {
    opened = [];
    url = await server.vhost();
    [one, other] = await Promise.all([open(url), open(url)]);
    await one.declare(['q']);
  });
  afterEach(async () => {
    await Promise.all(opened.map((queue) => queue.close()));
  });

  it('leaves to others, untouched, what it does not take', async () => {
    await one.publish('q', numbered(5));
    const busy = one.consume('q', options);
    await busy.ack(await busy.take(1));
    assert.deepEqual(await other.depth('q'), { ready: 4, taken: 0 });
    // Longer than it keeps its acknowledgement back, which would bring it the next message.
    await settled();
    assert.deepEqual(await other.depth('q'), { ready: 4, taken: 0 });
    const messages = await other.consume('q', options).take(10);
    assert.deepEqual(
      messages.map(({ body, deliveries }) => [body, deliveries]),
      [
        ['1', 1],
        ['2', 1],
        ['3', 1],
        ['4', 1],
      ],
    );
  });

  it('gives back soon what came for it while it was busy', async () => {
    const busy = one.consume('q', options);
    const waiting = busy.take(10);
    await one.publish('q', ['first']);
    assert.deepEqual(bodies(await waiting), ['first']);
    // It could have taken nine more, and does not.
    await one.publish('q', numbered(5));
    const idle = other.consume('q', options);
    const taken: Message[] = [];
    const start = performance.now();
    while (taken.length < 5) taken.push(...(await idle.take(10)));
    assert.ok(performance.now() - start < 1_000);
    assert.deepEqual(bodies(taken).sort(), numbered(5));
    assert.ok(taken.every(({ deliveries }) => deliveries <= 2));
  });

  it('asks for more when more is wanted', async () => {
    await one.publish('q', numbered(101));
    const consumer = one.consume('q', options);
    await consumer.ack(await consumer.take(1));
    let takes = 0;
    for (let taken = 0; taken < 100; takes++) {
      const messages = await consumer.take(100);
      await consumer.ack(messages);
      taken += messages.length;
    }
    assert.ok(takes <= 10, `took ${takes} times`);
  });

  it('tells the server that messages are done with, though no call takes any more', async () => {
    const proxy = await startTcpProxy(server.port);
    const proxied = await open(url.replace(`:${server.port}/`, `:${proxy.port}/`));
    await one.publish('q', ['a']);
    const consumer = proxied.consume('q', options);
    await consumer.ack(await consumer.take(1));
    await settled();
    await proxy.close();
    await one.publish('q', ['b']);
    assert.deepEqual(bodies(await other.consume('q', options).take(10)), ['b']);
  });

  it('is not bothered by an acknowledgement that a lost connection has made void', async () => {
    const proxy = await startTcpProxy(server.port);
    const proxied = await open(url.replace(`:${server.port}/`, `:${proxy.port}/`));
    await one.publish('q', ['a', 'b']);
    const consumer = proxied.consume('q', options);
    const lost = await consumer.take(2);
    const waiting = consumer.take(2);
    proxy.cut();
    const again = await waiting;
    assert.deepEqual(
      again.map(({ body, deliveries }) => [body, deliveries]),
      [
        ['a', 2],
        ['b', 2],
      ],
    );
    await consumer.ack(lost);
    await consumer.nack(lost, 0);
    assert.deepEqual(await proxied.depth('q'), { ready: 0, taken: 2 });
    await consumer.ack(again);
    await settled();
    await proxy.close();
  });

  it('holds back what is given back for later, and counts it as ready', async () => {
    await one.publish('q', ['a']);
    const consumer = one.consume('q', options);
    const start = performance.now();
    await consumer.nack(await consumer.take(1), 300);
    assert.deepEqual(await one.depth('q'), { ready: 1, taken: 0 });
    const [again] = await consumer.take(1);
    const after = performance.now() - start;
    assert.ok(after >= 300 && after < 3_000, `came back after ${after} ms`);
    assert.equal(again?.deliveries, 2);
  });

  it('keeps dead letters, however often they are taken', async () => {
    assert.deepEqual(await one.depth('never.seen.dead'), { ready: 0, taken: 0 });
    await one.publish('q.dead', ['a']);
    const consumer = one.consume('q.dead', { ...options, maxDeliveries: 1 });
    for (const deliveries of [1, 2, 3]) {
      const messages = await consumer.take(1);
      assert.equal(messages[0]?.deliveries, deliveries);
      await consumer.nack(messages, 0);
    }
  });

  it('publishes what is delayed later, or says that it will not', async () => {
    const start = performance.now();
    await one.publish('q', ['a'], 80);
    assert.ok(performance.now() - start >= 79);
    const refused = assert.rejects(one.publish('q', ['b'], 60_000), { code: 'STOPPED' });
    await one.close();
    await refused;
    assert.deepEqual(await other.depth('q'), { ready: 1, taken: 0 });
  });
});
