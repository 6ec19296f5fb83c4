import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

/** Claims of a user, besides the id. */
export interface ProviderUser {
  readonly preferred_username: string;
  readonly groups?: readonly string[];
}

/** A real OpenID provider on loopback, whose sign-in page takes the id of any of its users, with any password. */
export interface OpenIdProvider {
  readonly issuer: string;
  readonly users: Map<string, ProviderUser>;
  /** From now on; `home`: address of the application that users come back to. */
  readonly serve: (home: string) => void;
  readonly stop: () => Promise<void>;
}

export const CLIENT = { id: 'synergy', secret: 'a canary of the provider sang' };

/** `port`: any free one without it. */
export const startOpenIdProvider = async (port = 0): Promise<OpenIdProvider> => {
  const users = new Map<string, ProviderUser>();
  const server = createServer();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const serve = (home: string): void => {
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          token_endpoint_auth_method: 'client_secret_post',
          redirect_uris: [`${home}login/openid/callback`],
          post_logout_redirect_uris: [`${home}login`],
        },
      ],
      claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
      scopes: ['openid', 'profile', 'groups'],
      cookies: { keys: ['of no other use'] },
      findAccount: (_, id) => {
        const user = users.get(id);
        return user && { accountId: id, claims: () => ({ sub: id, ...user }) };
      },
    });
    const answer = provider.callback();
    server.on('request', (request, response) => void answer(request, response));
  };
  return {
    ...{ issuer, users, serve },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

/** A page, and where it is. */
export interface Visited {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

/** A browser without a window: it keeps cookies by host, follows redirects and sends forms. */
export const startVisitor = () => {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (url: string): Map<string, string> => {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };
  const visit = async (
    url: string,
    { form, until }: { readonly form?: Readonly<Record<string, string>>; readonly until?: RegExp } = {},
  ): Promise<Visited> => {
    const cookie = [...jarOf(url)].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
      headers: { cookie, accept: 'text/html' },
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jarOf(url).delete(name);
      else jarOf(url).set(name, value);
    }
    const location = response.headers.get('location');
    const text = await response.text();
    if (location === null) return { url, status: response.status, text };
    const to = new URL(location, url).href;
    return until?.test(to) === true
      ? { url: to, status: response.status, text }
      : visit(to, until ? { until } : {});
  };
  return { visit, cookies: jarOf };
};

export type Visitor = ReturnType<typeof startVisitor>;

/** Signs in on the pages of the provider, which ask who it is and whether that is all right; stops before `until`, if given. */
export const signInAtProvider = async ({ visit }: Visitor, from: Visited, id: string, until?: RegExp) => {
  let page = from;
  for (const form of [{ prompt: 'login', login: id, password: 'any' }, { prompt: 'consent' }]) {
    const [, action] = /action="([^"]+)"/.exec(page.text) ?? [];
    if (action === undefined) return page;
    page = await visit(new URL(action, page.url).href, { form, ...(until && { until }) });
  }
  return page;
};
