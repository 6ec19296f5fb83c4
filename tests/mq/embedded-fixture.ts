import { rm } from 'node:fs/promises';
import { openConnection } from '../../sqlite/connection.ts';
import { createEmbeddedQueue } from '../../mq/embedded/queue.ts';
import type { Queue } from '../../mq/queue.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { QueueFixture } from './queue-contract.ts';

/** An embedded queue in a folder of its own; every connection has an engine of its own, like a process. */
export const openEmbeddedFixture = async (): Promise<QueueFixture> => {
  const folder = tempFolder();
  const connections: Queue[] = [];
  const connect = async (): Promise<Queue> => {
    const queue = createEmbeddedQueue(await openConnection(folder), { now: () => Date.now() });
    connections.push(queue);
    return queue;
  };
  return {
    queue: await connect(),
    connect,
    dispose: async () => {
      await Promise.all(connections.map((queue) => queue.close()));
      await rm(folder, { recursive: true });
    },
  };
};
