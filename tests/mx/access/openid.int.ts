import assert from 'node:assert/strict';
import { createOpenId } from '../../../mx/access/openid.ts';
import type { OpenId, OpenIdOptions } from '../../../mx/access/openid.ts';
import {
  CLIENT,
  signInAtProvider,
  startOpenIdProvider,
  startVisitor,
} from '../../support/openid-provider.ts';
import type { OpenIdProvider } from '../../support/openid-provider.ts';

const HOME = 'http://127.0.0.1:9/';
const CALLBACK = `${HOME}login/openid/callback`;

describe('sign-in with an OpenID provider', () => {
  let provider: OpenIdProvider;
  const openIdWith = (other: Partial<OpenIdOptions> = {}): OpenId =>
    createOpenId({
      ...{ issuer: provider.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret },
      claims: { name: 'preferred_username', groups: 'groups' },
      roles: { ops: 'operator', '*': 'viewer' },
      ...other,
    });
  before(async () => {
    provider = await startOpenIdProvider();
    provider.serve(HOME);
    provider.users.set('17', { preferred_username: 'Ann', groups: ['ops', 'other'] });
  });
  after(() => provider.stop());

  /** The address that the provider sends a user back to. */
  const goThere = async (to: string, id = '17'): Promise<string> => {
    const visitor = startVisitor();
    const until = /127\.0\.0\.1:9\//;
    const page = await visitor.visit(to, { until });
    return (await signInAtProvider(visitor, page, id, until)).url;
  };

  it('tells who signed in there, with the role of their groups', async () => {
    const openId = openIdWith();
    assert.equal(openId.provider, new URL(provider.issuer).host);
    const { to, departure } = await openId.depart(CALLBACK);
    const asked = new URL(to).searchParams;
    assert.deepEqual(
      [asked.get('scope'), asked.get('code_challenge_method')],
      ['openid profile groups', 'S256'],
    );
    assert.deepEqual(await openId.arrive(await goThere(to), departure), {
      ...{ name: 'ann', role: 'operator', subject: `${provider.issuer} 17` },
    });
  });

  it('believes no user who comes back otherwise than they went', async () => {
    const openId = openIdWith();
    const { to, departure } = await openId.depart(CALLBACK);
    const other = (await openId.depart(CALLBACK)).departure;
    const url = await goThere(to);
    const refused = {
      code: 'UNAUTHENTICATED',
      message: /did not prove who you are \(.+\): sign in again at/,
    };
    await assert.rejects(openId.arrive(url, other), refused, 'of another browser');
    const { nonce, verifier } = other;
    await assert.rejects(openId.arrive(url, { ...departure, verifier }), refused, 'another verifier');
    const again = await openId.depart(CALLBACK);
    await assert.rejects(
      openId.arrive(await goThere(again.to), { ...again.departure, nonce }),
      refused,
      'a token for another one',
    );
    const once = await openId.depart(CALLBACK);
    const back = await goThere(once.to);
    await openId.arrive(back, once.departure);
    await assert.rejects(openId.arrive(back, once.departure), refused, 'a second time');
    const denied = `${CALLBACK}?error=access_denied&state=${once.departure.state}&iss=${provider.issuer}`;
    await assert.rejects(openId.arrive(denied, once.departure), refused);
  });

  it('says which user has no role, and no name that an account can have', async () => {
    provider.users.set('18', { preferred_username: 'Ben', groups: ['other'] });
    provider.users.set('19', { preferred_username: 'not a name', groups: ['ops'] });
    const openId = openIdWith({ roles: { ops: 'operator' } });
    for (const [id, message] of [
      ['18', /no group of 'ben' has a role here/],
      ['19', /"not a name", cannot name an account/],
    ] as const) {
      const { to, departure } = await openId.depart(CALLBACK);
      await assert.rejects(openId.arrive(await goThere(to, id), departure), { code: 'FORBIDDEN', message });
    }
  });

  it('says that the provider is away, and goes on when it is there', async () => {
    const other = await startOpenIdProvider();
    const openId = openIdWith({ issuer: other.issuer });
    await other.stop();
    await assert.rejects(openId.depart(CALLBACK), {
      code: 'PROVIDER_UNREACHABLE',
      message: /does not say how to sign in \(.*ECONNREFUSED.*\): see that it runs/,
    });
    const back = await startOpenIdProvider(Number(new URL(other.issuer).port));
    back.serve(HOME);
    assert.ok((await openId.depart(CALLBACK)).to.startsWith(other.issuer));
    await back.stop();
  });

  it('says that the provider does not know the secret, which it does not tell', async () => {
    const openId = openIdWith({ clientSecret: 'wrong' });
    const { to, departure } = await openId.depart(CALLBACK);
    await assert.rejects(openId.arrive(await goThere(to), departure), (error: Error) => {
      assert.match(error.message, /did not prove who you are \(.*invalid_client|responded with/);
      assert.doesNotMatch(error.message, /wrong/);
      return true;
    });
  });

  it('knows where to sign out of the provider', async () => {
    const url = new URL((await openIdWith().signOutUrl(`${HOME}login`)) ?? '');
    assert.equal(url.searchParams.get('post_logout_redirect_uri'), `${HOME}login`);
    assert.equal(url.searchParams.get('client_id'), CLIENT.id);
    assert.equal((await fetch(url)).status, 200);
  });
});
