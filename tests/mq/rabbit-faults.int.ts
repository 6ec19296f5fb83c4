import assert from 'node:assert/strict';
import { openRabbitQueue } from '../../mq/rabbit/queue.ts';
import type { Consumer, ConsumerOptions, Queue } from '../../mq/queue.ts';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { onChannel } from './rabbit-fixture.ts';

const options: ConsumerOptions = { visibilityTimeout: 60_000, maxDeliveries: 100, prefetch: 100 };
/** Milliseconds within which a publish is told that it fails, with some room. */
const BOUND = 6_000;

/** What every caller does before it tries again. */
const backOff = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/** Publishes and takes all the time, and knows what was confirmed and what came. */
class Traffic {
  readonly confirmed = new Set<string>();
  readonly taken = new Set<string>();
  rejected = 0;
  #stopped = false;
  #changed: () => void = () => undefined;
  readonly #from: Queue;
  readonly #consumer: Consumer;
  readonly #loops: Promise<unknown>;

  constructor(from: Queue, to: Queue) {
    this.#from = from;
    this.#consumer = to.consume('q', options);
    this.#loops = Promise.all([this.#publish(), this.#take()]);
  }

  /** Resolves as soon as the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#changed = resolve));
  }

  /** Publishes no more; resolves when everything confirmed has come. */
  async finish(): Promise<void> {
    this.#stopped = true;
    await this.until(() => [...this.confirmed].every((body) => this.taken.has(body)));
    await this.#consumer.close();
    await this.#loops;
  }

  async #publish(): Promise<void> {
    for (let next = 0; !this.#stopped; next++) {
      const bodies = [`${next}a`, `${next}b`];
      try {
        await this.#from.publish('q', bodies);
        for (const body of bodies) this.confirmed.add(body);
      } catch {
        this.rejected++;
        await backOff();
      }
      this.#changed();
    }
  }

  async #take(): Promise<void> {
    for (;;) {
      const messages = await this.#consumer.take(10);
      if (messages.length === 0) return;
      await this.#consumer.ack(messages);
      for (const { body } of messages) this.taken.add(body);
      this.#changed();
    }
  }
}

const elapsed = async (work: Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work.catch(() => undefined);
  return performance.now() - start;
};

/** Publishes until it is confirmed: that the server is there again may not be known here yet. */
const insist = async (queue: Queue, body: string): Promise<void> => {
  for (;;) {
    try {
      return await queue.publish('q', [body]);
    } catch {
      await backOff();
    }
  }
};

describe(`RabbitMQ, when things go wrong${noRabbitServer === undefined ? '' : `: ${noRabbitServer}`}`, function () {
  this.timeout(90_000);
  let server: RabbitServer;
  let url: string;
  let proxy: TcpProxy;
  let opened: Queue[];
  const open = async (address = url, renewal?: number): Promise<Queue> => {
    const queue = await openRabbitQueue(address, renewal);
    opened.push(queue);
    return queue;
  };
  const throughProxy = (): Promise<Queue> => open(url.replace(`:${server.port}/`, `:${proxy.port}/`));

  before(async function () {
    if (noRabbitServer !== undefined) return this.skip();
    server = await startRabbitServer();
  });
  after(async () => {
    if (noRabbitServer === undefined) await server.dispose();
  });
  beforeEach(async () => {
    opened = [];
    url = await server.vhost();
    proxy = await startTcpProxy(server.port);
  });
  afterEach(async () => {
    await Promise.all(opened.map((queue) => queue.close()));
    await proxy.close();
  });

  for (const [how, end] of [
    ['stopped', () => server.stop()],
    ['killed', () => server.kill()],
  ] as const) {
    it(`loses nothing confirmed, and goes on by itself, when the server is ${how} and started again`, async () => {
      const [from, to] = await Promise.all([open(), open()]);
      const traffic = new Traffic(from, to);
      await traffic.until(() => traffic.confirmed.size >= 20);
      await end();
      const late = await elapsed(from.publish('q', ['x']));
      assert.ok(late < BOUND, `was told after ${late} ms`);
      await assert.rejects(from.publish('q', ['x']), { code: 'QUEUE_UNREACHABLE' });
      const again = await elapsed(from.publish('q', ['x']));
      assert.ok(again < 1_000, `was told again after ${again} ms`);
      await assert.rejects(to.depth('q'), { code: 'QUEUE_UNREACHABLE' });
      const before = traffic.confirmed.size;
      await server.start();
      await traffic.until(() => traffic.confirmed.size >= before + 20);
      await traffic.finish();
      assert.ok(traffic.rejected > 0);
    });
  }

  it('loses nothing confirmed when connections are cut again and again', async () => {
    const queue = await throughProxy();
    const traffic = new Traffic(queue, queue);
    for (let cuts = 1; cuts <= 5; cuts++) {
      await traffic.until(() => traffic.taken.size >= 20 * cuts);
      const connected = proxy.nextClient();
      proxy.cut();
      await connected;
    }
    await traffic.finish();
  });

  it('tells within its bound that nothing comes through, and finds another way when there is one', async () => {
    const queue = await throughProxy();
    await queue.publish('q', ['before']);
    proxy.swallow();
    const silence = queue.publish('q', ['lost']);
    const late = await elapsed(silence);
    assert.ok(late < BOUND, `was told after ${late} ms`);
    await assert.rejects(silence, {
      code: 'QUEUE_UNREACHABLE',
      message: /has not confirmed 1 message to 'q'/,
    });
    const asked = await elapsed(queue.depth('q'));
    assert.ok(asked < BOUND, `was told after ${asked} ms`);
    proxy.heal();
    proxy.cut();
    await insist(queue, 'after');
    const messages = await queue.consume('q', options).take(10);
    assert.deepEqual(
      messages.map(({ body }) => body).filter((body) => body !== 'lost'),
      ['before', 'after'],
    );
  });

  it('tells within its bound that the server takes nothing, and still takes and counts', async () => {
    const queue = await open();
    await queue.publish('q', ['a']);
    const consumer = queue.consume('q', options);
    await server.evaluate('vm_memory_monitor:set_vm_memory_high_watermark(0.0)');
    try {
      // The alarm takes its time to reach the connection: what comes before it is confirmed.
      const refused = { code: 'QUEUE_UNREACHABLE', message: /takes no messages at the moment: .*memory/ };
      let confirmed = 0;
      for (let isOpen = true; isOpen;) {
        const publishing = queue.publish('q', ['b']);
        const late = await elapsed(publishing);
        assert.ok(late < BOUND, `was told after ${late} ms`);
        isOpen = await publishing.then(
          () => true,
          () => false,
        );
        if (isOpen) confirmed++;
        else await assert.rejects(publishing, refused);
      }
      const taken = [];
      while (taken.length < 1 + confirmed) {
        const messages = await consumer.take(10);
        taken.push(...messages.map(({ body }) => body));
        await consumer.ack(messages);
      }
      assert.deepEqual(taken, ['a', ...Array.from({ length: confirmed }, () => 'b')]);
      assert.deepEqual(await queue.depth('q'), { ready: 0, taken: 0 });
    } finally {
      await server.evaluate('vm_memory_monitor:set_vm_memory_high_watermark(0.6)');
    }
    await insist(queue, 'c');
    const came = new Set<string>();
    while (!came.has('c')) for (const { body } of await consumer.take(1)) came.add(body);
  });

  it('makes a queue again that is deleted under a consumer that waits', async () => {
    const queue = await open(url, 1_000);
    await queue.declare(['q']);
    const consumer = queue.consume('q', options);
    await queue.publish('q', ['a']);
    await consumer.ack(await consumer.take(1));
    const waiting = consumer.take(1);
    await onChannel(url, (channel) => channel.deleteQueue('q'));
    // What met the queue while it was gone may be confirmed and forgotten: the scheduler has to ring again.
    let came = false;
    const taken = waiting.finally(() => (came = true));
    while (!came) await queue.publish('q', ['b']);
    assert.deepEqual(
      (await taken).map(({ body }) => body),
      ['b'],
    );
  });

  it('makes queue, binding and exchange again that a publisher finds missing', async () => {
    const queue = await open();
    await queue.publish('q', ['a']);
    await onChannel(url, (channel) => channel.deleteQueue('q'));
    await queue.publish('q', ['b']);
    await onChannel(url, (channel) => channel.unbindQueue('q', 'ex_utils', 'q'));
    await queue.publish('q', ['c']);
    await onChannel(url, (channel) => channel.deleteExchange('ex_utils'));
    await queue.publish('q', ['d']);
    assert.deepEqual(await queue.depth('q'), { ready: 3, taken: 0 });
  });

  it('refuses to work with a queue that exists with other arguments', async () => {
    await onChannel(url, (channel) => channel.assertQueue('q', { durable: true }));
    const queue = await open();
    const expected = {
      code: 'QUEUE_REFUSED',
      message: /has a queue or exchange of this name with other arguments \('x-.*' for queue 'q'.*delete it/,
    };
    await assert.rejects(queue.declare(['fine', 'q']), expected);
    await assert.rejects(queue.depth('q'), expected);
    await assert.rejects(queue.consume('q', options).take(1), expected);
    await queue.publish('fine', ['a']);
    assert.deepEqual(await queue.depth('fine'), { ready: 1, taken: 0 });
  });

  it('says in one line what keeps it from its work, and never the password', async () => {
    await server.evaluate('rabbit_auth_backend_internal:add_user(<<"weak">>, <<"s3cret">>, <<"test">>)');
    const vhost = new URL(url).pathname;
    const at = (login: string, path = vhost, port = server.port): string =>
      `amqp://${login}@127.0.0.1:${port}${path}`;
    const failures: readonly (readonly [string, string, RegExp])[] = [
      [at('guest:wr0ng'), 'QUEUE_REFUSED', /refused the user or its password/],
      [at('nobody:wr0ng'), 'QUEUE_REFUSED', /refused the user or its password/],
      [at('guest:guest', '/nowhere'), 'QUEUE_REFUSED', /has no such virtual host, .*make and permit it/],
      [at('weak:s3cret'), 'QUEUE_REFUSED', /does not let this user into it: make and permit it/],
      [at('guest:s3cret', vhost, 1), 'QUEUE_UNREACHABLE', /does not answer .*ECONNREFUSED/],
      ['amqp://guest:s3cret@nowhere.invalid/', 'QUEUE_UNREACHABLE', /does not answer .*nowhere\.invalid/],
      [`amqps://guest:s3cret@127.0.0.1:${server.port}/`, 'QUEUE_UNREACHABLE', /does not answer/],
    ];
    for (const [address, code, message] of failures) {
      const error: unknown = await openRabbitQueue(address).catch((reason: unknown) => reason);
      assert.ok(error instanceof Error);
      assert.match(error.message, message);
      assert.equal((error as Error & { code: string }).code, code);
      assert.doesNotMatch(error.message, /s3cret|wr0ng|\n/);
    }
  });

  it('says which permission a user lacks', async () => {
    const vhost = new URL(url).pathname.slice(1);
    await server.evaluate(
      `begin rabbit_auth_backend_internal:add_user(<<"reader">>, <<"s3cret">>, <<"test">>), rabbit_auth_backend_internal:set_permissions(<<"reader">>, <<"${vhost}">>, <<"">>, <<"">>, <<".*">>, <<"test">>) end`,
    );
    const queue = await open(url.replace('amqp://', 'amqp://reader:s3cret@'));
    const expected = { code: 'QUEUE_REFUSED', message: /did not permit it \(.*'reader'.*grant/ };
    await assert.rejects(queue.declare(['q']), expected);
    await assert.rejects(queue.publish('q', ['a']), expected);
    await assert.rejects(queue.consume('q', options).take(1), expected);
  });
});
