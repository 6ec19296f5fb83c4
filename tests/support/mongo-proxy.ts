import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { BSON } from 'mongodb';

/** What becomes of one command on its way to the server. */
export type Fate = 'pass' | 'cut-before' | 'cut-after';

/** A reply as far as faults show in it. */
export interface SeenReply {
  readonly command: string;
  readonly code?: number;
  readonly hasWriteConcernError: boolean;
}

export interface MongoProxyOptions {
  readonly port: number;
  /** Asked before a command is passed on, with what it is about, a collection mostly; may arm a fail point first. */
  readonly judge: (command: string, target: unknown) => Promise<Fate>;
  readonly onReply?: (reply: SeenReply) => void;
  /** A client gave a connection up whose command had waited so long for its answer, ms. */
  readonly onGivenUp?: (waited: number) => void;
}

export interface MongoProxy {
  readonly port: number;
  /** Cuts every connection and takes no more. */
  close(): Promise<void>;
}

/** Header of 16 bytes, flags of 4, one byte for the kind of the section: then comes the document. */
const BODY = 21;
const OP_MSG = 2013;
const opCodeOf = (frame: Buffer): number => frame.readInt32LE(12);
const documentOf = (frame: Buffer): Record<string, unknown> | undefined =>
  opCodeOf(frame) === OP_MSG
    ? BSON.deserialize(frame.subarray(BODY), { allowObjectSmallerThanBufferSize: true })
    : undefined;

/** Splits a stream into messages of MongoDB's wire protocol, each of which begins with its length. */
const createFramer = (onFrame: (frame: Buffer) => void): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0);
      onFrame(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
};

/** One connection: commands are passed on one after the other, as the driver sends them. */
const relay = (client: Socket, server: Socket, { judge, onReply, onGivenUp }: MongoProxyOptions): void => {
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  let passed = { command: '', at: 0, fate: 'pass' as Fate };
  let isWaiting = false;
  let line = Promise.resolve();
  const send = async (frame: Buffer): Promise<void> => {
    const [[command, target] = ['', undefined]] = Object.entries(documentOf(frame) ?? {});
    const fate = command === '' ? 'pass' : await judge(command, target);
    if (fate === 'cut-before') return end();
    passed = { command, at: performance.now(), fate };
    isWaiting = true;
    server.write(frame);
  };
  const answer = (frame: Buffer): void => {
    // The server has carried it out; the client gets no answer.
    if (passed.fate === 'cut-after') return end();
    isWaiting = false;
    client.write(frame);
    const document = documentOf(frame);
    if (onReply === undefined || document === undefined) return;
    const code = document['code'];
    onReply({
      command: passed.command,
      hasWriteConcernError: 'writeConcernError' in document,
      ...(typeof code === 'number' ? { code } : {}),
    });
  };
  const queue = (frame: Buffer): void => {
    line = line.then(() => send(frame)).catch(end);
  };
  client.on('data', createFramer(queue));
  server.on('data', createFramer(answer));
  client.on('close', () => {
    if (isWaiting && passed.fate === 'pass') onGivenUp?.(performance.now() - passed.at);
  });
  for (const socket of [client, server]) socket.on('close', end).on('error', end);
};

/** Stands between clients and a MongoDB server on this machine, and cuts connections as it is told. */
export const startMongoProxy = async (options: MongoProxyOptions): Promise<MongoProxy> => {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket.setNoDelay(true));
    return socket.on('close', () => sockets.delete(socket));
  };
  const listener = createServer((client) => {
    relay(keep(client), keep(connect(options.port, '127.0.0.1')), options);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
