import { SynergyError } from '../../domain/errors.ts';

/** What the server says when it will not do, and what to do about it. `$1` is what the pattern found. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [
    /ACCESS_REFUSED - Login was refused/,
    "refused the user or its password (and takes 'guest' from its own machine only): correct them in the setting 'queue', or make them with scripts/rabbitmq-config.sh",
  ],
  [
    // The library keeps to itself what the server says when the virtual host is opened.
    /Expected ConnectionOpenOk; got <ConnectionClose/,
    'has no such virtual host, or does not let this user into it: make and permit it with scripts/rabbitmq-config.sh, or correct the end of the address',
  ],
  [
    /^(.*) (?:\w*CERT\w*|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
    'shows a certificate that is not trusted ($1): name a file with that of its issuer in NODE_EXTRA_CA_CERTS',
  ],
  [
    /ACCESS_REFUSED - (.*?)(?:"|$)/,
    'did not permit it ($1): grant configure, write and read on the virtual host with scripts/rabbitmq-config.sh',
  ],
  [
    /PRECONDITION_FAILED - inequivalent arg (.*?)(?:"|$)/,
    'has a queue or exchange of this name with other arguments ($1): delete it there (rabbitmqctl delete_queue), it is made again as it should be, or use another virtual host',
  ],
  [
    /RESOURCE_LOCKED - (.*?)(?:"|$)/,
    'keeps a queue for another connection alone ($1): use another virtual host',
  ],
];

const textOf = (error: unknown): string => {
  const { message, code } = error as { message?: string; code?: unknown };
  // Node tries several addresses of a host, and then has a code but no message; that of OpenSSL fills lines.
  const text = [message, message?.includes(String(code)) === true ? undefined : code]
    .filter(Boolean)
    .join(' ');
  return text.replace(/\s+/g, ' ');
};

/** The error of the client library, told to people. A refusal lasts until a user acts, all else may pass. */
export const toFailure = (error: unknown, label: string): SynergyError => {
  if (error instanceof SynergyError) return error;
  const text = textOf(error);
  for (const [pattern, advice] of refusals) {
    const found = pattern.exec(text);
    if (found)
      return new SynergyError(
        'QUEUE_REFUSED',
        `RabbitMQ at ${label} ${advice.replace('$1', () => found[1] ?? '')}`,
        { cause: error },
      );
  }
  return new SynergyError(
    'QUEUE_UNREACHABLE',
    `RabbitMQ at ${label} does not answer (${text}): see whether it runs, and whether host and port are right`,
    { cause: error },
  );
};

export const isRefusal = (error: unknown): error is SynergyError =>
  error instanceof SynergyError && error.code !== 'QUEUE_UNREACHABLE';

/** The oldest server with quorum queues. */
const OLDEST: readonly [number, number] = [3, 8];

/** Throws `QUEUE_REFUSED` for a server that is too old, or is something else. `properties` is how it introduced itself. */
export const checkServer = (
  { product, version }: { readonly product: string; readonly version: string },
  label: string,
): void => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (product === 'RabbitMQ' && (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]))) return;
  throw new SynergyError(
    'QUEUE_REFUSED',
    `the server at ${label} is ${product} ${version}: expected RabbitMQ ${OLDEST.join('.')} or later`,
  );
};

export const stopped = (): SynergyError => new SynergyError('STOPPED', 'the queue is closed');
