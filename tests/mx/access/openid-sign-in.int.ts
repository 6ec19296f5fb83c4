import assert from 'node:assert/strict';
import { createOpenId } from '../../../mx/access/openid.ts';
import {
  CLIENT,
  signInAtProvider,
  startOpenIdProvider,
  startVisitor,
} from '../../support/openid-provider.ts';
import type { OpenIdProvider, Visitor } from '../../support/openid-provider.ts';
import { serveGuarded } from '../support/accounts.ts';
import type { Guarded } from '../support/accounts.ts';

describe('the dashboard with an OpenID provider', () => {
  let provider: OpenIdProvider;
  let guarded: Guarded;
  let home: string;
  beforeEach(async () => {
    provider = await startOpenIdProvider();
    const openId = createOpenId({
      ...{ issuer: provider.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret },
      claims: { name: 'preferred_username', groups: 'groups' },
      roles: { admins: 'admin', ops: 'operator' },
    });
    guarded = await serveGuarded({ openId });
    home = guarded.mx.url;
    provider.serve(home);
    provider.users.set('17', { preferred_username: 'Ann', groups: ['ops'] });
    await guarded.addUser('admin');
  });
  afterEach(async () => {
    await guarded.close();
    await provider.stop();
  });

  /** What a user sees who was on the way to a page. */
  const signIn = async (visitor: Visitor, id = '17', path = 'journal') => {
    const page = await visitor.visit(`${home}${path}`);
    const [, link = ''] = /href="(\/login\/openid[^"]*)"/.exec(page.text) ?? [];
    const there = await visitor.visit(new URL(link.replaceAll('&amp;', '&'), home).href);
    return signInAtProvider(visitor, there, id);
  };

  it('leads a user there and back to the page they wanted, as who they are there', async () => {
    const visitor = startVisitor();
    const asked = await visitor.visit(`${home}journal`);
    assert.match(asked.text, new RegExp(`Sign in with ${new URL(provider.issuer).host}`));
    const page = await signIn(visitor);
    assert.deepEqual([page.url, page.status], [`${home}journal`, 200]);
    assert.match(page.text, /title="ann, operator"/);
    assert.equal((await visitor.visit(`${home}users`)).status, 403);
    const { accounts } = guarded;
    assert.deepEqual(
      (await accounts.users.list({ limit: 9 })).map(({ name, role }) => [name, role]),
      [
        ['admin', 'admin'],
        ['ann', 'operator'],
      ],
    );
    const [session] = await accounts.sessions.list({ limit: 1 });
    assert.deepEqual([session?.account, session?.how], ['ann', 'OpenID Connect']);
    assert.ok(![...visitor.cookies(home).keys()].some((name) => name.endsWith('openid')), 'nothing is left');
  });

  it('says on the page of sign-in why a user does not get in', async () => {
    provider.users.set('18', { preferred_username: 'ben', groups: ['guests'] });
    provider.users.set('19', { preferred_username: 'admin', groups: ['admins'] });
    for (const [id, status, text] of [
      ['18', 403, /no group of &#39;ben&#39; has a role here/],
      ['19', 409, /there is an account &#39;admin&#39; already/],
    ] as const) {
      const page = await signIn(startVisitor(), id);
      assert.equal(page.status, status);
      assert.match(page.text, text);
      assert.match(page.text, /name="password"/);
    }
    const stranger = startVisitor();
    const back = await stranger.visit(`${home}login/openid/callback?code=x&state=y`);
    assert.equal(back.status, 401);
    assert.match(back.text, /this browser was not sent to the OpenID provider from here/);
    assert.deepEqual(await guarded.accounts.sessions.list({ limit: 9 }), []);
  });

  it('lets a password in while the provider is away, and says that it is', async () => {
    await provider.stop();
    provider = await startOpenIdProvider();
    const page = await startVisitor().visit(`${home}login/openid`);
    assert.equal(page.status, 503);
    assert.match(page.text, /does not say how to sign in/);
    assert.ok(await guarded.signIn('admin'));
  });

  it('goes to no other site afterwards', async () => {
    const visitor = startVisitor();
    const there = await visitor.visit(`${home}login/openid?next=${encodeURIComponent('//evil.example/')}`);
    assert.equal((await signInAtProvider(visitor, there, '17')).url, home);
  });

  it('offers a user who signs out to sign out of the provider too', async () => {
    const visitor = startVisitor();
    await signIn(visitor);
    const page = await visitor.visit(`${home}logout`, { form: {} });
    const [, leave = ''] = /href="([^"]+)">Sign out of/.exec(page.text) ?? [];
    const url = new URL(leave.replaceAll('&amp;', '&'));
    assert.equal(url.origin, provider.issuer);
    assert.equal(url.searchParams.get('post_logout_redirect_uri'), `${home}login`);
    assert.equal((await visitor.visit(url.href)).status, 200);
    const again = await visitor.visit(`${home}journal`);
    assert.match(again.text, /name="password"/);
  });
});
