import { createClient } from 'redis';
import { within } from '../../lib/sleep.ts';
import { patience, refusal, toFailure } from './server-failure.ts';
import { readServerAddress, refuseAddress } from './server-address.ts';
import type { AddressForm, ServerAddress } from './server-address.ts';

const openClient = ({ host, port, isSecure, ...address }: ServerAddress, limit: number) => {
  const client = createClient({
    // That of servers of any age.
    RESP: 2,
    disableClientInfo: true,
    ...(address.username === '' ? {} : { username: address.username }),
    ...(address.password === '' ? {} : { password: address.password }),
    database: Number(address.path.slice(1)),
    socket: {
      host: host.replace(/^\[|\]$/g, ''),
      port,
      connectTimeout: limit,
      reconnectStrategy: false,
      ...(isSecure ? { tls: true as const } : {}),
    },
  });
  // Also told to whoever waits for an answer.
  client.on('error', () => undefined);
  const ready = client.connect();
  ready.catch(() => undefined);
  return { client, ready };
};

type Connection = ReturnType<typeof openClient>;

const end = ({ client }: Connection): void => {
  if (client.isOpen) client.destroy();
};

/** What the server says when it will not do, and what to do about it. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:WRONGPASS|NOAUTH)|\bAUTH\b|invalid password/,
    "refused the user or its password ($&): correct them in the setting 'cluster'",
  ],
  [
    /^NOPERM.*/,
    "did not permit it ($&): allow the user '~synergy:* ~{synergy:* +@read +@write +@scripting +@connection +@transaction +time' (ACL SETUSER)",
  ],
  [/DB index|invalid DB/, 'has no such database: correct the number at the end of the address'],
  [/^READONLY.*/, 'is a replica ($&): name the primary'],
  [/unknown command.*/, 'is too old, or lacks a command ($&): expected Redis 5 or later'],
];

const toRedisFailure = (address: ServerAddress, error: unknown) => {
  const message = error instanceof Error ? error.message : '';
  for (const [pattern, advice] of refusals) {
    const [found] = pattern.exec(message) ?? [];
    if (found !== undefined)
      return refusal(
        address,
        advice.replace('$&', () => found),
        error,
      );
  }
  return toFailure(address, error);
};

/** A connection to Redis that is made when it is needed, and given up when a call over it fails or is late. */
export interface RedisClient {
  /** Runs commands; rejects with `CLUSTER_UNREACHABLE` or `CLUSTER_REFUSED`, soon enough for another try. */
  call<T>(run: (client: Connection['client']) => Promise<T>): Promise<T>;
  close(): void;
}

const formOf = (scheme: string, secureScheme: string): AddressForm => ({
  product: 'Redis',
  scheme,
  secureScheme,
  port: 6379,
  securePort: 6379,
  expected: `${scheme}://user:password@host:6379/0, or ${secureScheme}:// for TLS`,
});

/** Throws `INVALID_SETTING` for an address that is none of Redis. */
export const createRedisClient = (
  url: string,
  schemes: readonly [plain: string, secure: string],
  timeout: number,
): RedisClient => {
  const form = formOf(...schemes);
  const address = readServerAddress(url, form);
  if (!/^\/?\d*$/.test(address.path))
    throw refuseAddress(address.label, 'ends in no number of a database', form);
  const limit = patience(timeout);
  let connection: Connection | undefined;
  let isClosed = false;
  const late = (): never => {
    throw new Error(`no answer within ${limit} ms`);
  };
  return {
    call: async (run) => {
      if (isClosed) throw toFailure(address, new Error('the connection was closed'));
      const used = (connection ??= openClient(address, limit));
      const answer = used.ready.then(() => run(used.client));
      // It may fail after it was given up.
      answer.catch(() => undefined);
      try {
        return await within(limit, answer, late);
      } catch (error) {
        if (connection === used) connection = undefined;
        end(used);
        throw toRedisFailure(address, error);
      }
    },
    close: () => {
      isClosed = true;
      if (connection !== undefined) end(connection);
      connection = undefined;
    },
  };
};
