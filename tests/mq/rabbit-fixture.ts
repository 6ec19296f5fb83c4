import { openRabbitQueue } from '../../mq/rabbit/queue.ts';
import type { Queue } from '../../mq/queue.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import type { QueueFixture } from './queue-contract.ts';

/** A queue in a virtual host of its own; every connection is one, as of another process. */
export const openRabbitFixture = async (server: RabbitServer): Promise<QueueFixture> => {
  const url = await server.vhost();
  const connections: Queue[] = [];
  const connect = async (): Promise<Queue> => {
    const queue = await openRabbitQueue(url);
    connections.push(queue);
    return queue;
  };
  return {
    queue: await connect(),
    connect,
    dispose: async () => {
      await Promise.all(connections.map((queue) => queue.close()));
    },
  };
};
