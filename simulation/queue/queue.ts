import { SynergyError } from '../../domain/errors.ts';
import type { Consumer, Message, Queue } from '../../mq/queue.ts';
import type { Carry } from '../store/store.ts';
import type { QueueServer, ServerConsumer } from './memory.ts';

/** How a connection to a queue reaches its server. */
export interface QueueLine {
  readonly carry: Carry;
  /** As `carry`, for a call that waits at the server until `answer` is called. Returns what to do when it gave up. */
  readonly waitFor: <T>(
    what: string,
    call: (answer: (value: T) => void) => () => void,
    signal: AbortSignal,
  ) => Promise<T | undefined>;
  /** Told of every consumer that begins, so that it can be cut off with its process. */
  readonly onConsumer?: (server: ServerConsumer) => void;
  readonly commitLog?: string | null;
}

const createConsumer = (server: ServerConsumer, { carry, waitFor }: QueueLine): Consumer => {
  const closed = new AbortController();
  return {
    take: async (max, signal) => {
      const over = new AbortController();
      const end = (): void => over.abort();
      if (closed.signal.aborted || signal?.aborted === true) return [];
      closed.signal.addEventListener('abort', end);
      signal?.addEventListener('abort', end);
      try {
        const call = (answer: (messages: Message[]) => void): (() => void) => server.take(max, answer);
        return (await waitFor('queue.take', call, over.signal)) ?? [];
      } finally {
        closed.signal.removeEventListener('abort', end);
        signal?.removeEventListener('abort', end);
      }
    },
    ack: (messages) => carry('queue.ack', () => server.ack(messages), messages),
    nack: (messages, delay) => carry('queue.nack', () => server.nack(messages, delay), messages),
    close: () => {
      closed.abort();
      server.close();
      return Promise.resolve();
    },
  };
};

/** A connection to a queue: its calls are carried to the server until it is closed. */
export const connectQueue = (server: QueueServer, line: QueueLine): Queue => {
  const consumers = new Set<Consumer>();
  let closed = false;
  const carry: Carry = (what, call, detail) =>
    closed
      ? Promise.reject(new SynergyError('STOPPED', 'the queue is closed: open it again'))
      : line.carry(what, call, detail);
  return {
    name: 'memory',
    server: null,
    capabilities: { delay: true, shared: true, countsAllTaken: true, commitLog: line.commitLog ?? null },
    declare: (queues) => carry('queue.declare', () => server.declare(queues), queues),
    publish: (queue, bodies, delay) =>
      carry('queue.publish', () => server.publish(queue, bodies, delay), [queue, ...bodies]),
    consume: (queue, options) => {
      const taker = server.consume(queue, options);
      line.onConsumer?.(taker);
      const consumer = createConsumer(taker, line);
      consumers.add(consumer);
      return consumer;
    },
    depth: (queue) => carry('queue.depth', () => server.depth(queue), [queue]),
    purge: (queue) => carry('queue.purge', () => server.purge(queue), [queue]),
    close: async () => {
      closed = true;
      await Promise.all([...consumers].map((consumer) => consumer.close()));
    },
  };
};
