import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Stands between clients and a server on this machine. */
export interface TcpProxy {
  readonly port: number;
  /** Cuts every connection; new ones are let through. */
  cut(): void;
  /** Keeps every connection, and passes nothing on: as when a cable is pulled. */
  swallow(): void;
  /** Lets new connections through again; the swallowed ones stay silent. */
  heal(): void;
  /** As `heal`, and what was sent over the swallowed ones arrives, late. */
  resume(): void;
  /** Resolves when the next client has connected. */
  nextClient(): Promise<void>;
  close(): Promise<void>;
}

export const startTcpProxy = async (target: number): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  const pairs = new Set<readonly [Socket, Socket]>();
  let waiting: (() => void)[] = [];
  let swallowing = false;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket.setNoDelay(true));
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const listener = createServer((client) => {
    keep(client);
    if (swallowing) return;
    const server = keep(connect(target, '127.0.0.1'));
    for (const pair of [
      [client, server],
      [server, client],
    ] as const) {
      const [from, to] = pair;
      pairs.add(pair);
      from.pipe(to);
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
    for (const resolve of waiting.splice(0)) resolve();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (listener.address() as AddressInfo).port,
    cut,
    swallow: () => {
      swallowing = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    heal: () => (swallowing = false),
    resume: () => {
      swallowing = false;
      for (const [from, to] of pairs) from.pipe(to);
    },
    nextClient: () => new Promise((resolve) => (waiting = [...waiting, resolve])),
    close: async () => {
      const closed = new Promise((resolve) => listener.close(resolve));
      cut();
      await closed;
    },
  };
};
