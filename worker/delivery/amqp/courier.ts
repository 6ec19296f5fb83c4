import type { Options } from 'amqplib';
import { brokerMessage } from '../../../domain/event/message.ts';
import type { Parcel } from '../../../domain/event/envelope.ts';
import { displayUrl } from '../../../domain/event/target-address.ts';
import type { AmqpAddress } from '../../../domain/event/target-address.ts';
import type { Receipt } from '../../../domain/event/verdict.ts';
import { formatDuration } from '../../../domain/time/duration.ts';
import { within } from '../../../lib/sleep.ts';
import { addressOf, credentialsOf } from '../address.ts';
import { attemptTo } from '../attempt.ts';
import { hopeless, retryLater } from '../courier.ts';
import type { Courier, CourierOptions } from '../courier.ts';
import { createGuard } from '../guard.ts';
import { readLogins } from '../logins.ts';
import { orAborted } from '../or-aborted.ts';
import { createLink } from './link.ts';
import type { AmqpLink, Outlet } from './link.ts';

/** Milliseconds in which a broker has to confirm a message. */
const CONFIRM = 10_000;

/** Why a message came back, for people. */
const returned = ({ exchange, routingKey }: AmqpAddress): string =>
  exchange === ''
    ? `there is no queue '${routingKey}'`
    : `no queue is bound to '${exchange}' with key '${routingKey}'`;

/** Publishes a message, and waits for the confirmation. */
const publish = async (
  outlet: Outlet,
  parcel: Parcel,
  { address, now }: { address: AmqpAddress; now: number },
): Promise<Receipt> => {
  const { contentType, headers, body } = brokerMessage(parcel, 'cloudEvents:');
  const { messageId, at, expiresAt } = parcel;
  const options: Options.Publish = {
    ...{ persistent: true, mandatory: true, messageId, headers },
    ...(contentType !== undefined && { contentType }),
    timestamp: Math.floor(at / 1000),
    ...(address.ttl && { expiration: String(Math.max(0, expiresAt - now)) }),
  };
  const begun = performance.now();
  const confirmed = new Promise<Receipt>((resolve, reject) => {
    const { exchange, routingKey } = address;
    outlet.channel.publish(exchange, routingKey, Buffer.from(body), options, (error: Error | null) => {
      if (error !== null) reject(outlet.trouble ?? error);
      else if (outlet.returned.delete(messageId)) resolve(retryLater(returned(address)));
      else resolve({ ok: true, retry: false, summary: confirmedIn(performance.now() - begun) });
    });
  });
  return within(CONFIRM, confirmed, () =>
    retryLater(`no answer: not confirmed in ${formatDuration(CONFIRM)}`),
  );
};

const confirmedIn = (ms: number): string => `confirmed in ${Math.round(ms)} ms`;

/** Broker, virtual host and login, which is not shown. */
const connectOptions = (
  { host, isSecure, vhost }: AmqpAddress,
  login: { readonly username: string; readonly password: string } | undefined,
): Options.Connect => {
  const { hostname, port } = new URL(`amqp://${host}`);
  return {
    protocol: isSecure ? 'amqps' : 'amqp',
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (isSecure ? 5671 : 5672)),
    vhost,
    ...(login !== undefined && { username: login.username, password: login.password }),
  };
};

/**
 * Publishes parcels to AMQP 0-9-1 brokers: persistent, mandatory and confirmed, over one connection to each virtual host that
 * a login enters.
 */
export const createAmqpCourier = ({ clock, allow, connections = [] }: CourierOptions): Courier => {
  const logins = readLogins(connections, 'amqp');
  const guard = createGuard([...allow, ...logins.hosts]);
  const links = new Map<string, AmqpLink>();
  const linkTo = (options: Options.Connect): AmqpLink => {
    const key = JSON.stringify(options);
    const link = links.get(key) ?? createLink(options, guard.lookup(options.port ?? 0));
    links.set(key, link);
    return link;
  };
  return {
    async deliver(parcel, signal, sending) {
      signal.throwIfAborted();
      return attemptTo(parcel, signal, (limit) => {
        const { url, connection } = parcel.target;
        const address = addressOf(url, 'amqp');
        const refusal = guard.refusal(new URL(`http://${address.host}`));
        if (refusal !== undefined) return Promise.resolve(hopeless(refusal));
        const login = credentialsOf(parcel) ?? logins.find({ hosts: [address.host], connection });
        sending(`publish to ${displayUrl(url)}`);
        const link = linkTo(connectOptions(address, login));
        const work = link
          .outlet(address.exchange)
          .then((outlet) => publish(outlet, parcel, { address, now: clock.now() }));
        return orAborted(work, limit);
      });
    },
    close: async () => {
      await Promise.all([...links.values()].map((link) => link.close()));
    },
  };
};
