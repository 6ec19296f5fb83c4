import type { Channel } from 'amqplib';
import type { Queue } from '../queue.ts';
import { readAddress } from './address.ts';
import { RabbitConsumer, RENEWAL } from './consumer.ts';
import { sleep, within } from '../../lib/sleep.ts';
import { stopped, toFailure } from './failure.ts';
import { RabbitConnection } from './connection.ts';
import { createPublisher } from './publisher.ts';
import { openSession } from './connect.ts';
import { countReady, declareQueue } from './topology.ts';

/**
 * Opens the queue at a RabbitMQ server, `amqp://…` or `amqps://…`. Rejects with `INVALID_SETTING`,
 * `QUEUE_UNREACHABLE` or `QUEUE_REFUSED`; once open it outlives the outages of the server. What is published then
 * waits for a while, and is then rejected; who takes goes on waiting. `renewal` is for tests: see RENEWAL.
 */
export const openRabbitQueue = async (url: string, renewal = RENEWAL): Promise<Queue> => {
  const address = readAddress(url);
  const session = await openSession(address);
  const connection = new RabbitConnection(address, session);
  // A server that is short of memory stops reading from those who publish: acknowledgements go another way.
  const outbound = new RabbitConnection(address);
  const { product, version } = session.model.connection.serverProperties;
  return createRabbitQueue({ connection, outbound, server: `${product} ${version}`, renewal });
};

/** Milliseconds the server may take for a question, and to make a queue: its disk may be busy with others. */
const ANSWER_TIMEOUT = 5_000;
const MAKE_TIMEOUT = 20_000;

/** Asks the server on a channel of its own: a question that the server refuses ends its channel. */
const createAsk =
  (connection: RabbitConnection) =>
  async <T>(timeout: number, work: (channel: Channel) => Promise<T>): Promise<T> => {
    let channel: Channel | undefined;
    const answer = async (): Promise<T> => {
      const { model } = await connection.usable();
      channel = await model.createChannel();
      channel.on('error', () => undefined);
      return await work(channel);
    };
    try {
      return await within(timeout, answer(), () => {
        throw new Error(`no answer within ${timeout} ms`);
      });
    } catch (error) {
      throw toFailure(error, connection.label);
    } finally {
      channel?.close().catch(() => undefined);
    }
  };

/** What is asked of the server about queues; `consumersOf` finds those that hold messages of one here. */
const createOverview = (
  connection: RabbitConnection,
  consumersOf: (queue: string) => readonly RabbitConsumer[],
): Pick<Queue, 'declare' | 'depth' | 'purge'> => {
  const ask = createAsk(connection);
  const declared = new Set<string>();
  const declare = async (channel: Channel, queue: string): Promise<void> => {
    await declareQueue(channel, queue);
    declared.add(queue);
  };
  return {
    declare: async (queues) => {
      for (const queue of queues) await ask(MAKE_TIMEOUT, (channel) => declare(channel, queue));
    },
    depth: (queue) =>
      ask(ANSWER_TIMEOUT, async (channel) => {
        if (!declared.has(queue)) await declare(channel, queue);
        // Before the question is sent: what is given back to the server while it answers counts once.
        const here = consumersOf(queue).map(({ depth }) => depth);
        const there = await countReady(channel, queue);
        return {
          ready: here.reduce((sum, { ready }) => sum + ready, there),
          taken: here.reduce((sum, { taken }) => sum + taken, 0),
        };
      }),
    purge: (queue) =>
      ask(MAKE_TIMEOUT, async (channel) => {
        if (!declared.has(queue)) await declare(channel, queue);
        const concerned = consumersOf(queue);
        try {
          const dropped = await Promise.all(concerned.map((consumer) => consumer.drop()));
          const { messageCount } = await channel.purgeQueue(queue);
          return dropped.reduce((sum, count) => sum + count, messageCount);
        } finally {
          for (const consumer of concerned) consumer.resume();
        }
      }),
  };
};

interface Parts {
  readonly server: string;
  readonly connection: RabbitConnection;
  readonly outbound: RabbitConnection;
  readonly renewal: number;
}

const createRabbitQueue = ({ connection, outbound, server, renewal }: Parts): Queue => {
  const publisher = createPublisher(outbound);
  const consumers = new Map<RabbitConsumer, string>();
  const overview = createOverview(connection, (queue) =>
    [...consumers].filter(([, name]) => name === queue).map(([consumer]) => consumer),
  );
  const closing = new AbortController();
  const guard =
    <T extends readonly unknown[], R>(call: (...args: T) => Promise<R>) =>
    (...args: T): Promise<R> =>
      closing.signal.aborted ? Promise.reject(stopped()) : call(...args);

  return {
    name: 'rabbit',
    server,
    capabilities: { delay: false, shared: true, countsAllTaken: false, commitLog: null },
    declare: guard(overview.declare),
    depth: guard(overview.depth),
    purge: guard(overview.purge),
    publish: async (queue, bodies, delay = 0) => {
      // The server cannot hold it: it is durable afterwards, and not before.
      if (delay > 0) await sleep(delay, closing.signal);
      if (closing.signal.aborted) throw stopped();
      await publisher.publish(queue, bodies);
    },
    consume: (queue, options) => {
      for (const former of consumers.keys()) if (former.over) consumers.delete(former);
      const consumer = new RabbitConsumer({ queue, options, connection, renewal });
      consumers.set(consumer, queue);
      return consumer;
    },
    close: async () => {
      closing.abort();
      await Promise.all([...consumers.keys()].map((consumer) => consumer.close()));
      await publisher.idle();
      for (const consumer of consumers.keys()) consumer.end();
      await Promise.all([connection.close(), outbound.close()]);
    },
  };
};
