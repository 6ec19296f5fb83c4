import type { Broker } from '@platformatic/kafka';
import { brokerMessage } from '../../../domain/event/message.ts';
import type { Parcel } from '../../../domain/event/envelope.ts';
import { displayUrl } from '../../../domain/event/target-address.ts';
import type { KafkaAddress, UrlCredentials } from '../../../domain/event/target-address.ts';
import { addressOf, credentialsOf } from '../address.ts';
import { attemptTo } from '../attempt.ts';
import { hopeless } from '../courier.ts';
import type { Courier, CourierOptions } from '../courier.ts';
import { createGuard } from '../guard.ts';
import { readLogins } from '../logins.ts';
import type { BrokerLogin } from '../logins.ts';
import { createLink } from './link.ts';
import type { KafkaCluster, KafkaLink, KafkaRecord } from './link.ts';

const recordOf = (parcel: Parcel, { topic, key, partition }: KafkaAddress): KafkaRecord => {
  const { contentType, headers, body } = brokerMessage(parcel, 'ce_');
  const { owner, id } = parcel.trigger;
  return {
    ...{ topic, partition, key: key ?? `${owner}/${id}`, value: body, timestamp: parcel.at },
    headers: {
      ...headers,
      ...(contentType !== undefined && { 'content-type': contentType }),
      'message-id': parcel.messageId,
    },
  };
};

const brokerOf = (text: string): Broker => {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(text) ?? [];
  return { host, port: Number(port) };
};

const mechanisms = new Map([
  ['plain', 'PLAIN'],
  ['scram-sha-256', 'SCRAM-SHA-256'],
  ['scram-sha-512', 'SCRAM-SHA-512'],
] as const);

/** The cluster of a target, entered with TLS and by SASL as a login says. */
const clusterOf = (
  { brokers }: KafkaAddress,
  login: BrokerLogin | undefined,
  credentials: UrlCredentials | undefined,
): KafkaCluster => {
  const { username, password } = credentials ?? login ?? { username: '', password: '' };
  const named = (login?.options.get('mechanism') ?? 'plain') as 'plain';
  const mechanism = mechanisms.get(named) ?? 'PLAIN';
  return {
    brokers: brokers.map(brokerOf),
    tls: login?.options.get('tls') === 'true',
    sasl: username === '' ? undefined : { mechanism, username, password },
  };
};

/**
 * Appends parcels to topics of Kafka, over one producer for each cluster that a login enters. The client resolves names by
 * itself, where no guard can judge them: a broker has to be opened by its name.
 */
export const createKafkaCourier = ({ allow, connections = [] }: CourierOptions): Courier => {
  const logins = readLogins(connections, 'kafka');
  const guard = createGuard([...allow, ...logins.hosts]);
  const links = new Map<string, KafkaLink>();
  const refuse = ({ host, port }: Broker): string | undefined =>
    guard.refusalUnresolved(new URL(`http://${host.includes(':') ? `[${host}]` : host}:${port}`));
  const linkTo = (cluster: KafkaCluster): KafkaLink => {
    const key = JSON.stringify(cluster);
    const link = links.get(key) ?? createLink(cluster, refuse);
    links.set(key, link);
    return link;
  };
  return {
    async deliver(parcel, signal, sending) {
      signal.throwIfAborted();
      return attemptTo(parcel, signal, (limit) => {
        const { url, connection } = parcel.target;
        const address = addressOf(url, 'kafka');
        const login = logins.find({ hosts: address.brokers, connection });
        const cluster = clusterOf(address, login, credentialsOf(parcel));
        const refusal = cluster.brokers.map(refuse).find((text) => text !== undefined);
        if (refusal !== undefined) return Promise.resolve(hopeless(refusal));
        const record = recordOf(parcel, address);
        sending(`append to ${displayUrl(url)}`);
        return linkTo(cluster).send(record, limit);
      });
    },
    close: async () => {
      await Promise.all([...links.values()].map((link) => link.close()));
    },
  };
};
