import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { accountBackoff, addressBackoff } from '../../../domain/accounts/backoff.ts';
import { HOUR } from '../../../domain/time/calendar.ts';
import { form } from '../support/ask.ts';
import { quietLog } from '../../support/rig.ts';
import { PASSWORD, cookieOf, serveGuarded, withHeader } from '../support/accounts.ts';
import type { Guarded } from '../support/accounts.ts';

describe('sessions over HTTP', function () {
  this.timeout(30_000);
  let guarded: Guarded;
  beforeEach(async () => {
    guarded = await serveGuarded();
  });
  afterEach(() => guarded.close());

  const login = (name: string, password: string) => guarded.ask('/login', form({ name, password }));
  const status = async (cookie: string): Promise<number> =>
    (await guarded.ask('/', { headers: { Cookie: cookie } })).status;

  it('needs an account from the first one on, and none before', async () => {
    assert.equal((await guarded.ask('/')).status, 200);
    await guarded.addUser('admin');
    assert.equal((await guarded.ask('/')).status, 303);
  });

  it('gives a fresh session at each sign-in, whatever the browser had', async () => {
    await guarded.addUser('admin');
    const first = await guarded.signIn('admin');
    const [name = ''] = first.split('=');
    const planted = `${name}=${'A'.repeat(43)}`;
    const answer = await guarded.ask(
      '/login',
      withHeader(form({ name: 'admin', password: PASSWORD }), 'Cookie', planted),
    );
    const cookie = cookieOf(answer);
    assert.match(answer.headers['set-cookie']?.[0] ?? '', /; Path=\/; HttpOnly; SameSite=Lax$/);
    assert.notEqual(cookie, planted);
    assert.deepEqual([await status(planted), await status(cookie)], [303, 200]);
    const again = await guarded.ask(
      '/login',
      withHeader(form({ name: 'admin', password: PASSWORD }), 'Cookie', first),
    );
    assert.deepEqual([await status(first), await status(cookieOf(again))], [303, 200]);
  });

  it('holds up a client that guesses, and says for how long', async () => {
    await guarded.addUser('admin');
    for (let count = 0; count <= accountBackoff.free; count++)
      assert.equal((await login('admin', 'a wrong password')).status, 401);
    const { status: refused, headers, body } = await login('admin', PASSWORD);
    assert.deepEqual([refused, headers['retry-after']], [429, '2']);
    assert.match(body, /too many failed tries: wait 2 s/);
    guarded.rig.clock.advance(2000);
    assert.equal((await login('admin', PASSWORD)).status, 303);
  });

  it('holds up an address that sends bad tokens, but no valid token or session of it', async () => {
    await guarded.addUser('admin');
    const { token } = await guarded.addToken('admin', ['read']);
    const cookie = await guarded.signIn('admin');
    const ask = (Authorization: string) => guarded.ask('/api/v1/overview', { headers: { Authorization } });
    const bad = [`Bearer syn_${'A'.repeat(43)}`, 'Bearer hunter2', 'Basic YTpi'];
    for (let count = 0; count <= addressBackoff.free; count++)
      assert.equal((await ask(bad[count % bad.length] ?? '')).status, 401);
    for (const given of bad) {
      const refused = await ask(given);
      assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '2']);
      const { code, detail } = refused.json();
      assert.equal(code, 'TOO_MANY_TRIES');
      assert.match(String(detail), /^the (token|header Authorization) .*too many such requests: wait 2 s$/);
    }
    assert.equal((await ask(`Bearer ${token}`)).status, 200);
    assert.equal(await status(cookie), 200);
    assert.equal((await login('admin', PASSWORD)).status, 303, 'passwords are counted apart');
    guarded.rig.clock.advance(2000);
    assert.equal((await ask(bad[0] ?? '')).status, 401);
  });

  it('ends with the role that it was begun with, and after a time without use', async () => {
    await guarded.addUser('admin');
    await guarded.addUser('operator', 'otto');
    const cookie = await guarded.signIn('otto');
    await guarded.accounts.users.setRole('otto', 'viewer', { actor: 'admin' });
    assert.equal(await status(cookie), 303);
    const idle = await guarded.signIn('otto');
    guarded.rig.clock.advance(13 * 3_600_000);
    assert.equal(await status(idle), 303);
  });

  it('lasts as long as its user uses it: what an open page asks for by itself does not count', async () => {
    await guarded.addUser('admin');
    const Cookie = await guarded.signIn('admin');
    const { clock } = guarded.rig;
    const live = { headers: { Cookie, 'HX-Request': 'true', 'X-Live': '1' } };
    clock.advance(11 * HOUR);
    assert.equal(await status(Cookie), 200, 'used');
    clock.advance(11 * HOUR);
    assert.equal((await guarded.ask('/', live)).status, 200);
    const stream = request(new URL('/events', guarded.mx.url), { headers: { Cookie } }).end();
    const [answer] = (await once(stream, 'response')) as [IncomingMessage];
    assert.equal(answer.statusCode, 200);
    answer.resume().on('error', () => undefined);
    const ended = new Promise((resolve) => answer.once('close', resolve));
    clock.advance(HOUR);
    assert.equal((await guarded.ask('/', live)).status, 401, 'over 12 hours since it was used');
    // The stream is looked after every few seconds.
    await ended;
  });

  it('ends the live streams of a session with it', async () => {
    await guarded.addUser('admin');
    const cookie = await guarded.signIn('admin');
    const sent = request(new URL('/events', guarded.mx.url), { headers: { Cookie: cookie } });
    sent.on('error', () => undefined);
    sent.end();
    const [stream] = (await once(sent, 'response')) as [IncomingMessage];
    stream.on('error', () => undefined);
    stream.resume();
    const ended = new Promise((resolve) => stream.once('close', resolve));
    await guarded.ask('/logout', withHeader(form({}), 'Cookie', cookie));
    await ended;
  });

  it('asks for a password that is fit, and keeps the session that set it', async () => {
    await guarded.addUser('admin');
    const cookie = await guarded.signIn('admin');
    const change = (fields: Record<string, string>) =>
      guarded.ask('/account/password', withHeader(form(fields), 'Cookie', cookie));
    const fresh = 'something else, long';
    for (const [fields, why] of [
      [{ current: PASSWORD, password: 'short', again: 'short' }, /the password is not fit/],
      [{ current: 'wrong', password: fresh, again: fresh }, /the present one is wrong/],
      [{ current: PASSWORD, password: fresh, again: PASSWORD }, /the two passwords differ/],
    ] as const) {
      const { status: refused, body } = await change(fields);
      assert.equal(refused, 400);
      assert.match(body, why);
      assert.ok(!body.includes(fresh) && !body.includes(PASSWORD));
    }
    const changed = await change({ current: PASSWORD, password: fresh, again: fresh });
    assert.deepEqual([changed.status, changed.headers.location], [303, '/account']);
    assert.deepEqual([await status(cookieOf(changed)), (await login('admin', PASSWORD)).status], [200, 401]);
  });

  it('lets users end their own sessions and tokens, and no others', async () => {
    await guarded.addUser('admin');
    await guarded.addUser('viewer', 'vera');
    const [cookie] = [await guarded.signIn('vera'), await guarded.signIn('admin')];
    const sessions = await guarded.accounts.sessions.list({ limit: 9 });
    const { id: token } = await guarded.addToken('admin', ['read']);
    const post = async (path: string, fields: Record<string, string>): Promise<number> =>
      (await guarded.ask(path, withHeader(form(fields), 'Cookie', cookie))).status;
    const idOf = (name: string): string => sessions.find(({ account }) => account === name)?.id ?? '';
    assert.equal(await post('/account/session', { id: idOf('admin') }), 404);
    assert.equal(await post('/tokens/revoke', { id: token }), 404);
    assert.equal(await post('/tokens/add', { label: 'x', owner: 'admin', scopes: 'read', days: '30' }), 400);
    assert.equal(await post('/users/role', { name: 'vera', role: 'admin' }), 403);
    assert.equal(await post('/account/session', { id: idOf('vera') }), 303);
    assert.equal(await status(cookie), 303);
  });

  it('logs a fault without the secret of the one-time link that met it', async () => {
    const logged: string[] = [];
    const logger = { ...quietLog, error: (text: string) => logged.push(text) };
    const faulty = await serveGuarded({ logger });
    try {
      Object.assign(faulty.accounts, { redeem: () => Promise.reject(new Error('not foreseen')) });
      const secret = 'A'.repeat(43);
      const sent = form({ password: PASSWORD, again: PASSWORD });
      assert.equal((await faulty.ask(`/invitation/${secret}`, sent)).status, 500);
      assert.match(logged[0] ?? '', /^POST \/invitation\/\*\*\*: /);
      assert.ok(!logged.join().includes(secret) && !logged.join().includes(PASSWORD));
    } finally {
      await faulty.close();
    }
  });
});
