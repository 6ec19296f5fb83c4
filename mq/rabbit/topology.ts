import type { Channel, Replies } from 'amqplib';

const DEAD = '.dead';
const DEAD_EXCHANGE = 'ex_dead';
const exchanges = ['ex_managed_worker', 'ex_freerun_worker', 'ex_utils', DEAD_EXCHANGE] as const;

/** Queue for the messages of `queue` that nobody could work off. */
export const deadLetterQueue = (queue: string): string => `${queue}${DEAD}`;

export const isDeadLetterQueue = (queue: string): boolean => queue.endsWith(DEAD);

/** The exchange that a queue hears: that of the managed or the unmanaged processes, of all else, or of the dead letters. */
export const exchangeOf = (queue: string): (typeof exchanges)[number] => {
  if (isDeadLetterQueue(queue)) return DEAD_EXCHANGE;
  if (!queue.startsWith('queue_')) return 'ex_utils';
  return queue.endsWith('_freerun') ? 'ex_freerun_worker' : 'ex_managed_worker';
};

/** Everything that publishers speak to; rejects when an exchange exists otherwise. */
export const declareExchanges = async (channel: Channel): Promise<void> => {
  await Promise.all(exchanges.map((name) => channel.assertExchange(name, 'topic', { durable: true })));
};

const declareOne = (
  channel: Channel,
  queue: string,
  more: Readonly<Record<string, string>>,
): Promise<unknown>[] => [
  assertQueue(channel, queue, more),
  // A topic exchange compares word by word; a key without `*` and `#` fits itself alone.
  channel.bindQueue(queue, exchangeOf(queue), queue),
];

const assertQueue = (
  channel: Channel,
  queue: string,
  more: Readonly<Record<string, string>>,
): Promise<Replies.AssertQueue> =>
  channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum', ...more } });

const deadLettering = (queue: string): Readonly<Record<string, string>> =>
  isDeadLetterQueue(queue)
    ? {}
    : {
        'x-dead-letter-exchange': DEAD_EXCHANGE,
        'x-dead-letter-routing-key': deadLetterQueue(queue),
      };

/** Makes a queue and its queue of dead letters exist, bound to their exchanges. Rejects when one exists otherwise. */
export const declareQueue = async (channel: Channel, queue: string): Promise<void> => {
  // The library sends one after the other by itself.
  await Promise.all([
    declareExchanges(channel),
    ...(isDeadLetterQueue(queue) ? [] : declareOne(channel, deadLetterQueue(queue), {})),
    ...declareOne(channel, queue, deadLettering(queue)),
  ]);
};

/** How many messages of a declared queue nobody holds. */
export const countReady = async (channel: Channel, queue: string): Promise<number> =>
  (await assertQueue(channel, queue, deadLettering(queue))).messageCount;
