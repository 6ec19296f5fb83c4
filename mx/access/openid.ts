import type { Configuration } from 'openid-client';
import { readProvidedUser } from '../../domain/accounts/provider.ts';
import type { ClaimNames, GroupRoles, ProvidedUser } from '../../domain/accounts/provider.ts';
import { oneLine } from '../../domain/one-line.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import { HttpError } from '../http/problem.ts';
import { isLoopback } from './exposure.ts';

/** An OpenID provider that users may sign in with. */
export interface OpenIdOptions {
  /** Its address, below which `/.well-known/openid-configuration` tells all else. */
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client, which PKCE protects alone. */
  readonly clientSecret?: string | undefined;
  readonly claims: ClaimNames;
  readonly roles: GroupRoles;
}

/** What a browser keeps between being sent to the provider and coming back. */
export interface Departure {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** A user whom the provider proved, and its own id of them. */
export type ProvedUser = ProvidedUser & { readonly subject: string };

export interface OpenId {
  /** The provider for people: the host of its issuer. */
  readonly provider: string;
  /** Where to send a user who wants to sign in, and what to keep. `callback`: address that the provider sends them back to. */
  readonly depart: (callback: string) => Promise<{ readonly to: string; readonly departure: Departure }>;
  /** Who came back to `url`, which is the callback with what the provider appended. Throws UNAUTHENTICATED, FORBIDDEN. */
  readonly arrive: (url: string, departure: Departure) => Promise<ProvedUser>;
  /** Where a user signs out of the provider as well, to come `back` then; undefined when it has no such page. */
  readonly signOutUrl: (back: string) => Promise<string | undefined>;
}

/** The provider answers within so long, seconds: a user waits. */
const PATIENCE = 10;
const SCOPES = ['openid', 'profile', 'email', 'groups'];
/** Of a provider that does not say which it knows. */
const KNOWN_TO_ALL = ['openid', 'profile', 'email'];

const reasonOf = (error: unknown): string => {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  return oneLine(cause instanceof Error ? `${message}: ${cause.message}` : message);
};

/** Loaded when a user wants to sign in: a scheduler starts without it. */
const library = () => import('openid-client');

/** What the provider says of itself; it is asked again after a failure. */
const createDiscovery = ({ issuer, clientId, clientSecret }: OpenIdOptions) => {
  let found: Promise<Configuration> | undefined;
  const discover = async (): Promise<Configuration> => {
    const client = await library();
    const url = new URL(issuer);
    // Such a provider is on this machine; the settings ask for TLS of any other.
    const isPlain = url.protocol === 'http:' && isLoopback(url.hostname);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that it is not used without thought
    const execute = isPlain ? [client.allowInsecureRequests] : [];
    return client.discovery(url, clientId, clientSecret, undefined, { execute, timeout: PATIENCE });
  };
  return async (): Promise<Configuration> => {
    found ??= discover();
    try {
      return await found;
    } catch (error) {
      found = undefined;
      throw new HttpError(
        'PROVIDER_UNREACHABLE',
        `the OpenID provider ${issuer} does not say how to sign in (${reasonOf(error)}): see that it runs and that oidcIssuer is its address; who has a password here signs in without it`,
      );
    }
  };
};

/** Who says it, and its own id of the user. */
type IdClaims = Readonly<Record<'iss' | 'sub', string>>;

/** What the provider says of a user: in the token, and what it says besides when it is asked. */
const claimsOf = async (
  config: Configuration,
  url: string,
  departure: Departure,
): Promise<JsonObject & IdClaims> => {
  const client = await library();
  const tokens = await client.authorizationCodeGrant(config, new URL(url), {
    pkceCodeVerifier: departure.verifier,
    expectedState: departure.state,
    expectedNonce: departure.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new Error('it sent no ID token');
  const hasMore = config.serverMetadata().userinfo_endpoint !== undefined;
  const more = hasMore ? await client.fetchUserInfo(config, tokens.access_token, claims.sub) : {};
  return { ...more, ...claims } as JsonObject & IdClaims;
};

/** Has users proved by a provider, by the authorization code flow with PKCE, state and nonce. */
export const createOpenId = (options: OpenIdOptions): OpenId => {
  const { issuer, claims: names, roles } = options;
  const discovered = createDiscovery(options);
  return {
    provider: new URL(issuer).host,
    depart: async (callback) => {
      const config = await discovered();
      const client = await library();
      const [state, nonce, verifier] = [
        client.randomState(),
        client.randomNonce(),
        client.randomPKCECodeVerifier(),
      ];
      const known = config.serverMetadata().scopes_supported ?? KNOWN_TO_ALL;
      const url = client.buildAuthorizationUrl(config, {
        ...{ redirect_uri: callback, scope: SCOPES.filter((scope) => known.includes(scope)).join(' ') },
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        ...{ code_challenge_method: 'S256', state, nonce },
      });
      return { to: url.href, departure: { state, nonce, verifier } };
    },
    arrive: async (url, departure) => {
      const config = await discovered();
      const claims = await claimsOf(config, url, departure).catch((error: unknown) => {
        throw new HttpError(
          'UNAUTHENTICATED',
          `the OpenID provider ${issuer} did not prove who you are (${reasonOf(error)}): sign in again at /login`,
        );
      });
      const user = readProvidedUser(claims, names, roles);
      if ('problem' in user) throw new HttpError('FORBIDDEN', user.problem);
      return { ...user, subject: `${claims.iss} ${claims.sub}` };
    },
    signOutUrl: async (back) => {
      const config = await discovered();
      if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
      return (await library()).buildEndSessionUrl(config, { post_logout_redirect_uri: back }).href;
    },
  };
};
