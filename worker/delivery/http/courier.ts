import { Agent, ProxyAgent, buildConnector } from 'undici';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../../domain/clock.ts';
import { httpEnvelope } from '../../../domain/event/envelope.ts';
import type { Envelope, Parcel } from '../../../domain/event/envelope.ts';
import { takeCredentials } from '../../../domain/event/target-address.ts';
import { redactUrl } from '../../../domain/redact-url.ts';
import { packageVersion } from '../../../lib/package-info.ts';
import { credentialsOf } from '../address.ts';
import { attemptTo } from '../attempt.ts';
import { hopeless, retryLater } from '../courier.ts';
import type { Courier, CourierOptions } from '../courier.ts';
import { signed } from '../sign.ts';
import { receiptOf } from './answer.ts';
import { exchange } from './exchange.ts';
import { createGuard } from '../guard.ts';
import type { Guard, Resolve } from '../guard.ts';
import { createOrigins } from './origins.ts';

const USER_AGENT = `synergy-scheduler/${packageVersion}`;
/** Of a connection, ms. */
const CONNECT_TIMEOUT = 5000;
/** How long a connection is kept open that nothing is sent over, ms. */
const IDLE = 10_000;
/** Until an address of a name is taken for unreachable and the next one is tried, ms. */
const NEXT_ADDRESS = 1000;
/** From this port on all are judged alike. */
const UNPRIVILEGED = 1024;

const portOf = ({ port, protocol }: { readonly port: string; readonly protocol: string }): number =>
  Number(port || (protocol === 'https:' ? 443 : 80));

/** Connects to judged addresses alone. */
const guardedConnector = (guard: Guard): buildConnector.connector => {
  const connectors = new Map<number, buildConnector.connector>();
  return (options, callback) => {
    const port = Math.min(portOf(options), UNPRIVILEGED);
    const connector =
      connectors.get(port) ??
      buildConnector({
        timeout: CONNECT_TIMEOUT,
        lookup: guard.lookup(port),
        autoSelectFamilyAttemptTimeout: NEXT_ADDRESS,
      });
    connectors.set(port, connector);
    connector(options, callback);
  };
};

const createDispatcher = (guard: Guard, most: number, proxy: string | undefined): Dispatcher => {
  const options = {
    connections: most,
    keepAliveTimeout: IDLE,
    keepAliveMaxTimeout: IDLE,
    // The deadline of the attempt holds instead.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (proxy === undefined) return new Agent({ ...options, connect: guardedConnector(guard) });
  const timeout = { timeout: CONNECT_TIMEOUT } as buildConnector.BuildOptions;
  return new ProxyAgent({ ...options, uri: proxy, proxyTls: timeout, requestTls: timeout });
};

/** The request without name and password in its address: they are a header, unless the user wrote that one too. */
const authorized = (envelope: Envelope, parcel: Parcel): Envelope => {
  const credentials = credentialsOf(parcel);
  if (credentials === undefined) return envelope;
  const text = `${credentials.username}:${credentials.password}`;
  const authorization = `Basic ${Buffer.from(text).toString('base64')}`;
  const { url } = takeCredentials(envelope.url);
  return { ...envelope, url, headers: { authorization, ...envelope.headers } };
};

const createAttempt =
  (dispatcher: Dispatcher, clock: Clock): Courier['deliver'] =>
  (parcel, signal, sending) =>
    attemptTo(parcel, signal, async (limit) => {
      const written = authorized(httpEnvelope(parcel, clock.now(), USER_AGENT), parcel);
      const envelope = signed(written, parcel.secrets.signing);
      const { method, url, headers, body } = envelope;
      sending(`${method} ${redactUrl(url)} ${Buffer.byteLength(body ?? '')} bytes`, headers);
      const answer = await exchange(envelope, { dispatcher, signal: limit, clock });
      return receiptOf(answer, url);
    });

export interface HttpCourierOptions extends Omit<CourierOptions, 'scheduler'> {
  /** Default: by the machine. */
  readonly resolve?: Resolve;
}

/**
 * Takes parcels to HTTP and HTTPS targets. No redirect is followed, no cookie is kept, and no variable of the environment
 * names a proxy.
 */
export const createHttpCourier = (options: HttpCourierOptions): Courier => {
  const { clock, stopwatch, slots, allow, proxy, resolve } = options;
  const most = Math.max(1, Math.floor(slots / 4));
  const guard = createGuard(allow, resolve);
  const dispatcher = createDispatcher(guard, most, proxy);
  const origins = createOrigins(most, stopwatch);
  const attempt = createAttempt(dispatcher, clock);
  return {
    async deliver(parcel, signal, sending) {
      signal.throwIfAborted();
      const { target } = parcel;
      if (!URL.canParse(target.url))
        return hopeless(`cannot be sent: ${redactUrl(target.url)} is no address`);
      const url = new URL(target.url);
      const refusal = guard.refusal(url);
      if (refusal !== undefined) return hopeless(refusal);
      const turn = await origins.enter(url.origin);
      if ('wait' in turn) {
        const busy = `${url.host} has ${most} deliveries under way, as many as one host may`;
        return { ...retryLater(busy), busy: true, retryAfter: turn.wait };
      }
      try {
        return await attempt(parcel, signal, sending);
      } finally {
        turn.leave();
      }
    },
    close: () => dispatcher.destroy(),
  };
};
