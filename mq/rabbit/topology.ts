import type { Channel } from 'amqplib';
import { deadLetterQueue } from '../queue.ts';

const DEAD_EXCHANGE = 'ex_dead';
const exchanges = ['ex_managed_worker', 'ex_freerun_worker', 'ex_utils', DEAD_EXCHANGE] as const;

export const isDeadLetterQueue = (queue: string): boolean => queue.endsWith(deadLetterQueue(''));

/** The exchange that a queue hears: that of the managed or the unmanaged processes, of all else, or of the dead letters. */
export const exchangeOf = (queue: string): (typeof exchanges)[number] => {
  if (isDeadLetterQueue(queue)) return DEAD_EXCHANGE;
  if (!queue.startsWith('queue_')) return 'ex_utils';
  return queue.endsWith('_freerun') ? 'ex_freerun_worker' : 'ex_managed_worker';
};

/** Everything that publishers speak to; rejects when an exchange exists otherwise. */
export const declareExchanges = async (channel: Channel): Promise<void> => {
  for (const name of exchanges) await channel.assertExchange(name, 'topic', { durable: true });
};

/** Makes a queue and its queue of dead letters exist, bound to their exchanges. Rejects when one exists otherwise. */
export const declareQueue = async (channel: Channel, queue: string): Promise<void> => {
  await declareExchanges(channel);
  for (const name of isDeadLetterQueue(queue) ? [queue] : [deadLetterQueue(queue), queue]) {
    await countReady(channel, name);
    // A topic exchange compares word by word; a key without `*` and `#` fits itself alone.
    await channel.bindQueue(name, exchangeOf(name), name);
  }
};

/** How many messages no consumer holds; makes the queue if need be, though not where its messages come from and go to. */
export const countReady = async (channel: Channel, queue: string): Promise<number> => {
  const deadLettering = {
    'x-dead-letter-exchange': DEAD_EXCHANGE,
    'x-dead-letter-routing-key': deadLetterQueue(queue),
  };
  const { messageCount } = await channel.assertQueue(queue, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', ...(isDeadLetterQueue(queue) ? {} : deadLettering) },
  });
  return messageCount;
};
