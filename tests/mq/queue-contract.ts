import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../domain/clock.ts';
import type { Consumer, ConsumerOptions, Message, Queue } from '../../mq/queue.ts';

/** A queue without messages, for one test. */
export interface QueueFixture {
  readonly queue: Queue;
  /** Another connection to the same queue, as another process would have it. */
  readonly connect: () => Promise<Queue>;
  /** Closes every connection and removes all messages. */
  readonly dispose: () => Promise<void>;
}

const options: ConsumerOptions = { visibilityTimeout: 10_000, maxDeliveries: 3, prefetch: 100 };
const clock: Clock = { now: () => Date.now() };

const bodies = (messages: readonly Message[]): string[] => messages.map(({ body }) => body);

/** Takes until so many messages have come. */
const takeAll = async (consumer: Consumer, count: number): Promise<string[]> => {
  const taken: string[] = [];
  while (taken.length < count) {
    const messages = await consumer.take(100);
    await consumer.ack(messages);
    taken.push(...bodies(messages));
  }
  return taken;
};

/** What every message queue has to do. */
export const queueContract = (name: string, open: () => Promise<QueueFixture>): void => {
  describe(`queue contract: ${name}`, () => {
    let fixture: QueueFixture;
    let queue: Queue;
    beforeEach(async () => {
      fixture = await open();
      queue = fixture.queue;
      await queue.declare(['q', 'other']);
    });
    afterEach(() => fixture.dispose());

    it('hands out messages in order of arrival', async () => {
      await queue.publish('q', ['a', 'b']);
      await queue.publish('q', ['c']);
      const messages = await queue.consume('q', options).take(10);
      assert.deepEqual(
        messages.map(({ body, deliveries }) => [body, deliveries]),
        [
          ['a', 1],
          ['b', 1],
          ['c', 1],
        ],
      );
    });

    it('may be told of its queues again and again', async () => {
      await queue.publish('q', ['a']);
      await queue.declare(['q', 'new']);
      assert.deepEqual(await queue.depth('q'), { ready: 1, taken: 0 });
      assert.deepEqual(await queue.depth('new'), { ready: 0, taken: 0 });
    });

    it('hands out no more than asked for', async () => {
      await queue.publish('q', ['a', 'b', 'c']);
      const consumer = queue.consume('q', options);
      assert.deepEqual(bodies(await consumer.take(2)), ['a', 'b']);
      assert.deepEqual(bodies(await consumer.take(2)), ['c']);
    });

    it('keeps queues apart', async () => {
      await queue.publish('other', ['a']);
      await queue.publish('q', ['b']);
      assert.deepEqual(bodies(await queue.consume('q', options).take(10)), ['b']);
      assert.deepEqual(await queue.depth('other'), { ready: 1, taken: 0 });
    });

    it('publishes nothing when there is nothing to publish', async () => {
      await queue.publish('q', []);
      assert.deepEqual(await queue.depth('q'), { ready: 0, taken: 0 });
    });

    it('wakes a consumer that waits', async () => {
      const waiting = queue.consume('q', options).take(10);
      await queue.publish('q', ['a']);
      assert.deepEqual(bodies(await waiting), ['a']);
    });

    it('wakes a consumer on another connection, and soon', async () => {
      const other = await fixture.connect();
      const consumer = other.consume('q', options);
      const start = clock.now();
      for (const body of ['a', 'b', 'c']) {
        const waiting = consumer.take(10);
        await queue.publish('q', [body]);
        assert.deepEqual(bodies(await waiting), [body]);
      }
      assert.ok(clock.now() - start < 1000, `took ${String(clock.now() - start)} ms`);
    });

    it('wakes takers of one consumer until all are served', async () => {
      const consumer = queue.consume('q', options);
      const waiting = [consumer.take(1), consumer.take(1), consumer.take(1)];
      await queue.publish('q', ['a', 'b', 'c']);
      assert.deepEqual((await Promise.all(waiting)).flatMap(bodies).sort(), ['a', 'b', 'c']);
    });

    it('counts what waits and what is taken', async () => {
      await queue.publish('q', ['a', 'b', 'c']);
      const consumer = queue.consume('q', options);
      const messages = await consumer.take(2);
      assert.deepEqual(await queue.depth('q'), { ready: 1, taken: 2 });
      await consumer.ack(messages.slice(0, 1));
      assert.deepEqual(await queue.depth('q'), { ready: 1, taken: 1 });
      await consumer.nack(messages.slice(1), 0);
      assert.deepEqual(await queue.depth('q'), { ready: 2, taken: 0 });
    });

    it('never hands out an acknowledged message again', async () => {
      await queue.publish('q', ['a']);
      const consumer = queue.consume('q', { ...options, visibilityTimeout: 200 });
      await consumer.ack(await consumer.take(1));
      await queue.publish('q', ['b'], 400);
      assert.deepEqual(bodies(await consumer.take(10)), ['b']);
    });

    it('hands out a message again that was not acknowledged in time', async () => {
      await queue.publish('q', ['a']);
      const first = queue.consume('q', { ...options, visibilityTimeout: 40 });
      const [lost] = await first.take(1);
      assert.ok(lost);
      const [again] = await queue.consume('q', options).take(1);
      assert.ok(again);
      assert.deepEqual([again.body, again.deliveries], ['a', 2]);
      // Too late: another consumer has it now.
      await first.ack([lost]);
      assert.deepEqual(await queue.depth('q'), { ready: 0, taken: 1 });
    });

    it('hands out a message again to the consumer that lost it', async () => {
      await queue.publish('q', ['a']);
      const consumer = queue.consume('q', { ...options, visibilityTimeout: 40, prefetch: 1 });
      assert.deepEqual(bodies(await consumer.take(1)), ['a']);
      assert.deepEqual(
        (await consumer.take(1)).map(({ deliveries }) => deliveries),
        [2],
      );
    });

    it('hands out what is given back', async () => {
      await queue.publish('q', ['a', 'b']);
      const consumer = queue.consume('q', options);
      await consumer.nack(await consumer.take(1), 0);
      const messages = await consumer.take(10);
      assert.deepEqual(messages.map(({ body, deliveries }) => `${body} ${String(deliveries)}`).sort(), [
        'a 2',
        'b 1',
      ]);
    });

    it('waits before it hands out what is delayed', async function () {
      if (!queue.capabilities.delay) return this.skip();
      const consumer = queue.consume('q', options);
      const start = clock.now();
      await queue.publish('q', ['late'], 80);
      await queue.publish('q', ['now']);
      // Both at once where this process stood still meanwhile.
      const first = await consumer.take(10);
      const late = first.length === 1 ? await consumer.take(10) : first.filter(({ body }) => body === 'late');
      const published = clock.now() - start;
      assert.deepEqual(bodies(first).sort(), first.length === 1 ? ['now'] : ['late', 'now']);
      assert.deepEqual(bodies(late), ['late']);
      assert.ok(published >= 80 && published < 1000, `came after ${String(published)} ms`);
      await consumer.nack(late, 80);
      assert.deepEqual(bodies(await consumer.take(10)), ['late']);
      const returned = clock.now() - start;
      assert.ok(returned >= 160 && returned < 2000, `came back after ${String(returned)} ms`);
    });

    it('moves a message that was handed out too often to the dead letters', async () => {
      await queue.publish('q', ['poison']);
      const consumer = queue.consume('q', { ...options, maxDeliveries: 2 });
      const dead = queue.consume('q.dead', options);
      await consumer.nack(await consumer.take(1), 0);
      const last = await consumer.take(1);
      assert.equal(last[0]?.deliveries, 2);
      await consumer.nack(last, 0);
      const waiting = consumer.take(1);
      const start = clock.now();
      assert.deepEqual(bodies(await dead.take(1)), ['poison']);
      assert.ok(clock.now() - start < 1000, `took ${String(clock.now() - start)} ms`);
      assert.deepEqual(await queue.depth('q'), { ready: 0, taken: 0 });
      await queue.publish('q', ['sound']);
      assert.deepEqual(bodies(await waiting), ['sound']);
    });

    it('holds back what exceeds the prefetch until something is done with', async () => {
      await queue.publish('q', ['a', 'b', 'c']);
      const consumer = queue.consume('q', { ...options, prefetch: 2 });
      const first = await consumer.take(10);
      assert.deepEqual(bodies(first), ['a', 'b']);
      const waiting = consumer.take(10);
      assert.equal(await Promise.race([waiting, queue.depth('q').then(({ ready }) => ready)]), 1);
      await consumer.ack(first.slice(0, 1));
      assert.deepEqual(bodies(await waiting), ['c']);
    });

    it('goes on after a message that took long', async () => {
      await queue.publish('q', ['a', 'b', 'c', 'd']);
      const consumer = queue.consume('q', { ...options, prefetch: 2 });
      for (const body of ['a', 'b', 'c', 'd']) {
        const messages = await consumer.take(1);
        assert.deepEqual(bodies(messages), [body]);
        await sleep(150);
        await consumer.ack(messages);
      }
    });

    it('counts takes under way into the prefetch', async () => {
      await queue.publish('q', ['a', 'b', 'c', 'd']);
      const consumer = queue.consume('q', { ...options, prefetch: 2 });
      const takes = [consumer.take(2), consumer.take(2)];
      const first = await Promise.race(takes);
      assert.deepEqual(await queue.depth('q'), { ready: 2, taken: 2 });
      await consumer.ack(first);
      assert.deepEqual((await Promise.all(takes)).flatMap(bodies).sort(), ['a', 'b', 'c', 'd']);
    });

    it('never hands the same message to two consumers', async () => {
      const other = await fixture.connect();
      const published = Array.from({ length: 300 }, (_, index) => `m${String(index)}`);
      const taken: string[] = [];
      const run = async (consumer: Consumer): Promise<void> => {
        for (;;) {
          const messages = await consumer.take(7);
          if (messages.length === 0) return;
          taken.push(...bodies(messages));
          await consumer.ack(messages);
          if (taken.length === published.length) await Promise.all(consumers.map((each) => each.close()));
        }
      };
      const consumers = [queue, other, queue, other].map((each) => each.consume('q', options));
      const runs = consumers.map(run);
      for (let start = 0; start < published.length; start += 30)
        await queue.publish('q', published.slice(start, start + 30));
      await Promise.all(runs);
      assert.deepEqual(taken.sort(), published.sort());
      assert.deepEqual(await queue.depth('q'), { ready: 0, taken: 0 });
    });

    it('lets two connections publish at once', async () => {
      const other = await fixture.connect();
      const publish = async (from: Queue, prefix: string): Promise<void> => {
        for (let index = 0; index < 30; index++) await from.publish('q', [`${prefix}${String(index)}`]);
      };
      const consumer = (await fixture.connect()).consume('q', options);
      const [taken] = await Promise.all([takeAll(consumer, 60), publish(queue, 'a'), publish(other, 'b')]);
      assert.equal(new Set(taken).size, 60);
      const ofA = taken.filter((body) => body.startsWith('a'));
      assert.deepEqual(
        ofA,
        Array.from({ length: 30 }, (_, index) => `a${String(index)}`),
      );
    });

    it('stops waiting when the signal aborts, before or meanwhile', async () => {
      const consumer = queue.consume('q', options);
      const controller = new AbortController();
      const waiting = consumer.take(1, controller.signal);
      const start = clock.now();
      controller.abort();
      assert.deepEqual(await waiting, []);
      assert.ok(clock.now() - start < 1000, `took ${String(clock.now() - start)} ms`);
      await queue.publish('q', ['a']);
      assert.deepEqual(await consumer.take(1, controller.signal), []);
      assert.deepEqual(bodies(await consumer.take(1)), ['a']);
    });

    it('stops waiting when the consumer is closed', async () => {
      const consumer = queue.consume('q', options);
      const waiting = [consumer.take(1), consumer.take(1)];
      await consumer.close();
      assert.deepEqual(await Promise.all(waiting), [[], []]);
      await queue.publish('q', ['a']);
      assert.deepEqual(await consumer.take(1), []);
      await consumer.close();
    });

    it('lets messages be acknowledged after the consumer was closed', async () => {
      await queue.publish('q', ['a', 'b']);
      const consumer = queue.consume('q', options);
      const messages = await consumer.take(2);
      await consumer.close();
      await consumer.ack(messages.slice(0, 1));
      await consumer.nack(messages.slice(1), 0);
      assert.deepEqual(await queue.depth('q'), { ready: 1, taken: 0 });
    });

    it('deletes all messages of a queue', async () => {
      await queue.publish('q', ['a', 'b', 'c']);
      await queue.publish('other', ['d']);
      await queue.consume('q', options).take(1);
      assert.equal(await queue.purge('q'), 3);
      assert.equal(await queue.purge('q'), 0);
      assert.deepEqual(await queue.depth('q'), { ready: 0, taken: 0 });
      assert.deepEqual(await queue.depth('other'), { ready: 1, taken: 0 });
    });

    it('closes its consumers with it, and keeps the messages', async () => {
      const waiting = queue.consume('other', options).take(1);
      await queue.publish('q', ['a']);
      await queue.close();
      assert.deepEqual(await waiting, []);
      await assert.rejects(queue.publish('q', ['b']), { code: 'STOPPED' });
      const next = await fixture.connect();
      assert.deepEqual(bodies(await next.consume('q', options).take(10)), ['a']);
    });
  });
};
