import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { BSON } from 'mongodb';

/** Something that answers every command as a MongoDB server of an old version does, and can do nothing else. */
export interface OldMongoServer {
  readonly port: number;
  close(): Promise<void>;
}

const HEADER = 16;
const OP_MSG = 2013;
const OP_REPLY = 1;

const header = (length: number, answered: number, opCode: number): Buffer => {
  const bytes = Buffer.alloc(HEADER);
  bytes.writeInt32LE(HEADER + length, 0);
  bytes.writeInt32LE(answered, 8);
  bytes.writeInt32LE(opCode, 12);
  return bytes;
};

/** The answer to a message, in the protocol it came in: the first greeting of a driver comes in the older one. */
const reply = (message: Buffer, document: Buffer): Buffer => {
  const id = message.readInt32LE(4);
  if (message.readInt32LE(12) === OP_MSG) {
    return Buffer.concat([header(5 + document.length, id, OP_MSG), Buffer.alloc(5), document]);
  }
  const body = Buffer.alloc(20);
  body.writeInt32LE(1, 16);
  return Buffer.concat([header(20 + document.length, id, OP_REPLY), body, document]);
};

export const startOldMongoServer = async (maxWireVersion: number): Promise<OldMongoServer> => {
  const hello = {
    ok: 1,
    ismaster: true,
    isWritablePrimary: true,
    helloOk: true,
    minWireVersion: 0,
    maxWireVersion,
  };
  const document = Buffer.from(BSON.serialize({ ...hello, maxBsonObjectSize: 16_777_216 }));
  const server = createServer((socket) => {
    // Greetings are short: each comes in one piece.
    socket.on('data', (message) => socket.write(reply(message, document)));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
};
