import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { toFailure } from './server-failure.ts';
import type { ServerAddress } from './server-address.ts';

export interface ServerQuestion {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of an answer that comes late on purpose, ms. */
  readonly limit?: number;
  /** Of a question that is waited for until it aborts, or the server is silent for `limit`. */
  readonly signal?: AbortSignal;
}

export interface ServerAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Asks a server by HTTP, over connections of its own. */
export interface ServerClient {
  readonly address: ServerAddress;
  /** Aborts when it is closed. */
  readonly closing: AbortSignal;
  /** Resolves with the answer, of any status; rejects with `CLUSTER_UNREACHABLE`, or `CLUSTER_REFUSED` for a certificate. */
  ask(question: ServerQuestion): Promise<ServerAnswer>;
  /** Tells the lines of an answer as they come, until it ends or `limit` passes without one. */
  lines(question: ServerQuestion, onLine: (line: string) => void): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when an answer has ended, rejects when it is cut or silent for too long. */
const readLines = async (body: Readable, onLine: (line: string) => void): Promise<void> => {
  const failed = new Promise<never>((_, reject) => body.once('error', reject));
  failed.catch(() => undefined);
  const read = async (): Promise<void> => {
    for await (const line of createInterface({ input: body })) onLine(line);
  };
  await Promise.race([read(), failed]);
};

export const createServerClient = (address: ServerAddress, limit: number): ServerClient => {
  const agent = new Agent({ connect: { timeout: limit } });
  const closing = new AbortController();
  const origin = `${address.isSecure ? 'https' : 'http'}://${address.host}:${address.port}`;
  const send = ({ path, method, headers, body, signal, limit: most = limit }: ServerQuestion) =>
    request(origin + path, {
      dispatcher: agent,
      method,
      headersTimeout: most,
      bodyTimeout: most,
      signal: signal ?? AbortSignal.timeout(most),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
    });
  return {
    address,
    closing: closing.signal,
    ask: async (question) => {
      try {
        const { statusCode, headers, body } = await send(question);
        return { status: statusCode, headers, text: await body.text() };
      } catch (error) {
        throw toFailure(address, error);
      }
    },
    lines: async (question, onLine) => readLines((await send(question)).body, onLine),
    close: async () => {
      closing.abort();
      await agent.destroy();
    },
  };
};
