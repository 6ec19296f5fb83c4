import type { Request, RequestHandler } from 'express';
import { ServerResponse } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { RequestContext } from '../../scheduler/api/api.ts';
import type { EventStream, Listener } from './event-stream.ts';
import { refuseForeign } from './guard.ts';
import { readInput } from './input.ts';
import { HttpError } from './problem.ts';
import { requestOf } from './request-context.ts';

/** Bytes of a message of a client: it has nothing to say but where it goes on. */
const LONGEST_MESSAGE = 4096;
/** A client that has not answered the last ping at the next one is gone. Milliseconds. */
const PING = 30_000;
/** Codes by which a connection is closed, RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

const lastEventId = z
  .string()
  .max(100)
  .describe('Id of the last event seen: what came behind it is told first.');
const queryInput = z.strictObject({ lastEventId: lastEventId.optional() });
const messageInput = z.strictObject({ lastEventId });

/** Live events over WebSockets. */
export interface WebSockets {
  /** Has the application answer a request for another protocol as it does all others: with the same guards and refusals. */
  readonly upgrade: (
    listener: RequestListener,
  ) => (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly attach: RequestHandler;
  readonly stop: () => void;
}

/** The head of a request that asks for a WebSocket. Throws UPGRADE_REQUIRED, BAD_REQUEST for any other. */
const headOf = ({ headers }: Request, head: Buffer | undefined): Buffer => {
  const { upgrade, 'sec-websocket-key': key, 'sec-websocket-version': version } = headers;
  if (head === undefined || upgrade?.toLowerCase() !== 'websocket' || version !== '13')
    throw new HttpError('UPGRADE_REQUIRED', 'this path speaks WebSocket of version 13 only', {
      ...{ Connection: 'Upgrade, close', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
    });
  if (!/^[+/0-9A-Za-z]{22}==$/.test(key ?? ''))
    throw new HttpError('BAD_REQUEST', 'expected Sec-WebSocket-Key: 16 bytes in base64');
  return head;
};

const readMessage = (data: string): z.output<typeof messageInput> | undefined => {
  try {
    return readInput(messageInput, JSON.parse(data), 'body');
  } catch {
    return undefined;
  }
};

/** Joins a connection to the stream, and ends it when its client is gone. */
const connect = (
  socket: WebSocket,
  events: EventStream,
  { identity, lastId }: { identity: Pick<RequestContext, 'actor'>; lastId: string | undefined },
): void => {
  const listener: Listener = {
    send: ({ json }) => socket.send(json),
    behind: () => socket.bufferedAmount,
    drop: () => socket.terminate(),
    end: () => {
      socket.close(GOING_AWAY, 'the scheduler stops');
      socket.terminate();
    },
  };
  // It says what was wrong with a frame and closes the connection itself.
  socket.on('error', () => undefined);
  socket.on('close', () => events.leave(listener));
  socket.on('message', (data: Buffer) => {
    const message = readMessage(data.toString());
    if (message !== undefined) events.resume(listener, message.lastEventId);
    else socket.close(POLICY_VIOLATION, 'expected {"lastEventId": "…"}');
  });
  events.join(listener, identity, lastId);
};

/** `ping`: milliseconds between two. */
export const openWebSockets = (events: EventStream, ping = PING): WebSockets => {
  const server = new WebSocketServer({ noServer: true, maxPayload: LONGEST_MESSAGE });
  /** What came behind the head of a request for another protocol. */
  const heads = new WeakMap<IncomingMessage, Buffer>();
  const silent = new WeakSet<WebSocket>();
  const pings = setInterval(() => {
    for (const socket of server.clients) {
      if (silent.has(socket)) socket.terminate();
      else {
        silent.add(socket);
        socket.ping();
      }
    }
  }, ping);
  pings.unref();
  return {
    upgrade: (listener) => (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(request.socket);
      response.once('finish', () => socket.end());
      heads.set(request, head);
      listener(request, response);
    },
    attach: (request, response) => {
      const head = headOf(request, heads.get(request));
      refuseForeign(request);
      const { lastEventId } = readInput(queryInput, request.query, 'query');
      events.refuseWhenFull();
      const identity = requestOf(response);
      const { socket } = request;
      response.detachSocket(socket);
      server.handleUpgrade(request, socket, head, (opened) => {
        opened.on('pong', () => silent.delete(opened));
        connect(opened, events, { identity, lastId: lastEventId });
      });
    },
    stop: () => clearInterval(pings),
  };
};
