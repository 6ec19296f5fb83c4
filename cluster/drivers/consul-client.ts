import { createServerClient } from './server-client.ts';
import type { ServerAnswer, ServerQuestion } from './server-client.ts';
import { outage, patience, refusal } from './server-failure.ts';
import { readServerAddress, refuseAddress } from './server-address.ts';
import type { AddressForm, ServerAddress } from './server-address.ts';

const form: AddressForm = {
  product: 'Consul',
  scheme: 'consul',
  secureScheme: 'consuls',
  port: 8500,
  securePort: 8501,
  expected:
    'consul://:token@host:8500, or consuls:// for TLS; the token, behind a colon, only where Consul has ACLs',
};

const permissions =
  'let its policy hold key_prefix "synergy/" { policy = "write" } and session_prefix "" { policy = "write" }';

/** What Consul answers. */
export interface ConsulAnswer {
  /** Undefined when what was asked for is not there. */
  readonly value: unknown;
  /** Where the asked-for is in its history: a question that names it waits for the next change. */
  readonly index: string;
}

/** Speaks to the agent of Consul by its HTTP API. */
export interface ConsulClient {
  /** Rejects with `CLUSTER_UNREACHABLE` or `CLUSTER_REFUSED`. */
  ask(question: ServerQuestion): Promise<ConsulAnswer>;
  readonly address: ServerAddress;
  readonly closing: AbortSignal;
  close(): Promise<void>;
}

const readAnswer = (address: ServerAddress, { status, text, headers }: ServerAnswer): ConsulAnswer => {
  const told = text.trim().replace(/\s+/g, ' ').slice(0, 200);
  const correct = "correct the token in the setting 'cluster'";
  if (status === 401 || status === 403)
    throw refusal(address, `did not permit it (${told}): ${correct}, or ${permissions}`);
  if (status >= 500) throw outage(address, `HTTP ${status} ${told}`);
  const index = String(headers['x-consul-index'] ?? '');
  if (status === 404) return { value: undefined, index };
  try {
    if (status === 200) return { value: JSON.parse(text), index };
  } catch {
    // Told below.
  }
  throw refusal(address, `answers as no Consul does (HTTP ${status}): see host and port`);
};

/** Throws `INVALID_SETTING` for an address that is none of Consul. */
export const createConsulClient = (url: string, timeout: number): ConsulClient => {
  const address = readServerAddress(url, form);
  // A token in the place of a user would be shown where addresses are.
  if (address.username !== '') throw refuseAddress(address.label, 'has a user, and Consul has none', form);
  const http = createServerClient(address, patience(timeout));
  const headers = address.password === '' ? {} : { 'x-consul-token': address.password };
  return {
    address,
    closing: http.closing,
    ask: async (question) => readAnswer(address, await http.ask({ ...question, headers })),
    close: () => http.close(),
  };
};
