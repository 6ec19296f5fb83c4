import { connect } from 'amqplib';
import type { Channel } from 'amqplib';
import { openRabbitQueue } from '../../mq/rabbit/queue.ts';
import type { Queue } from '../../mq/queue.ts';
import type { QueueFixture } from './queue-contract.ts';

/** What the contract suite declares. */
const queues = ['q', 'other', 'new'].flatMap((queue) => [queue, `${queue}.dead`]);

/** Speaks with a server behind the adapter's back. */
export const onChannel = async (url: string, work: (channel: Channel) => Promise<unknown>): Promise<void> => {
  const connection = await connect(url);
  await work(await connection.createChannel());
  await connection.close();
};

/** The queue at an address; every connection is one, as of another process. The suite's queues are deleted in the end. */
export const openRabbitFixture = async (url: string): Promise<QueueFixture> => {
  const connections: Queue[] = [];
  const open = async (): Promise<Queue> => {
    const queue = await openRabbitQueue(url);
    connections.push(queue);
    return queue;
  };
  return {
    queue: await open(),
    connect: open,
    dispose: async () => {
      await Promise.all(connections.map((queue) => queue.close()));
      await onChannel(url, async (channel) => {
        for (const queue of queues) await channel.deleteQueue(queue);
      });
    },
  };
};
