import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from './free-port.ts';
import { onPath, startServer } from './own-server.ts';
import type { OwnServer } from './own-server.ts';

const program = onPath('redis-server');

/** Why there can be no server of the test's own; undefined when there can. */
export const noRedisServer: string | undefined =
  program === undefined ? 'Redis is not installed, see scripts/install-services.sh' : undefined;

/** Any answer will do: one with a password refuses. */
const isReady = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
  try {
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return /^\+PONG|^-NOAUTH/.test(answer.toString());
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

/** Starts a server that writes each command on the disk before it answers; `args` are more of its own. */
export const startRedisServer = async (...args: string[]): Promise<OwnServer> => {
  const port = await freePort();
  return startServer({
    program: program ?? '',
    port,
    isReady: () => isReady(port),
    args: (folder) => [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
      ...['--save', '', '--appendonly', 'yes', '--appendfsync', 'always', ...args],
    ],
  });
};
