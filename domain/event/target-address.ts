import { redactUrl } from '../redact-url.ts';

/** Of which kind an address is; addresses with TLS are of the kind of those without. */
export const targetKinds = ['http', 'amqp', 'kafka', 'synergy'] as const;

export type TargetKind = (typeof targetKinds)[number];

/** `amqp://host[:port]/vhost/exchange/routing.key`; without an exchange the key names the queue. */
export interface AmqpAddress {
  readonly kind: 'amqp';
  /** `host[:port]` */
  readonly host: string;
  readonly isSecure: boolean;
  readonly vhost: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** Messages expire with the epsilon of their execution: `?ttl=true`. */
  readonly ttl: boolean;
}

/** `kafka://broker[:port][,broker…]/topic[?key=…&partition=…]` */
export interface KafkaAddress {
  readonly kind: 'kafka';
  /** Each `host:port`. */
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Null: that of the trigger. */
  readonly key: string | null;
  /** Null: by the key. */
  readonly partition: number | null;
}

/** `synergy://Process/entry` */
export interface SynergyAddress {
  readonly kind: 'synergy';
  readonly processName: string;
  readonly entryName: string;
}

/** Where an event goes, as its address says; of HTTP the address as it is. */
export type TargetAddress =
  { readonly kind: 'http'; readonly url: string } | AmqpAddress | KafkaAddress | SynergyAddress;

/** What an address may hold and no page may show. */
export interface UrlCredentials {
  readonly username: string;
  readonly password: string;
}

/** Says what is wrong with an address: its part, and what that should be. */
export type RefuseAddress = (part: string, given: string, expected: string) => Error;

const addressText = /^([A-Za-z][A-Za-z\d+.-]*):\/\/(?:([^/?#]*)@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?(#.*)?$/;
const hostText = /^(?:\[[\da-fA-F:.]+\]|[^\s:[\]<>"'\\^`{|}%]+)(?::(\d{1,5}))?$/;
const KAFKA_PORT = 9092;

/** An address in its parts, of any scheme; undefined when it is none. */
const split = (url: string) => {
  const [, scheme, userinfo, host, path = '', query = '', fragment] = addressText.exec(url) ?? [];
  return scheme === undefined || host === undefined
    ? undefined
    : { scheme: scheme.toLowerCase(), userinfo, host, path, query, fragment };
};

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

/** Name and password that an address holds, and the address without them. */
export const takeCredentials = (
  url: string,
): { readonly url: string; readonly credentials: UrlCredentials | undefined } => {
  const userinfo = split(url)?.userinfo;
  if (userinfo === undefined) return { url, credentials: undefined };
  const [name = '', ...password] = userinfo.split(':');
  const [username, secret] = [name, password.join(':')].map((text) => decoded(text) ?? text);
  return {
    url: url.replace(`${userinfo}@`, ''),
    credentials: { username: username ?? '', password: secret ?? '' },
  };
};

/** Stands in an address for a name and password that are kept elsewhere. */
export const KEPT_CREDENTIALS = '***';

/** Name and password of an address, as they stand there. */
export const userinfoOf = (url: string): string | undefined => split(url)?.userinfo;

/** An address with another text where its name and password stand. */
export const withUserinfo = (url: string, text: string): string => {
  const userinfo = userinfoOf(url);
  return userinfo === undefined ? url : url.replace(`${userinfo}@`, () => `${text}@`);
};

/** Whether the name and password of an address are kept elsewhere. */
export const hasKeptCredentials = (url: string): boolean => userinfoOf(url) === KEPT_CREDENTIALS;

/** What a name and password in an address are for: scheme and host. */
export const loginAt = (url: string): string => {
  const { scheme = '', host = '' } = split(url) ?? {};
  return `${scheme}://${host.toLowerCase()}`;
};

/** An address as it may be shown: `***` stands for a name and password, and for what is a secret by its name in the query. */
export const displayUrl = (url: string): string =>
  redactUrl(url.replace(/^([^:/?#]+:\/\/)[^/?#]*@/, '$1***@'));

type Parts = NonNullable<ReturnType<typeof split>>;

const checkHost = (host: string, refuse: RefuseAddress): string => {
  const [found, port = '1'] = hostText.exec(host) ?? [];
  if (found !== undefined && Number(port) >= 1 && Number(port) <= 65_535) return host;
  // What is no port may be a password with a '/' in it.
  throw refuse('host', host.replace(/:\D.*/s, ':***'), 'a host, or a host and a port of 1 to 65535');
};

/** The segments of a path, decoded. */
const segments = (path: string, refuse: RefuseAddress): string[] =>
  path
    .split('/')
    .slice(1)
    .map((segment) => {
      const text = decoded(segment);
      if (text === undefined) throw refuse('path', segment, "percent-encoded as UTF-8, '%' itself as %25");
      return text;
    });

const readQuery = (query: string, known: readonly string[], refuse: RefuseAddress): URLSearchParams => {
  const options = new URLSearchParams(query);
  for (const name of options.keys())
    if (!known.includes(name))
      throw refuse('query', name, known.length === 0 ? 'left out' : `one of ${known.join(' and ')}`);
  return options;
};

const readHttp = (url: string, { host }: Parts, refuse: RefuseAddress): TargetAddress => {
  checkHost(host, refuse);
  if (!URL.canParse(url)) throw refuse('host', host, 'a name or an address of a host');
  return { kind: 'http', url };
};

const readAmqp = ({ scheme, host, path, query }: Parts, refuse: RefuseAddress): AmqpAddress => {
  checkHost(host, refuse);
  const [vhost, exchange, routingKey, ...rest] = segments(path, refuse);
  if (!vhost || exchange === undefined || routingKey === undefined || rest.length > 0)
    throw refuse('path', path, "/vhost/exchange/routing.key, '/' within one of them as %2F");
  if (exchange === '' && routingKey === '')
    throw refuse('path', path, 'the name of a queue where the exchange is empty');
  for (const name of [exchange, routingKey])
    if (new TextEncoder().encode(name).length > 255) throw refuse('path', name, 'names of at most 255 bytes');
  const ttl = readQuery(query, ['ttl'], refuse).get('ttl');
  if (ttl !== null && ttl !== 'true' && ttl !== 'false') throw refuse('query', `ttl=${ttl}`, 'ttl=true');
  const isSecure = scheme === 'amqps';
  return { kind: 'amqp', host, isSecure, vhost, exchange, routingKey, ttl: ttl === 'true' };
};

const readKafka = ({ host, path, query }: Parts, refuse: RefuseAddress): KafkaAddress => {
  const brokers = host
    .split(',')
    .map((broker) => checkHost(broker, refuse))
    .map((broker) => (/:\d+$/.test(broker) ? broker : `${broker}:${KAFKA_PORT}`));
  const [topic = '', ...rest] = segments(path, refuse);
  if (!/^[\w.-]{1,249}$/.test(topic) || /^\.\.?$/.test(topic) || rest.length > 0)
    throw refuse('path', path, "/topic, of 1 to 249 letters, digits, '.', '_' and '-'");
  const options = readQuery(query, ['key', 'partition'], refuse);
  const partition = options.get('partition');
  if (partition !== null && !/^\d{1,9}$/.test(partition))
    throw refuse('query', `partition=${partition}`, 'a number from 0');
  return {
    kind: 'kafka',
    brokers,
    topic,
    key: options.get('key'),
    partition: partition === null ? null : Number(partition),
  };
};

const readSynergy = ({ userinfo, host, path, query }: Parts, refuse: RefuseAddress): SynergyAddress => {
  if (userinfo !== undefined) throw refuse('credentials', '***', 'left out: it is this installation');
  readQuery(query, [], refuse);
  const [processName = '', entryName = '', ...rest] = segments(`/${host}${path}`, refuse);
  if (processName === '' || entryName === '' || rest.length > 0)
    throw refuse(
      'path',
      host + path,
      'Process/entry, the names of a free-run process and one of its entries',
    );
  return { kind: 'synergy', processName, entryName };
};

/** Reads an address. Throws what `refuse` makes of its first wrong part. */
export const readAddress = (url: string, refuse: RefuseAddress): TargetAddress => {
  const parts = split(url);
  if (parts === undefined || /[\s\p{Cc}]/u.test(url))
    throw refuse('url', displayUrl(url), 'scheme://host/path, without blanks');
  if (parts.fragment !== undefined) throw refuse('fragment', parts.fragment, 'left out: it is never sent');
  switch (parts.scheme) {
    case 'http':
    case 'https':
      return readHttp(url, parts, refuse);
    case 'amqp':
    case 'amqps':
      return readAmqp(parts, refuse);
    case 'kafka':
      return readKafka(parts, refuse);
    case 'synergy':
      return readSynergy(parts, refuse);
    default:
      throw refuse('scheme', parts.scheme, 'http, https, amqp, amqps, kafka or synergy');
  }
};
