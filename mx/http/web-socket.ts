import type { Request, RequestHandler, Response } from 'express';
import { ServerResponse } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { RequestContext } from '../../scheduler/api/api.ts';
import type { LiveTopic } from '../../scheduler/api/live-event.ts';
import { topicsQuery } from './event-stream.ts';
import type { EventStream, Listener } from './event-stream.ts';
import { refuseForeign } from './guard.ts';
import { readInput } from './input.ts';
import { HttpError, toProblem } from './problem.ts';

/** Bytes of a message of a client: it has nothing to say but where it goes on. */
const LONGEST_MESSAGE = 4096;
/** A client that has not answered the last ping at the next one is gone. Milliseconds. */
const PING = 30_000;
/** Bytes of a reason in a frame that closes, RFC 6455, 5.5, with letters of three bytes. */
const LONGEST_REASON = 40;
/** Codes by which a connection is closed, RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/** Who has not said by then who it is, is sent away. Milliseconds. */
const TOKEN_WITHIN = 10_000;

/** What a client says: who it is, and where it goes on. */
export interface Said {
  readonly token?: string | undefined;
  readonly lastEventId?: string | undefined;
}

/** What is spoken on a path. */
export interface Dialect {
  /** Throws BAD_REQUEST. */
  readonly readQuery: (
    query: unknown,
  ) => Pick<Said, 'lastEventId'> & { readonly topics: readonly LiveTopic[] };
  /** A message; undefined when it is none. */
  readonly read: (text: string) => Said | undefined;
  /** What is expected of a client whose message is none. */
  readonly expected: string;
  /** How a client is told of events. */
  readonly tell: (response: Response, send: (text: string) => void) => Listener['send'];
}

/**
 * Finds out who has opened a connection, by the credentials of its request or by a token; undefined while there are none. Throws
 * what the stream of events is refused with.
 */
export type Admit = (
  request: Request,
  response: Response,
  token?: string,
) => Promise<RequestContext | undefined>;

const lastEventId = z
  .string()
  .max(100)
  .describe('Id of the last event seen: what came behind it is told first.')
  .optional();
const queryInput = z.strictObject({ lastEventId, topics: topicsQuery.optional() });
const messageInput = z
  .strictObject({ token: z.string().max(200).optional(), lastEventId })
  .refine((said) => Object.keys(said).length > 0);

/** The same frames as the stream of events. */
export const apiDialect: Dialect = {
  readQuery: (query) => {
    const { topics = ['jobs'], ...rest } = readInput(queryInput, query, 'query');
    return { topics, ...rest };
  },
  read: (text) => {
    try {
      return readInput(messageInput, JSON.parse(text), 'body');
    } catch {
      return undefined;
    }
  },
  expected: 'expected {"lastEventId": "…"}, or {"token": "syn_…"}',
  tell:
    (_, send) =>
    ({ json }) =>
      send(json),
};

/** Live events over WebSockets. */
export interface WebSockets {
  /** Has the application answer a request for another protocol as it does all others: with the same guards and refusals. */
  readonly upgrade: (
    listener: RequestListener,
  ) => (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly attach: (admit: Admit, dialect: Dialect) => RequestHandler;
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

/** A connection, and what it was asked for with. */
interface Asked extends ReturnType<Dialect['readQuery']> {
  readonly socket: WebSocket;
  readonly request: Request;
  readonly response: Response;
}

const listenerOf = (socket: WebSocket, send: Listener['send']): Listener => ({
  send,
  behind: () => socket.bufferedAmount,
  drop: () => socket.terminate(),
  end: () => {
    socket.close(GOING_AWAY, 'the scheduler stops');
    socket.terminate();
  },
});

/** Joins a connection to the stream once it is known who has opened it, and ends it when its client is gone. */
const connect = (
  { socket, request, response, topics, lastEventId }: Asked,
  { events, admit, dialect }: { events: EventStream; admit: Admit; dialect: Dialect },
  known: RequestContext | undefined,
): void => {
  let listener: Listener | undefined;
  const refuse = (why: string): void => socket.close(POLICY_VIOLATION, why);
  const late = setTimeout(() => refuse('expected a token in the first message'), TOKEN_WITHIN);
  const join = (context: RequestContext, lastId = lastEventId): void => {
    clearTimeout(late);
    if (socket.readyState !== socket.OPEN) return;
    listener = listenerOf(
      socket,
      dialect.tell(response, (text) => socket.send(text)),
    );
    events.join(listener, { ...context, topics }, lastId);
  };
  const hear = async (text: string): Promise<void> => {
    const said = dialect.read(text);
    if (said === undefined) return refuse(dialect.expected);
    const context = said.token === undefined ? undefined : await admit(request, response, said.token);
    if (context !== undefined && listener === undefined) {
      events.refuseWhenFull();
      join(context, said.lastEventId);
    } else if (listener === undefined) refuse('expected a token in the first message');
    else if (said.lastEventId !== undefined) events.resume(listener, said.lastEventId);
  };
  let heard = Promise.resolve();
  // It says what was wrong with a frame and closes the connection itself.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(late);
    if (listener !== undefined) events.leave(listener);
  });
  socket.on('message', (data: Buffer) => {
    heard = heard
      .then(() => hear(data.toString()))
      .catch((error: unknown) => refuse(toProblem(error).detail.slice(0, LONGEST_REASON)));
  });
  if (known !== undefined) join(known);
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
    attach: (admit, dialect) => async (request, response) => {
      const head = headOf(request, heads.get(request));
      refuseForeign(request);
      const asked = dialect.readQuery(request.query);
      events.refuseWhenFull();
      const known = await admit(request, response);
      const { socket } = request;
      response.detachSocket(socket);
      server.handleUpgrade(request, socket, head, (opened) => {
        opened.on('pong', () => silent.delete(opened));
        connect({ ...asked, socket: opened, request, response }, { events, admit, dialect }, known);
      });
    },
    stop: () => clearInterval(pings),
  };
};
