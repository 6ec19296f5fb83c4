import type { Request } from 'express';
import type { Accounts, Client, Identity } from '../../scheduler/accounts/api.ts';
import { LOCAL } from '../http/request-context.ts';
import { HttpError } from '../http/problem.ts';
import { retrySeconds } from '../accounts/refusal-text.ts';
import { unlessAway } from '../outage.ts';
import type { Troubles } from '../outage.ts';
import type { SessionCookie } from './cookie.ts';

/** Whether a user asks, whose session lasts longer by it, or a page by itself. */
type Asker = 'user' | 'page';

/**
 * Finds out who asks; undefined when no account was named. Throws UNAUTHENTICATED for a session or token that is not valid,
 * TOO_MANY_TRIES when too many such tokens came from an address.
 */
export type Authenticate = (request: Request, by?: Asker) => Promise<Identity | undefined>;

/** What an open page sends by itself, to show what has changed. */
const askerOf = ({ headers, path }: Request): Asker =>
  headers['x-live'] !== undefined || path === '/events' ? 'page' : 'user';

/** What identities are found by. */
export interface Authentication {
  /** Absent where there can be none: then who reaches the server is `local`. */
  readonly accounts?: Accounts | undefined;
  readonly cookie: SessionCookie;
  /** Others than users of this machine reach the server. */
  readonly isExposed: boolean;
  readonly troubles?: Troubles | undefined;
}

/** Where a request comes from, as the audit has it. */
export const clientOf = ({ ip = '', headers: { 'user-agent': userAgent } }: Request): Client => ({
  address: ip,
  ...(userAgent !== undefined && { userAgent: userAgent.slice(0, 200) }),
});

const refuse = (what: string): never => {
  throw new HttpError('UNAUTHENTICATED', what);
};

const NO_TOKEN =
  'the header Authorization holds no token: send `Authorization: Bearer syn_…`, with 43 characters after syn_';
const BAD_TOKEN = 'the token is unknown, was revoked or has expired: create another one under Tokens';

/** Refuses a token that is not valid; one that is, is taken whatever others of the same address have sent. */
const refuseToken = (accounts: Accounts, client: Client, why: string): never => {
  const refused = accounts.refuseToken(client);
  if (refused.because === 'wrong') return refuse(why);
  const seconds = retrySeconds(refused);
  throw new HttpError(
    'TOO_MANY_TRIES',
    `${why}; this address sent too many such requests: wait ${seconds} s`,
    { 'Retry-After': String(seconds) },
  );
};

const byHeader = async (accounts: Accounts, header: string, client: Client): Promise<Identity> => {
  const token = /^Bearer +(syn_[\w-]{43})$/i.exec(header)?.[1];
  if (token === undefined) return refuseToken(accounts, client, NO_TOKEN);
  return (await accounts.byToken(token, client)) ?? refuseToken(accounts, client, BAD_TOKEN);
};

const byCredential = async (
  request: Request,
  by: Asker,
  { accounts, cookie }: Authentication & { readonly accounts: Accounts },
): Promise<Identity | undefined> => {
  const { authorization } = request.headers;
  if (authorization !== undefined) return byHeader(accounts, authorization, clientOf(request));
  const session = cookie.read(request);
  if (session === undefined) return undefined;
  return (await accounts.bySession(session, by)) ?? refuse('the session has ended: sign in again at /login');
};

/** The way from a request to who asks. */
export const makeAuthenticate = (given: Authentication): Authenticate => {
  const { accounts, isExposed, troubles } = given;
  if (accounts === undefined) return () => Promise.resolve(isExposed ? undefined : LOCAL);
  let wasNeeded: boolean | undefined;
  /** While the store is away, as it was. */
  const isNeeded = async (): Promise<boolean> => {
    try {
      return (wasNeeded = await accounts.isNeeded());
    } catch (error) {
      if (wasNeeded === undefined) throw error;
      return wasNeeded;
    }
  };
  const identify = async (request: Request, by: Asker): Promise<Identity | undefined> => {
    if (!isExposed && !(await isNeeded())) return LOCAL;
    return byCredential(request, by, { ...given, accounts });
  };
  return (request, by = askerOf(request)) => {
    const found = identify(request, by);
    return troubles === undefined ? found : unlessAway(found, troubles);
  };
};
