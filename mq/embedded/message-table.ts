import { randomInt } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Row, Statement } from '../../sqlite/statement.ts';
import { deadLetterQueue } from '../queue.ts';
import type { ConsumerOptions, Message } from '../queue.ts';

/** Where a message lies while it is taken; handed out again it lies elsewhere, which is how a receipt expires. */
interface Receipt {
  readonly visibleAt: number;
  readonly id: number;
}

/**
 * The table of messages of all queues. Published messages are durable; that one was taken or is done with may be
 * forgotten in a power cut, which only hands it out again.
 */
export const createMessageTable = (connection: SqliteConnection, clock: Clock) => ({
  publish: createPublish(connection, clock),
  take: createTake(connection, clock),
  ...createReturn(connection, clock),
  ...createOverview(connection, clock),
});

export type MessageTable = ReturnType<typeof createMessageTable>;

const createPublish = (connection: SqliteConnection, clock: Clock) => {
  const insert = connection.prepare(`
    INSERT INTO message (queue, visible_at, id, deliveries, taken, body)
    SELECT ?, ?, ? + key, 0, 0, value FROM json_each(?)`);
  const reserve = createIds();
  return (queue: string, bodies: readonly string[], delay: number): Promise<void> =>
    connection.write(() => {
      insert.get(queue, clock.now() + delay, reserve(bodies.length), JSON.stringify(bodies));
      connection.ringOnCommit(queue);
    });
};

/**
 * The first of so many rising numbers. They start at random: unique without asking the table, and in order for
 * what one process publishes.
 */
const createIds = (): ((count: number) => number) => {
  let next = randomInt(2 ** 47);
  return (count) => (next += count) - count;
};

const prepareMove = (connection: SqliteConnection): Statement =>
  connection.prepare(`
    UPDATE message SET queue = ?, visible_at = ?, taken = 0 WHERE queue = ? AND visible_at = ? AND id = ?`);

/** Hands out at most `max` messages; those handed out too often go to the dead-letter queue instead. */
const createTake = (connection: SqliteConnection, clock: Clock) => {
  const ready = connection.prepare(`
    SELECT visible_at, id, deliveries, body FROM message
    WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?`);
  const take = connection.prepare(`
    UPDATE message SET visible_at = ?, deliveries = deliveries + 1, taken = 1
    WHERE queue = ? AND visible_at = ? AND id = ?`);
  const move = prepareMove(connection);

  const takeOne = (queue: string, row: Row, now: number, options: ConsumerOptions): Message[] => {
    const [visibleAt, id, deliveries, body] = row as readonly [number, number, number, string];
    if (deliveries >= options.maxDeliveries) {
      move.get(deadLetterQueue(queue), now, queue, visibleAt, id);
      connection.ringOnCommit(deadLetterQueue(queue));
      return [];
    }
    const receipt: Receipt = { visibleAt: now + options.visibilityTimeout, id };
    take.get(receipt.visibleAt, queue, visibleAt, id);
    return [{ body, deliveries: deliveries + 1, receipt }];
  };

  return (queue: string, max: number, options: ConsumerOptions): Promise<Message[]> =>
    connection.writeLightly(() => {
      const now = clock.now();
      return ready.all(queue, now, max).flatMap((row) => takeOne(queue, row, now, options));
    });
};

const createReturn = (connection: SqliteConnection, clock: Clock) => {
  const remove = connection.prepare('DELETE FROM message WHERE queue = ? AND visible_at = ? AND id = ?');
  const move = prepareMove(connection);
  const receipts = (messages: readonly Message[]): Receipt[] =>
    messages.map(({ receipt }) => receipt as Receipt);
  return {
    remove: (queue: string, messages: readonly Message[]): Promise<void> =>
      connection.writeLightly(() => {
        for (const { visibleAt, id } of receipts(messages)) remove.get(queue, visibleAt, id);
      }),
    giveBack: (queue: string, messages: readonly Message[], delay: number): Promise<void> =>
      connection.writeLightly(() => {
        const visibleAt = clock.now() + delay;
        for (const receipt of receipts(messages))
          move.get(queue, visibleAt, queue, receipt.visibleAt, receipt.id);
        connection.ringOnCommit(queue);
      }),
  };
};

const createOverview = (connection: SqliteConnection, clock: Clock) => {
  const first = connection.prepare(
    'SELECT visible_at FROM message WHERE queue = ? ORDER BY visible_at LIMIT 1',
  );
  const count = connection.prepare(
    'SELECT count(*), total(taken AND visible_at > ?) FROM message WHERE queue = ?',
  );
  const purge = connection.prepare('DELETE FROM message WHERE queue = ?');
  return {
    /** Instant, ms, at which the first message may be taken; undefined when there is none. */
    firstVisibleAt: (queue: string) => connection.read(() => first.get(queue)?.[0] as number | undefined),
    depth: (queue: string) =>
      connection.read(() => {
        const [all, taken] = count.get(clock.now(), queue) as [number, number];
        return { ready: all - taken, taken };
      }),
    purge: (queue: string) => connection.write(() => purge.run(queue).changes),
  };
};
