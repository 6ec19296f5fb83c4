import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Admin, Consumer, Producer } from '@platformatic/kafka';
import { certificate } from './certificate.ts';
import { freePort } from './free-port.ts';
import { tempFolder } from './temp-folder.ts';

const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
// Where scripts/install-services.sh puts it.
const jars = join(cache, 'synergy-services', 'kafka', 'lib');
const java = (main: string): string[] => [
  // It has to be up soon and to take little, and does next to nothing afterwards.
  ...['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  ...['-cp', join(jars, '*'), main],
];
const run = promisify(execFile);

/** Why there can be no broker of the test's own; undefined when there can. */
export const noKafkaServer: string | undefined = existsSync(jars)
  ? undefined
  : 'Kafka is not installed, see scripts/install-services.sh';

/** A record as it was taken. */
export interface SeenRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  /** Instant, ms. */
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A Kafka broker of the test's own, in KRaft mode, with all its files in a folder of its own. It makes topics that are asked for. */
export interface KafkaServer {
  /** `host:port` of the open listener. */
  readonly broker: string;
  readonly port: number;
  /** `host:port` of a listener where `ann` signs in with `secret`, by SASL PLAIN or SCRAM-SHA-512. */
  readonly signedIn: string;
  /** The same with TLS. */
  readonly secure: string;
  /** File of its certificate, PEM. */
  readonly certificate: string;
  /** Makes a topic, and resolves with its name. */
  topic(partitions?: number): Promise<string>;
  topics(): Promise<readonly string[]>;
  /** Resolves with the first so many records of a topic, once they are there: those of one partition in their order. */
  records(topic: string, count: number): Promise<readonly SeenRecord[]>;
  kill(): Promise<void>;
  /** Starts it again on the same data. */
  start(): Promise<void>;
  /** Ends everything that was started. */
  dispose(): Promise<void>;
}

interface Ports {
  readonly open: number;
  readonly signedIn: number;
  readonly secure: number;
  readonly controller: number;
}

/** Accounts are stored with SCRAM; for PLAIN they stand here. */
const logins = (listener: string): string[] => {
  const module = 'org.apache.kafka.common.security';
  const name = `listener.name.${listener}`;
  return [
    `${name}.plain.sasl.jaas.config=${module}.plain.PlainLoginModule required user_ann="secret";`,
    `${name}.scram-sha-512.sasl.jaas.config=${module}.scram.ScramLoginModule required;`,
  ];
};

const properties = (folder: string, ports: Ports): string => {
  const listeners = [
    `PLAINTEXT://127.0.0.1:${ports.open}`,
    `SASL_PLAINTEXT://127.0.0.1:${ports.signedIn}`,
    `SASL_SSL://localhost:${ports.secure}`,
  ].join();
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `listeners=${listeners},CONTROLLER://127.0.0.1:${ports.controller}`,
    `advertised.listeners=${listeners}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    `controller.quorum.voters=1@127.0.0.1:${ports.controller}`,
    `log.dirs=${join(folder, 'data')}`,
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${join(folder, 'keystore.pem')}`,
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512',
    ...[...logins('sasl_plaintext'), ...logins('sasl_ssl')],
    'offsets.topic.num.partitions=1',
    'offsets.topic.replication.factor=1',
    'group.initial.rebalance.delay.ms=0',
    // One that was killed may come back as soon as its session has ended.
    'broker.session.timeout.ms=1000',
    'broker.heartbeat.interval.ms=200',
    '',
  ].join('\n');
};

const clientOf = (port: number) => ({
  clientId: 'synergy-test',
  bootstrapBrokers: [{ host: '127.0.0.1', port }],
  ...{ retries: 300, retryDelay: 100 },
});

/** Resolves once a broker has ids for producers, which it has last. */
const ready = async (port: number): Promise<void> => {
  const producer = new Producer({ ...clientOf(port), idempotent: true });
  await producer.initIdempotentProducer({});
  await producer.close();
};

const withAdmin = async <T>(port: number, use: (admin: Admin) => Promise<T>): Promise<T> => {
  const admin = new Admin(clientOf(port));
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
};

const readRecords = async (port: number, topic: string, count: number): Promise<SeenRecord[]> => {
  const consumer = new Consumer({ ...clientOf(port), groupId: randomUUID() });
  try {
    const stream = await consumer.consume({
      topics: [topic],
      mode: 'earliest',
      autocommit: false,
      maxWaitTime: 100,
    });
    const seen: SeenRecord[] = [];
    for await (const { partition, offset, key, value, timestamp, headers } of stream) {
      const texts = [...headers].map(([name, text]) => [name.toString(), text.toString()] as const);
      seen.push({
        ...{ partition, offset: Number(offset), timestamp: Number(timestamp) },
        ...{ key: key.toString(), value: value.toString(), headers: Object.fromEntries(texts) },
      });
      if (seen.length === count) break;
    }
    return seen;
  } finally {
    await new Promise((resolve) => consumer.close(true, resolve));
  }
};

/** Starts a broker. Callers have seen that `noKafkaServer` is undefined, and dispose of it in the end. */
export const startKafkaServer = async (): Promise<KafkaServer> => {
  const folder = tempFolder();
  const [open, signedIn] = [await freePort(), await freePort()];
  const [secure, controller] = [await freePort(), await freePort()];
  const file = join(folder, 'server.properties');
  const { cert, key } = certificate(folder, 'kafka', 'localhost');
  writeFileSync(join(folder, 'keystore.pem'), readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'));
  writeFileSync(file, properties(folder, { open, signedIn, secure, controller }));
  const account = 'SCRAM-SHA-512=[name=ann,password=secret]';
  const format = ['format', '-t', 'c3luZXJneS10ZXN0cy0wMQ', '-c', file, '--add-scram', account];
  await run('java', [...java('kafka.tools.StorageTool'), ...format]);

  let child: ChildProcess | undefined;
  // Never outlives the tests, even if they end without `dispose`.
  const killAtExit = (): void => void child?.kill('SIGKILL');
  const start = async (): Promise<void> => {
    process.once('exit', killAtExit);
    const started = spawn('java', [...java('kafka.Kafka'), file], { stdio: 'ignore' });
    child = started;
    const ended = once(started, 'exit').then(() => Promise.reject(new Error('the Kafka broker ended')));
    ended.catch(() => undefined);
    await Promise.race([ready(open), ended]);
  };
  const kill = async (): Promise<void> => {
    process.off('exit', killAtExit);
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  await start();
  return {
    broker: `127.0.0.1:${open}`,
    port: open,
    signedIn: `127.0.0.1:${signedIn}`,
    secure: `localhost:${secure}`,
    certificate: cert,
    topic: async (partitions = 1) => {
      const name = `t${randomUUID()}`;
      await withAdmin(open, (admin) => admin.createTopics({ topics: [name], partitions, replicas: 1 }));
      return name;
    },
    topics: () => withAdmin(open, (admin) => admin.listTopics()),
    records: (topic, count) => readRecords(open, topic, count),
    kill,
    start,
    dispose: kill,
  };
};
