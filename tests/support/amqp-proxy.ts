import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Stands between clients and a RabbitMQ server on this machine, and loses confirmations as it is told. */
export interface AmqpProxy {
  readonly port: number;
  /** Confirmations that were lost. */
  lost(): number;
  close(): Promise<void>;
}

/** Kind of 1 byte, channel of 2, length of 4; then the payload and one byte that ends the frame. */
const HEADER = 7;
const METHOD = 1;
/** Class and number of `basic.ack`: from a server, that is a confirmation. */
const BASIC_ACK = (60 << 16) + 80;

const isConfirm = (frame: Buffer): boolean =>
  frame.readUInt8(0) === METHOD && frame.readUInt32BE(HEADER) === BASIC_ACK;

/** Splits what a server says into frames. */
const createFramer = (onFrame: (frame: Buffer) => void): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER) {
      const length = HEADER + rest.readUInt32BE(3) + 1;
      if (rest.length < length) return;
      const frame = rest.subarray(0, length);
      rest = rest.subarray(length);
      onFrame(frame);
    }
  };
};

/** Whenever `loses` says so, a connection ends before the confirmation that is on its way. */
export const startAmqpProxy = async (target: number, loses: () => boolean): Promise<AmqpProxy> => {
  const sockets = new Set<Socket>();
  let lost = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket.setNoDelay(true));
    return socket.on('close', () => sockets.delete(socket));
  };
  const listener = createServer((client) => {
    keep(client);
    const server = keep(connect(target, '127.0.0.1'));
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    const pass = (frame: Buffer): void => {
      if (client.destroyed) return;
      if (!isConfirm(frame) || !loses()) return void client.write(frame);
      lost++;
      end();
    };
    client.pipe(server);
    server.on('data', createFramer(pass));
    for (const socket of [client, server]) socket.on('close', end).on('error', end);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    lost: () => lost,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
