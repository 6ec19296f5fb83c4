import type { Clock } from '../../domain/clock.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Consumer, Queue } from '../queue.ts';
import { createConsumer } from './consumer.ts';
import { createMessageTable } from './message-table.ts';

/** The queue on the store's SQLite file, shared by the processes of a machine. Closing it closes the engine. */
export const createEmbeddedQueue = (connection: SqliteConnection, clock: Clock): Queue => {
  const table = createMessageTable(connection, clock);
  const consumers = new Set<Consumer>();
  return {
    name: 'embedded',
    server: null,
    capabilities: { delay: true, shared: false, countsAllTaken: true, commitLog: connection.file },
    // A queue is nothing but its messages.
    declare: () => Promise.resolve(),
    publish: (queue, bodies, delay = 0) => table.publish(queue, bodies, delay),
    consume: (queue, options) => {
      const consumer = createConsumer({ queue, options, table, bell: connection.bell, clock });
      consumers.add(consumer);
      return {
        ...consumer,
        close: () => {
          consumers.delete(consumer);
          return consumer.close();
        },
      };
    },
    depth: table.depth,
    purge: table.purge,
    close: async () => {
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      await connection.close();
    },
  };
};
