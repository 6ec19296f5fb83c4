import { createServerClient } from './server-client.ts';
import type { ServerAnswer } from './server-client.ts';
import { outage, patience, refusal } from './server-failure.ts';
import type { Named } from './server-failure.ts';
import { readServerAddress } from './server-address.ts';
import type { AddressForm } from './server-address.ts';

const form: AddressForm = {
  product: 'etcd',
  scheme: 'etcd',
  secureScheme: 'etcds',
  port: 2379,
  securePort: 2379,
  expected: 'etcd://user:password@host:2379, or etcds:// for TLS',
};

/** Silence after which a watch is made anew, ms: its connection may be dead. */
const SILENCE = 30_000;

/** Numbers that etcd answers with for what went wrong, those of gRPC. */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/** An answer of etcd: values of 64 bits are texts, and what is empty or zero is left out. */
export type EtcdAnswer = Readonly<Record<string, unknown>>;

const correct = "correct them in the setting 'cluster'";
const refusals: readonly (readonly [RegExp, string])[] = [
  [/authentication failed/, `refused the user or its password: ${correct}`],
  [/user name is empty/, "wants a user and a password: put them into the setting 'cluster'"],
  [
    /authentication is not enabled/,
    "takes no user and password: take them out of the setting 'cluster', or enable its authentication",
  ],
];
const permissions =
  "did not permit it: give a role of the user 'etcdctl role grant-permission ROLE readwrite --prefix=true /synergy/'";

const readAnswer = (server: Named, { status, text }: ServerAnswer): EtcdAnswer => {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) return answer as EtcdAnswer;
  } catch {
    // Told below.
  }
  throw refusal(server, `answers as no etcd with /v3 does (HTTP ${status}): expected etcd 3.4 or later`);
};

/** Throws what an answer tells of a failure; one that something is not there is none. */
const check = (server: Named, { error, code }: EtcdAnswer): void => {
  if (error === undefined || code === NOT_FOUND) return;
  const text = typeof error === 'string' ? error : JSON.stringify(error);
  if (code === PERMISSION_DENIED) throw refusal(server, permissions);
  for (const [pattern, advice] of refusals) if (pattern.test(text)) throw refusal(server, advice);
  throw outage(server, text);
};

/** Speaks to etcd by the JSON form of its API, version 3. */
export interface EtcdClient {
  /** Undefined when what the call names is not there. Rejects with `CLUSTER_UNREACHABLE` or `CLUSTER_REFUSED`. */
  call(path: string, body: object): Promise<EtcdAnswer | undefined>;
  /** Tells when a watch begins and each time that it sees a change; rejects when it is cut. */
  watch(body: object, onChange: () => void, signal: AbortSignal): Promise<void>;
  readonly closing: AbortSignal;
  close(): Promise<void>;
}

/** Throws `INVALID_SETTING` for an address that is none of etcd. */
export const createEtcdClient = (url: string, timeout: number): EtcdClient => {
  const address = readServerAddress(url, form);
  const http = createServerClient(address, patience(timeout));
  let token: string | undefined;

  const post = async (path: string, body: object): Promise<EtcdAnswer> => {
    const headers = token === undefined ? {} : { authorization: token };
    const question = { method: 'POST', path, body: JSON.stringify(body), headers } as const;
    return readAnswer(address, await http.ask(question));
  };
  const signIn = async (): Promise<void> => {
    if (address.username === '' || token !== undefined) return;
    const answer = await post('/v3/auth/authenticate', {
      name: address.username,
      password: address.password,
    });
    check(address, answer);
    token = String(answer['token']);
  };
  const call = async (path: string, body: object): Promise<EtcdAnswer | undefined> => {
    await signIn();
    let answer = await post(path, body);
    if (answer['code'] === UNAUTHENTICATED && token !== undefined) {
      // They end, and a server that was started again knows none.
      token = undefined;
      await signIn();
      answer = await post(path, body);
    }
    check(address, answer);
    return answer['error'] === undefined ? answer : undefined;
  };
  const watch = async (body: object, onChange: () => void, signal: AbortSignal): Promise<void> => {
    await signIn();
    const headers = token === undefined ? {} : { authorization: token };
    const question = { method: 'POST', path: '/v3/watch', body: JSON.stringify(body), headers } as const;
    await http.lines({ ...question, limit: SILENCE, signal }, (line) => {
      if (line !== '') onChange();
    });
  };
  return { call, watch, closing: http.closing, close: () => http.close() };
};
