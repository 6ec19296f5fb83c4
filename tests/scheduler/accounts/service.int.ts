import assert from 'node:assert/strict';
import { accountSpec, auditSpec, sessionSpec } from '../../../db/account-collections.ts';
import type { Store } from '../../../db/store.ts';
import type { Accounts } from '../../../scheduler/accounts/api.ts';
import { DAY, HOUR } from '../../../domain/time/calendar.ts';
import { openEmbeddedFixture } from '../../db/embedded-fixture.ts';
import { openMongoFixture } from '../../db/mongo-fixture.ts';
import type { StoreFixture } from '../../db/store-contract.ts';
import { withMethods } from '../../support/collections.ts';
import { startMongoServer, whyNoMongo } from '../../support/mongo-server.ts';
import type { MongoServer } from '../../support/mongo-server.ts';
import { manualClock } from '../../support/rig.ts';
import { NOW, PASSWORD, accountsOf, by, client, signedIn } from './accounts.ts';

const all = { limit: 1000 };

const cases = (open: () => Promise<StoreFixture>): void => {
  const clock = manualClock(NOW);
  let fixture: StoreFixture;
  let store: Store;
  let accounts: Accounts;
  beforeEach(async () => {
    clock.set(NOW);
    fixture = await open();
    store = fixture.store;
    accounts = accountsOf(store, clock);
  });
  afterEach(() => fixture.dispose());

  const addAnn = () => accounts.users.add({ name: 'ann', role: 'admin', password: PASSWORD }, by);
  const addBen = () => accounts.users.add({ name: 'ben', role: 'viewer', password: PASSWORD }, by);
  const signIn = (name: string, password = PASSWORD, from = client) =>
    accounts.signIn({ name, password }, from);
  const sessionOf = async (name: string): Promise<string> => signedIn(await signIn(name)).session;
  const told = async () => (await accounts.audit.list(all)).reverse();
  const events = async () => (await told()).map(({ event }) => event);

  it('are not needed until there is one, which has to be an admin', async () => {
    assert.equal(await accounts.isNeeded(), false);
    await assert.rejects(accounts.users.add({ name: 'ben', role: 'viewer' }, by), {
      code: 'INVALID_ARGUMENT',
      message: "role 'viewer': expected admin for the first account, so that there is one who may add others",
    });
    assert.equal(await accounts.isNeeded(), false);
    const other = accountsOf(await fixture.connect(), clock);
    assert.equal(await other.isNeeded(), false);
    assert.deepEqual(await addAnn(), {
      ...{ name: 'ann', role: 'admin', hasPassword: true, isProvided: false, invitedUntil: null },
      ...{ lastSignInAt: null, createdAt: NOW, updatedAt: NOW, version: 1 },
    });
    assert.equal(await accounts.isNeeded(), true, 'at once where it was made');
    assert.equal(await other.isNeeded(), false, 'read a moment ago');
    clock.advance(1000);
    assert.equal(await other.isNeeded(), true);
  });

  it('stay needed when none of them can be read', async () => {
    await addAnn();
    await store.collection(accountSpec).remove({ name: 'ann' });
    assert.equal(await accountsOf(store, clock).isNeeded(), true);
  });

  it('sign in by their password', async () => {
    await addAnn();
    const { session, identity } = signedIn(await signIn('ann'));
    assert.match(session, /^[\w-]{43}$/);
    assert.equal(identity.actor, 'ann');
    assert.equal(identity.role, 'admin');
    assert.deepEqual(await accounts.bySession(session), identity);
    assert.equal((await accounts.users.list(all))[0]?.lastSignInAt, NOW);
    assert.notEqual(await sessionOf('ann'), session, 'a session each time');
    const bad = ['', session.slice(1), `${session.slice(1)}A`, 'x'.repeat(43), '\0'];
    for (const text of bad) assert.equal(await accounts.bySession(text), undefined);
  });

  it('refuse a wrong password and an unknown name alike', async () => {
    await addAnn();
    for (const name of ['ann', 'ben', 'Ann', '', '__proto__', 'a/b'])
      assert.deepEqual(await signIn(name, 'another password'), { because: 'wrong' }, name);
    await accounts.users.add({ name: 'dan', role: 'viewer' }, by);
    assert.deepEqual(await signIn('dan', ''), { because: 'wrong' }, 'who has no password');
    assert.deepEqual(
      (await told()).filter(({ event }) => event === 'sign-in-failed').map(({ subject }) => subject),
      ['ann', null, null, null, null, null, 'dan'],
    );
  });

  it('hold up users who fail again and again, by account and by address', async () => {
    await addAnn();
    await addBen();
    const wrong = (name: string, address: string) => signIn(name, 'another password', { ...client, address });
    for (let i = 0; i < 5; i++) assert.deepEqual(await wrong('ann', `192.0.2.${i}`), { because: 'wrong' });
    assert.deepEqual(await wrong('ann', '192.0.2.9'), { because: 'wrong', retryAfter: 2000 });
    assert.deepEqual(
      await signIn('ann'),
      { because: 'locked', retryAfter: 2000 },
      'the right one is not looked at',
    );
    assert.ok('session' in (await signIn('ben')), 'another account is not held up');
    clock.advance(2000);
    assert.ok('session' in (await signIn('ann')));
    assert.deepEqual(
      await wrong('ann', '192.0.2.9'),
      { because: 'wrong' },
      'forgotten with the right password',
    );
    for (let i = 0; i < 21; i++) await wrong(`x${i}`, '198.51.100.1');
    const locked = await signIn('ben', PASSWORD, { ...client, address: '198.51.100.1' });
    assert.deepEqual(locked, { because: 'locked', retryAfter: 2000 });
    const redeem = (secret: string) =>
      accounts.redeem(secret, PASSWORD, { ...client, address: '198.51.100.1' });
    assert.deepEqual(await redeem('x'), { because: 'locked', retryAfter: 2000 });
    assert.ok(
      'session' in (await redeem(await accounts.invite('ben', by))),
      'a one-time link is not held up',
    );
  });

  it('gain nothing by trying many at once', async () => {
    await addAnn();
    const tries = Array.from({ length: 30 }, () => signIn('ann', 'another password'));
    const answers = await Promise.all(tries);
    assert.equal(answers.filter((answer) => 'because' in answer && answer.because === 'wrong').length, 6);
    assert.equal((await events()).filter((event) => event === 'sign-in-failed').length, 6);
  });

  it('stay signed in while they are at work, up to the longest time', async () => {
    await addAnn();
    const session = await sessionOf('ann');
    for (let hours = 0; hours < 7 * 24; hours += 11) {
      assert.ok(await accounts.bySession(session), `after ${hours} h`);
      clock.advance(11 * HOUR);
    }
    clock.set(NOW + 7 * DAY - 1);
    assert.ok(await accounts.bySession(session));
    clock.advance(1);
    assert.equal(await accounts.bySession(session), undefined);
    const idle = await sessionOf('ann');
    clock.advance(12 * HOUR);
    assert.equal(await accounts.bySession(idle), undefined);
    assert.deepEqual(await accounts.sessions.list(all), []);
  });

  it('note the last use of a session once a minute', async () => {
    await addAnn();
    const session = await sessionOf('ann');
    const lastUse = async () => (await accounts.sessions.list(all))[0]?.lastUsedAt;
    clock.advance(59_999);
    await accounts.bySession(session);
    assert.equal(await lastUse(), NOW);
    clock.advance(1);
    await accounts.bySession(session);
    assert.equal(await lastUse(), NOW + 60_000);
  });

  it('sign out', async () => {
    await addAnn();
    const session = await sessionOf('ann');
    const other = await sessionOf('ann');
    await accounts.signOut(session);
    await accounts.signOut(session);
    await accounts.signOut('x');
    assert.equal(await accounts.bySession(session), undefined);
    assert.ok(await accounts.bySession(other));
    assert.deepEqual(await events(), ['account-added', 'sign-in', 'sign-in', 'sign-out']);
  });

  it('lose their sessions with a new password and a new role, wherever they were begun', async () => {
    await addAnn();
    await addBen();
    const first = await sessionOf('ben');
    await accounts.users.setPassword('ben', 'a new one of some length', by);
    assert.equal(await accounts.bySession(first), undefined);
    assert.deepEqual(await signIn('ben'), { because: 'wrong' });
    const second = signedIn(await signIn('ben', 'a new one of some length')).session;
    await accounts.users.setRole('ben', 'operator', by);
    assert.equal(await accounts.bySession(second), undefined);
    assert.deepEqual(await accounts.sessions.list(all), []);
    const third = signedIn(await signIn('ben', 'a new one of some length'));
    assert.equal(third.identity.role, 'operator');
    await accounts.users.setRole('ben', 'operator', by);
    assert.ok(await accounts.bySession(third.session), 'nothing changed');
  });

  it('lose sessions with the change itself, before their ends are written down', async () => {
    await addAnn();
    const session = await sessionOf('ann');
    await store.collection(accountSpec).compareAndSet({ name: 'ann' }, {}, { generation: 2 });
    assert.equal(await accounts.bySession(session), undefined);
  });

  it('have no session of a sign-in that a new password came in between', async () => {
    await addAnn();
    const sessions = store.collection(sessionSpec);
    const late = withMethods(store, sessionSpec, {
      insertNew: async (session) => {
        await accounts.users.setPassword('ann', 'quite another one', by);
        return sessions.insertNew(session);
      },
    });
    const { session } = signedIn(
      await accountsOf(late, clock).signIn({ name: 'ann', password: PASSWORD }, client),
    );
    assert.equal((await sessions.list())[0]?.endedAt, null);
    assert.equal(await accounts.bySession(session), undefined);
  });

  it('are removed with their sessions and tokens, for good', async () => {
    await addAnn();
    await addBen();
    const session = await sessionOf('ben');
    const { token } = await accounts.tokens.create({ owner: 'ben', label: 'ci', scopes: ['read'] }, by);
    assert.ok(await accounts.byToken(token, client));
    await accounts.users.remove('ben', by);
    assert.equal(await accounts.bySession(session), undefined);
    assert.equal(await accounts.byToken(token, client), undefined);
    assert.deepEqual(await signIn('ben'), { because: 'wrong' });
    assert.deepEqual(
      (await accounts.users.list(all)).map(({ name }) => name),
      ['ann'],
    );
    for (const change of [
      () => accounts.users.remove('ben', by),
      () => accounts.users.setRole('ben', 'admin', by),
      () => accounts.users.setPassword('ben', PASSWORD, by),
      () => accounts.invite('ben', by),
      () => accounts.signInAs('ben', client, 'test'),
      () => accounts.sessions.revokeAllOf('ben', by),
      () => accounts.tokens.create({ owner: 'ben', label: 'ci', scopes: ['read'] }, by),
    ])
      await assert.rejects(change, { code: 'NOT_FOUND' });
    await addBen();
    assert.equal(await accounts.bySession(session), undefined, 'the name is given anew');
    assert.equal(await accounts.byToken(token, client), undefined);
    assert.equal((await accounts.users.list(all))[1]?.lastSignInAt, null);
    assert.ok(await sessionOf('ben'));
  });

  it('are made for users whom a provider proves, in the role that it says', async () => {
    await addAnn();
    const user = { subject: 'https://id.example.com 17', name: 'eve', role: 'operator' } as const;
    const first = await accounts.signInProvided(user, client);
    assert.deepEqual(await accounts.bySession(first.session), first.identity);
    assert.deepEqual([first.identity.actor, first.identity.role], ['eve', 'operator']);
    assert.deepEqual(await signIn('eve'), { because: 'wrong' }, 'it has no password');
    const renamed = { ...user, name: 'eve.e', role: 'viewer' } as const;
    const second = await accounts.signInProvided(renamed, client);
    assert.deepEqual([second.identity.actor, second.identity.role], ['eve', 'viewer']);
    assert.equal(await accounts.bySession(first.session), undefined, 'the role is another one');
    const other = { ...user, subject: 'https://id.example.com 18' };
    await assert.rejects(accounts.signInProvided(other, client), {
      code: 'CONFLICT',
      message: /^there is an account 'eve' already, .*'synergy user remove eve'/,
    });
    await assert.rejects(accounts.signInProvided({ ...other, name: 'ann' }, client), { code: 'CONFLICT' });
    await accounts.users.remove('eve', by);
    assert.equal(await accounts.bySession(second.session), undefined);
    const third = await accounts.signInProvided(other, client);
    assert.deepEqual([third.identity.actor, third.identity.role], ['eve', 'operator']);
    assert.deepEqual(
      (await told()).slice(1).map(({ actor, event }) => `${actor} ${event}`),
      [
        ...['openid account-added', 'eve sign-in', 'anonymous sign-in-failed', 'openid role-set'],
        ...['openid session-ended', 'eve sign-in', 'root account-removed', 'root session-ended'],
        ...['openid account-added', 'eve sign-in'],
      ],
    );
  });

  it('keep one admin, whatever is tried', async () => {
    await addAnn();
    await addBen();
    const lastAdmin = { code: 'LAST_ADMIN', message: /^'ann' is the only admin/ };
    await assert.rejects(accounts.users.remove('ann', by), lastAdmin);
    await assert.rejects(accounts.users.setRole('ann', 'operator', by), lastAdmin);
    assert.ok(await sessionOf('ann'));
    await accounts.users.setRole('ben', 'admin', by);
    await accounts.users.setRole('ann', 'operator', by);
    await assert.rejects(accounts.users.remove('ben', by), { code: 'LAST_ADMIN' });
  });

  it('keep one admin of two who remove each other at once, in two processes', async () => {
    const other = accountsOf(await fixture.connect(), clock);
    await addAnn();
    for (let round = 0; round < 10; round++) {
      const [{ name: one } = { name: '' }] = await accounts.users.list(all);
      const two = one === 'ann' ? 'ben' : 'ann';
      await accounts.users.add({ name: two, role: 'admin' }, by);
      await Promise.allSettled([accounts.users.remove(one, by), other.users.remove(two, by)]);
      const left = await accounts.users.list(all);
      assert.ok(left.length >= 1, `round ${round}`);
      for (const { name } of left.slice(1)) await accounts.users.remove(name, by);
    }
  });

  it('let one of two changes at once win, and refuse the other', async () => {
    const other = accountsOf(await fixture.connect(), clock);
    await addAnn();
    await addBen();
    const outcomes = await Promise.allSettled([
      accounts.users.setPassword('ben', 'the password of one', by),
      other.users.setPassword('ben', 'the password of two', by),
      accounts.users.setRole('ben', 'operator', by),
    ]);
    const lost = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    for (const { reason } of lost) assert.equal((reason as { code: string }).code, 'CONFLICT');
    const [, ben] = await accounts.users.list(all);
    assert.equal(ben?.version, 1 + outcomes.length - lost.length);
    const rows = (await told()).filter(({ subject }) => subject === 'ben');
    assert.equal(rows.length, ben.version, 'a row of the audit for each change');
    const adding = await Promise.allSettled(
      [accounts, other].map(({ users }) => users.add({ name: 'cyd', role: 'viewer' }, by)),
    );
    assert.deepEqual(adding.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('refuse names, roles and passwords that are not fit', async () => {
    const add = (name: string, role = 'admin', password = PASSWORD) =>
      accounts.users.add({ name, role: role as 'admin', password }, by);
    await assert.rejects(add('local'), {
      code: 'INVALID_ARGUMENT',
      message: /^'local' cannot name an account/,
    });
    await assert.rejects(add('Ann'), { code: 'INVALID_ARGUMENT' });
    await assert.rejects(add('ann', 'root'), {
      code: 'INVALID_ARGUMENT',
      message: /^role 'root': expected one of/,
    });
    await assert.rejects(add('ann', 'admin', 'short'), ({ code, message }: Error & { code: string }) => {
      assert.equal(code, 'PASSWORD_UNFIT');
      assert.ok(!message.includes('short'), 'the password is not told');
      return true;
    });
    assert.equal(await accounts.isNeeded(), false);
    await addAnn();
    await assert.rejects(addAnn(), { code: 'CONFLICT', message: /^there is an account 'ann' already/ });
    await assert.rejects(accounts.users.setPassword('ann', 'short', by), { code: 'PASSWORD_UNFIT' });
    await assert.rejects(accounts.users.setRole('ann', 'root' as 'admin', by), { code: 'INVALID_ARGUMENT' });
  });

  it('set a password once by a one-time link', async () => {
    await addAnn();
    await accounts.users.add({ name: 'ben', role: 'operator' }, by);
    const old = await accounts.invite('ben', by);
    const secret = await accounts.invite('ben', by);
    assert.match(secret, /^[\w-]{43}$/);
    assert.equal((await accounts.users.list(all))[1]?.invitedUntil, NOW + DAY);
    const redeem = (given: string, password = PASSWORD) => accounts.redeem(given, password, client);
    for (const wrong of [old, 'x'.repeat(43), '', `${secret}=`])
      assert.deepEqual(await redeem(wrong), { because: 'wrong' }, 'replaced, or never made');
    await assert.rejects(redeem(secret, 'short'), { code: 'PASSWORD_UNFIT' });
    const uses = await Promise.allSettled([redeem(secret), redeem(secret)]);
    const won = uses.flatMap((use) =>
      use.status === 'fulfilled' && 'session' in use.value ? [use.value] : [],
    );
    assert.equal(won.length, 1, 'used once');
    assert.equal(won[0]?.identity.actor, 'ben');
    assert.deepEqual(await redeem(secret), { because: 'wrong' });
    assert.ok(await sessionOf('ben'));
    const late = await accounts.invite('ben', by);
    clock.advance(DAY);
    assert.deepEqual(await redeem(late), { because: 'wrong' }, 'out of date');
    const moot = await accounts.invite('ben', by);
    await accounts.users.setPassword('ben', PASSWORD, by);
    assert.deepEqual(await redeem(moot), { because: 'wrong' }, 'a password was set since');
  });

  it('have tokens, each shown once, for a time', async () => {
    await addAnn();
    const { id, token } = await accounts.tokens.create(
      { owner: 'ann', label: 'ci', scopes: ['read', 'operate', 'read'], expiresAt: NOW + DAY },
      by,
    );
    assert.match(token, /^syn_[\w-]{43}$/);
    const identity = { actor: 'ann', role: 'admin', scopes: ['read', 'operate'], tokenId: id } as const;
    assert.deepEqual(await accounts.byToken(token, client), identity);
    const [shown] = await accounts.tokens.list(all);
    assert.deepEqual(shown, {
      ...{ id, account: 'ann', label: 'ci', scopes: ['read', 'operate'], createdAt: NOW, createdBy: 'root' },
      ...{ expiresAt: NOW + DAY, lastUsedAt: NOW, lastAddress: client.address, revokedAt: null },
    });
    clock.advance(59_999);
    await accounts.byToken(token, { address: '::1' });
    assert.equal((await accounts.tokens.list(all))[0]?.lastUsedAt, NOW, 'noted once a minute');
    clock.advance(1);
    await accounts.byToken(token, { address: '::1' });
    assert.equal((await accounts.tokens.list(all))[0]?.lastAddress, '::1');
    const { token: other, id: otherId } = await accounts.tokens.create(
      { owner: 'ann', label: 'x', scopes: ['work'] },
      by,
    );
    await accounts.tokens.revoke(otherId, by);
    await accounts.tokens.revoke(otherId, by);
    assert.equal(await accounts.byToken(other, client), undefined);
    await assert.rejects(accounts.tokens.revoke('x', by), { code: 'NOT_FOUND' });
    clock.set(NOW + DAY);
    assert.equal(await accounts.byToken(token, client), undefined);
    for (const bad of ['', 'syn_', token.slice(4), `${token}A`, id])
      assert.equal(await accounts.byToken(bad, client), undefined);
    assert.deepEqual(await events(), ['account-added', 'token-created', 'token-created', 'token-revoked']);
  });

  it('refuse tokens that are of no use', async () => {
    await addAnn();
    await addBen();
    const create = (other: object) =>
      accounts.tokens.create({ owner: 'ben', label: 'ci', scopes: ['read'], ...other }, by);
    const refused = (message: RegExp) => ({ code: 'INVALID_ARGUMENT', message });
    await assert.rejects(create({ label: ' ' }), refused(/^label ' '/));
    await assert.rejects(create({ label: 'a\nb' }), refused(/^label/));
    await assert.rejects(create({ scopes: [] }), refused(/^no scope: expected one or more of read/));
    await assert.rejects(create({ scopes: ['all'] }), refused(/^scope 'all'/));
    await assert.rejects(
      create({ scopes: ['operate'] }),
      refused(/'operate' is of no use to 'ben', who is viewer/),
    );
    await assert.rejects(create({ expiresAt: NOW }), refused(/expired already/));
    await assert.rejects(create({ expiresAt: NaN }), refused(/expired already/));
    await create({});
  });

  it('have sessions that others end', async () => {
    await addAnn();
    const sessions = [await sessionOf('ann'), await sessionOf('ann'), await sessionOf('ann')];
    const listed = await accounts.sessions.list(all);
    assert.equal(listed.length, 3);
    assert.deepEqual(Object.keys(listed[0] ?? {}).sort(), [
      ...['account', 'address', 'createdAt', 'how', 'id', 'lastUsedAt', 'userAgent'],
    ]);
    await accounts.sessions.revoke(listed[2]?.id ?? '', by);
    assert.equal(await accounts.bySession(sessions[0] ?? ''), undefined, 'the newest is listed first');
    assert.ok(await accounts.bySession(sessions[1] ?? ''));
    await assert.rejects(accounts.sessions.revoke('x', by), { code: 'NOT_FOUND' });
    await accounts.sessions.revokeAllOf('ann', by);
    for (const session of sessions) assert.equal(await accounts.bySession(session), undefined);
  });

  it('are listed page by page, whatever comes in between', async () => {
    await addAnn();
    for (const name of ['cyd', 'ben', 'eve']) await accounts.users.add({ name, role: 'viewer' }, by);
    const names = async (page: { limit: number; after?: string }) =>
      (await accounts.users.list(page)).map(({ name }) => name);
    assert.deepEqual(await names({ limit: 2 }), ['ann', 'ben']);
    await accounts.users.remove('ben', by);
    await accounts.users.add({ name: 'bob', role: 'viewer' }, by);
    assert.deepEqual(await names({ limit: 2, after: 'ben' }), ['bob', 'cyd']);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(signedIn(await signIn('ann')).identity.sessionId ?? '');
    const first = await accounts.sessions.list({ limit: 2 });
    await signIn('ann');
    const rest = await accounts.sessions.list({ limit: 10, after: first[1]?.id ?? '' });
    assert.deepEqual(
      [...first, ...rest].map(({ id }) => id),
      ids,
    );
    const audit = await accounts.audit.list({ limit: 3 });
    const next = await accounts.audit.list({ limit: 3, after: audit[2]?.id ?? '' });
    const both = (await accounts.audit.list({ limit: 6 })).map(({ id }) => id);
    assert.deepEqual(
      [...audit, ...next].map(({ id }) => id),
      both,
    );
  });

  it('are told of in the audit, with who did it and from where', async () => {
    await addAnn();
    clock.advance(1);
    const { identity } = signedIn(await signIn('ann'));
    await accounts.users.add({ name: 'ben', role: 'viewer' }, { actor: 'ann', address: '192.0.2.7' });
    await accounts.users.setRole('ben', 'operator', { actor: 'ann' });
    await signIn('ann', 'another password');
    const [added, signed, other, set, failed] = await told();
    const noted = { at: NOW + 1, actor: 'ann' };
    assert.deepEqual(
      [added, signed, other, set],
      [
        {
          ...{ id: 'account ann 1', at: NOW, actor: 'root', event: 'account-added', subject: 'ann' },
          ...{ address: null, detail: { role: 'admin' } },
        },
        {
          ...{ ...noted, id: `session ${identity.sessionId} 1`, event: 'sign-in', subject: 'ann' },
          ...{ address: '192.0.2.7', detail: { session: identity.sessionId, how: 'password' } },
        },
        {
          ...{ ...noted, id: 'account ben 1', event: 'account-added', subject: 'ben' },
          ...{ address: '192.0.2.7', detail: { role: 'viewer' } },
        },
        {
          ...{ ...noted, id: 'account ben 2', event: 'role-set', subject: 'ben' },
          ...{ address: null, detail: { from: 'viewer', to: 'operator' } },
        },
      ],
    );
    assert.match(failed?.id ?? '', /^failure [0-9a-f]{32}$/);
    assert.deepEqual(
      { ...failed, id: '' },
      {
        ...{ id: '', at: NOW + 1, actor: 'anonymous', event: 'sign-in-failed', subject: 'ann' },
        ...{ address: '192.0.2.7', detail: { how: 'password' } },
      },
    );
  });

  it('have the audit made whole that a crash cut off', async () => {
    await addAnn();
    await addBen();
    const [row] = (await store.collection(auditSpec).list()).filter(({ subject }) => subject === 'ben');
    await store.collection(auditSpec).remove({ id: row?.id ?? '' });
    await accounts.users.setRole('ben', 'operator', by);
    const ofBen = (await told()).filter(({ subject }) => subject === 'ben').map(({ event }) => event);
    assert.deepEqual(ofBen, ['account-added', 'role-set']);
  });

  it('have their passwords hashed anew where the cost was raised', async () => {
    await addAnn();
    const stored = async () => (await store.collection(accountSpec).get({ name: 'ann' }))?.password ?? '';
    assert.match(await stored(), /^\$scrypt\$ln=4,r=8,p=1\$[\w-]{22}\$[\w-]{43}$/);
    const costlier = accountsOf(store, clock, { cost: { ln: 5, r: 8, p: 1 } });
    assert.deepEqual(await costlier.signIn({ name: 'ann', password: 'another password' }, client), {
      because: 'wrong',
    });
    assert.match(await stored(), /ln=4/);
    const { session } = signedIn(await costlier.signIn({ name: 'ann', password: PASSWORD }, client));
    assert.match(await stored(), /ln=5/);
    assert.ok(await costlier.bySession(session), 'which is no change of the password');
    assert.ok(await sessionOf('ann'), 'a higher cost is no reason to lower it');
    assert.match(await stored(), /ln=5/);
  });

  it('leave no secret in the store', async () => {
    await addAnn();
    const session = await sessionOf('ann');
    const { token } = await accounts.tokens.create({ owner: 'ann', label: 'ci', scopes: ['admin'] }, by);
    const invitation = await accounts.invite('ann', by);
    await signIn('ann', 'a canary that is wrong');
    await signIn('a-canary-in-the-name-field', 'x');
    const kept = JSON.stringify([
      await store.collection(accountSpec).list(),
      await store.collection(sessionSpec).list(),
      await store.collection(auditSpec).list(),
      await accounts.tokens.list(all),
      await accounts.users.list(all),
      await accounts.sessions.list(all),
    ]);
    for (const secret of [PASSWORD, session, token, token.slice(4), invitation, 'canary'])
      assert.ok(!kept.includes(secret), secret);
  });
};

describe('accounts, embedded', () => cases(openEmbeddedFixture));

const missing = whyNoMongo();
describe(`accounts, mongo${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
  this.timeout(60_000);
  let server: MongoServer;
  before(async function () {
    if (missing !== undefined) return this.skip();
    server = await startMongoServer();
  });
  after(() => (server as MongoServer | undefined)?.stop());

  cases(() => openMongoFixture(server));
});
