import { Redis } from 'ioredis';
import { freePort } from '../../tests/support/free-port.ts';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import { withTempFolder } from './temp-folder.ts';

/** When Redis puts its log on the disk: before it answers, or once a second. */
export type Fsync = 'always' | 'everysec';

/** Resolves when the server answers. */
const untilReady = async (port: number, server: Child): Promise<void> => {
  const client = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    await Promise.race([client.ping(), server.early()]);
  } finally {
    client.disconnect();
  }
};

/** Runs a Redis server of its own, its log in a temporary folder, for as long as `use` takes. */
export const withRedis = <T>(fsync: Fsync, use: (port: number) => Promise<T>): Promise<T> =>
  withTempFolder(async (folder) => {
    const port = await freePort();
    const settings = {
      bind: '127.0.0.1',
      port: String(port),
      dir: folder,
      save: '',
      appendonly: 'yes',
      appendfsync: fsync,
    };
    const server = await startChild(
      'redis-server',
      Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ).catch((error: unknown) => {
      throw new Error('there is no redis-server to compare with: apt-get install redis-server', {
        cause: error,
      });
    });
    try {
      await untilReady(port, server);
      return await use(port);
    } finally {
      await server.end();
    }
  });
