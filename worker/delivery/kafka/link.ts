import { isIP } from 'node:net';
import { Producer, ProtocolError, UserError, compatibilityPartitioner } from '@platformatic/kafka';
import type { Broker, ClusterMetadata, SASLOptions } from '@platformatic/kafka';
import type { Receipt } from '../../../domain/event/verdict.ts';
import { sleep, within } from '../../../lib/sleep.ts';
import { hopeless, retryLater } from '../courier.ts';
import { orAborted } from '../or-aborted.ts';
import { causeOf, receiptOfCause } from './failure.ts';

/** Milliseconds a broker may take to take a connection, and for a friendly goodbye. */
const CONNECT_TIMEOUT = 5000;
const CLOSE_TIMEOUT = 2000;
/** How old may be what the client knows of topics and their partitions, ms. */
const METADATA_AGE = 10_000;
/**
 * Tries of the client within one attempt, the first not counted: they bridge the moment in which a partition has no leader.
 * Of an idempotent producer it takes 0 and 1 for no end of tries.
 */
const RETRIES = 2;
const RETRY_DELAY = 250;
/** Until brokers that did not answer are asked again, ms: attempts meanwhile fail with the same words. */
const PAUSE = 1000;

/** A record to be appended to a topic. */
export interface KafkaRecord {
  readonly topic: string;
  readonly key: string;
  /** Null: by the key. */
  readonly partition: number | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Instant, ms. */
  readonly timestamp: number;
}

/** A cluster, and how its brokers are entered. */
export interface KafkaCluster {
  readonly brokers: readonly Broker[];
  readonly tls: boolean;
  /** Undefined: without a name. */
  readonly sasl: SASLOptions | undefined;
}

/** Why a broker may not be called; undefined when it may. */
export type RefuseBroker = (broker: Broker) => string | undefined;

const openProducer = ({ brokers, tls, sasl }: KafkaCluster): Producer =>
  new Producer({
    clientId: 'synergy-events',
    bootstrapBrokers: [...brokers],
    idempotent: true,
    // As the clients of Kafka itself choose the partition of a key.
    partitioner: compatibilityPartitioner,
    autocreateTopics: false,
    connectTimeout: CONNECT_TIMEOUT,
    retries: RETRIES,
    retryDelay: RETRY_DELAY,
    // It is read before a record is sent, and what it names is judged then: never on the way.
    metadataMaxAge: Infinity,
    repeatOnStaleMetadata: false,
    ...(sasl !== undefined && { sasl }),
    // No address may be named in the greeting of TLS.
    ...(tls && { tls: {}, tlsServerName: brokers.every(({ host }) => isIP(host) === 0) }),
  });

/** What is wrong with a record or its cluster: the client would call any broker, and wrap the number of a partition. */
const problemOf = (
  { topic, partition }: KafkaRecord,
  { brokers, topics }: ClusterMetadata,
  refuse: RefuseBroker,
): Receipt | undefined => {
  const refusal = [...brokers.values()].map(refuse).find((text) => text !== undefined);
  if (refusal !== undefined) return hopeless(refusal);
  const count = topics.get(topic)?.partitionsCount ?? 0;
  return partition === null || partition < count
    ? undefined
    : retryLater(`topic '${topic}' has no partition ${partition}: it has ${count}, counted from 0`);
};

/** What the cluster says of itself and of a topic; undefined when it has no such topic. */
const look = async (producer: Producer, topic: string): Promise<ClusterMetadata | undefined> => {
  try {
    return await producer.metadata({ topics: [topic], metadataMaxAge: METADATA_AGE });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
};

const append = async (producer: Producer, record: KafkaRecord, refuse: RefuseBroker): Promise<Receipt> => {
  const { topic, key, value, timestamp, partition } = record;
  const metadata = await look(producer, topic);
  if (metadata === undefined) return retryLater(`there is no topic '${topic}'`);
  const problem = problemOf(record, metadata, refuse);
  if (problem !== undefined) return problem;
  const headers = Object.entries(record.headers).map(
    ([name, text]) => [Buffer.from(name), Buffer.from(text)] as const,
  );
  const message = {
    ...{ topic, key: Buffer.from(key), value: Buffer.from(value), timestamp: BigInt(timestamp) },
    headers: new Map(headers),
    ...(partition !== null && { partition }),
  };
  const [place] = (await producer.send({ messages: [message] })).offsets ?? [];
  if (place === undefined) throw new Error('the broker acknowledged nothing');
  const summary = `acknowledged: partition ${place.partition}, offset ${place.offset}`;
  return { ok: true, retry: false, summary };
};

/**
 * A producer for a cluster, opened when it is needed. It is given one record at a time: of two that are under way together
 * both get the same sequence number, and the broker takes the second for a repetition of the first. After a failure it is
 * given up for the same reason: whether its last record was appended is not known.
 */
export const createLink = (cluster: KafkaCluster, refuse: RefuseBroker) => {
  const closing = new AbortController();
  let producer: Producer | undefined;
  let away: Receipt | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const giveUp = async (): Promise<void> => {
    const given = producer;
    producer = undefined;
    if (given !== undefined) await within(CLOSE_TIMEOUT, given.close()).catch(() => undefined);
  };
  const attempt = async (record: KafkaRecord, signal: AbortSignal): Promise<Receipt> => {
    signal.throwIfAborted();
    closing.signal.throwIfAborted();
    if (away !== undefined) return away;
    try {
      producer ??= openProducer(cluster);
      return await orAborted(orAborted(append(producer, record, refuse), signal), closing.signal);
    } catch (error) {
      void giveUp();
      signal.throwIfAborted();
      const cause = causeOf(error);
      const receipt = receiptOfCause(cause);
      if (cause instanceof ProtocolError) return receipt;
      void sleep(PAUSE, closing.signal).then(() => (away = undefined));
      return (away = receipt);
    }
  };
  return {
    /** Resolves once all replicas that are in step have the record, or it failed; rejects as `signal` or `close` say. */
    send: (record: KafkaRecord, signal: AbortSignal): Promise<Receipt> => {
      const mine = last.then(() => attempt(record, signal));
      last = mine.catch(() => undefined);
      return orAborted(mine, signal);
    },
    close: async (): Promise<void> => {
      closing.abort(new Error('the connection was closed'));
      await giveUp();
    },
  };
};

export type KafkaLink = ReturnType<typeof createLink>;
