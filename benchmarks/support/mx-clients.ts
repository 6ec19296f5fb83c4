import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What a client of the dashboard does with its connection. */
export type ClientKind = 'listening' | 'slow';

const HOST = '127.0.0.1';
/** Milliseconds between two tries to reach a dashboard that starts, and between two bytes of a slow client. */
const PAUSE = 100;
const DRIP = 1000;

const opened = (port: number): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });

/** Takes what comes as fast as it comes. */
const listen = (socket: Socket, port: number): void => {
  socket.resume();
  socket.write(`GET /api/v1/stream HTTP/1.1\r\nHost: ${HOST}:${port}\r\n\r\n`);
};

/** Sends a head that never ends, a byte at a time. */
const drip = (socket: Socket): void => {
  socket.resume();
  socket.write('GET /health HTTP/1.1\r\nX-Slow: ');
  const timer = setInterval(() => socket.write('x'), DRIP);
  socket.once('close', () => clearInterval(timer));
};

/** Opens connections to a dashboard as soon as it is there; they last until it or `stop` ends them. */
export const openClients = (kind: ClientKind, count: number, port: number) => {
  const sockets = new Set<Socket>();
  let stopped = false;
  let most = 0;
  const open = async (): Promise<void> => {
    while (!stopped && sockets.size < count) {
      const socket = await opened(port);
      if (socket === undefined) {
        await delay(PAUSE);
        continue;
      }
      sockets.add(socket);
      most = Math.max(most, sockets.size);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
      if (kind === 'listening') listen(socket, port);
      else drip(socket);
    }
  };
  const opening = open();
  return {
    /** Resolves with how many were open at once. */
    stop: async (): Promise<number> => {
      stopped = true;
      await opening;
      for (const socket of sockets) socket.destroy();
      return most;
    },
  };
};
