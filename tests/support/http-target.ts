import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Instant at which its head was read, ms. */
  readonly at: number;
}

/** Answers a request; leaves it without an answer when it does nothing. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void;

/** A target of deliveries, on a port of the loopback. */
export interface HttpTarget {
  readonly origin: string;
  readonly port: number;
  /** All requests so far. */
  readonly seen: readonly SeenRequest[];
  /** Connections that were opened so far. */
  connections(): number;
  /** Resolves once there were as many requests. */
  requests(count: number): Promise<readonly SeenRequest[]>;
  /** What becomes of requests from now on. */
  answer: Answer;
  close(): Promise<void>;
}

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}, body = ''): Answer =>
  (response) =>
    void response.writeHead(code, headers).end(body);

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

/** Starts a target that answers 204; with a key and a certificate over TLS. */
export const startHttpTarget = async (tls?: ServerOptions): Promise<HttpTarget> => {
  const seen: SeenRequest[] = [];
  const waiting = new Set<() => void>();
  let connections = 0;
  const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = Date.now();
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers, at, body: await bodyOf(request) };
    seen.push(one);
    for (const look of waiting) look();
    target.answer(response, one);
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    // A client may go in the middle.
    onRequest(request, response).catch(() => undefined);
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const target: HttpTarget = {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    seen,
    connections: () => connections,
    answer: status(204),
    requests: async (count) => {
      while (seen.length < count) {
        await new Promise<void>((resolve) => {
          const look = (): void => {
            waiting.delete(look);
            resolve();
          };
          waiting.add(look);
        });
      }
      return seen;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return target;
};
