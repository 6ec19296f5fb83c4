import type { Options } from 'amqplib';
import { SynergyError } from '../../domain/errors.ts';
import { redactUrl } from '../../domain/redact-url.ts';

/** Where a RabbitMQ server is, and who asks. */
export interface Address {
  readonly options: Options.Connect;
  /** The address as people may see it. */
  readonly label: string;
}

/** Seconds between signs of life; a peer that gives none for two to three of them is taken for gone. */
const HEARTBEAT = 5;

const refuse = (label: string, problem: string): SynergyError =>
  new SynergyError(
    'INVALID_SETTING',
    `queue '${label}': ${problem}: expected amqp://user:password@host:5672/vhost, or amqps:// for TLS`,
  );

const decode = (text: string, label: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse(label, "holds a '%' that encodes nothing");
  }
};

/**
 * Reads `amqp://user:password@host:port/vhost`, or `amqps`. Left out: guest, guest, 5672 (5671 with TLS) and the
 * virtual host `/`; what is special in an address is percent-encoded. Throws `INVALID_SETTING`.
 */
export const readAddress = (url: string): Address => {
  const label = redactUrl(url);
  if (!URL.canParse(url)) throw refuse(label, 'is no address');
  const { protocol, hostname, port, username, password, pathname, search } = new URL(url);
  if (hostname === '') throw refuse(label, 'names no host');
  if (search !== '') throw refuse(label, "takes no options after '?'");
  const login = { username: decode(username, label), password: decode(password, label) };
  return {
    label,
    options: {
      protocol: protocol.slice(0, -1),
      hostname: hostname.replace(/^\[|\]$/g, ''),
      ...(port === '' ? {} : { port: Number(port) }),
      ...(username + password === '' ? {} : login),
      vhost: pathname.slice(1),
      heartbeat: HEARTBEAT,
    },
  };
};
