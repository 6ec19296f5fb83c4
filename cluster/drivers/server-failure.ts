import { SynergyError } from '../../domain/errors.ts';
import type { ServerAddress } from './server-address.ts';

/** Which server it is, for people. */
export type Named = Pick<ServerAddress, 'product' | 'label'>;

const certificateCodes = /CERT|UNABLE_TO_(?:VERIFY|GET)|SELF_SIGNED/;

/** The server answers, and will not do; lasts until a user acts. `advice` goes on from its name. */
export const refusal = ({ product, label }: Named, advice: string, cause?: unknown): SynergyError =>
  new SynergyError('CLUSTER_REFUSED', `${product} at ${label} ${advice}`, { cause });

/** The server does not answer, or with what may pass. */
export const outage = ({ product, label }: Named, text: string, cause?: unknown): SynergyError =>
  new SynergyError(
    'CLUSTER_UNREACHABLE',
    `${product} at ${label} does not answer (${text}): see whether it runs, and whether host and port are right`,
    { cause },
  );

/** What a client library threw, told to people. */
export const toFailure = (server: Named, error: unknown): SynergyError => {
  if (error instanceof SynergyError) return error;
  const { message = '', code } = error as { message?: string; code?: unknown };
  // Node tries several addresses of a host, and then has a code but no message.
  const parts = [message, message.includes(String(code)) ? undefined : code];
  const text = parts.filter(Boolean).join(' ').replace(/\s+/g, ' ');
  if (!certificateCodes.test(String(code))) return outage(server, text, error);
  return refusal(
    server,
    `shows a certificate that is not trusted (${text}): name a file with that of its issuer in NODE_EXTRA_CA_CERTS`,
    error,
  );
};

/** Longest wait for an answer, ms: another try has to fit into the time-out of a member. */
export const patience = (timeout: number): number => timeout / 2;
