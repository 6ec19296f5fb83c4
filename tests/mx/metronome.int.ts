import assert from 'node:assert/strict';
import { eventTriggerSpec } from '../../db/event-collections.ts';
import type { Scope } from '../../domain/accounts/scope.ts';
import { PASSWORD, serveGuarded, withHeader } from './support/accounts.ts';
import type { Guarded } from './support/accounts.ts';
import { json } from './support/ask.ts';
import type { Answer, Question } from './support/ask.ts';
import { eventContext } from './support/events.ts';

const HOUR = 3_600_000;
const task = {
  ...{ id: 'mail', name: 'Mail', schedule: 'R/2099-01-01T00:00:00Z/PT1H/ET10M' },
  ...{ urn: 'https://example.org/hook', payload: { to: 'all' } },
};

describe('the routes of Metronome', function () {
  this.timeout(20_000);
  let guarded: Guarded;
  before(async () => {
    guarded = await serveGuarded({ context: eventContext(), hasTriggers: true, hasMetronome: true });
    for (const [name, role] of [
      ['boss', 'admin'],
      ['ann', 'operator'],
      ['vic', 'viewer'],
    ] as const)
      await guarded.addUser(role, name);
  });
  after(() => guarded.close());

  const send = (method: string, path: string, token: string | undefined, body?: object): Promise<Answer> => {
    const question: Question = { ...(body === undefined ? {} : json(body)), method };
    return guarded.ask(
      path,
      token === undefined ? question : withHeader(question, 'Authorization', `Bearer ${token}`),
    );
  };
  const signIn = async (username = 'ann', password = PASSWORD): Promise<Answer> =>
    send('POST', '/auth', undefined, { type: 'bearer', username, password });
  const pairOf = (answer: Answer): { token: string; refreshToken: string } => {
    assert.equal(answer.status, 200, answer.body);
    const { token, tokenType, refreshToken } = answer.json();
    assert.equal(tokenType, 'bearer');
    return { token: String(token), refreshToken: String(refreshToken) };
  };
  const fieldsOf = (answer: Answer): string[] => {
    assert.equal(answer.status, 422, answer.body);
    const fields = answer.json() as unknown as { field: string; type: string; description: string }[];
    for (const { type, description } of fields) assert.ok(type.length > 0 && description.length > 0);
    return fields.map(({ field }) => field);
  };
  const read = async (token: string): Promise<number> => (await send('GET', '/tasks', token)).status;

  it('give tokens for a password, new ones for a refresh token once, and end both', async () => {
    assert.equal((await signIn('ann', 'not the password')).status, 401);
    assert.equal((await signIn('nobody')).status, 401);
    const first = pairOf(await signIn());
    assert.equal(await read(first.token), 200);
    // It is for a new pair alone, and an access token is not.
    assert.equal(await read(first.refreshToken), 403);
    const refresh = (refreshToken: string): Promise<Answer> =>
      send('POST', '/auth', undefined, { type: 'access', refreshToken });
    assert.equal((await refresh(first.token)).status, 401);
    const answers = await Promise.all([refresh(first.refreshToken), refresh(first.refreshToken)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401]);
    assert.equal(await read(first.token), 401);
    const second = pairOf(answers.find(({ status }) => status === 200) ?? assert.fail());
    assert.equal(await read(second.token), 200);
    guarded.rig.clock.advance(HOUR);
    assert.equal(await read(second.token), 401);
    const third = pairOf(await refresh(second.refreshToken));
    const other = pairOf(await signIn());
    assert.deepEqual((await send('POST', '/auth/logout', third.token)).body, 'true');
    assert.equal(await read(third.token), 401);
    assert.equal((await refresh(third.refreshToken)).status, 401);
    assert.equal(await read(other.token), 200);
    const kept = await guarded.accounts.tokens.list({ limit: 100 });
    assert.ok(!JSON.stringify(kept).includes(other.token));
    assert.deepEqual(fieldsOf(await send('POST', '/auth', undefined, { type: 'bearer', username: 'ann' })), [
      'password',
    ]);
  });

  it('tell a user of the own account and set its password, and make none', async () => {
    const { token } = pairOf(await signIn('vic'));
    assert.equal((await send('GET', '/user', token)).json()['name'], 'vic');
    assert.deepEqual(fieldsOf(await send('PATCH', '/user', token, { password: 'short' })), ['password']);
    const next = 'an owl slept in the barn';
    assert.equal((await send('PATCH', '/user', token, { password: next })).status, 200);
    assert.equal((await signIn('vic')).status, 401);
    assert.equal((await signIn('vic', next)).status, 200);
    const made = await send('POST', '/user', undefined, { name: 'new', password: next });
    assert.deepEqual([made.status, made.json()['code']], [403, 'FORBIDDEN']);
    // A token that was made for reading does not take the account over.
    const scoped = await guarded.addToken('ann', ['read', 'operate'] satisfies Scope[]);
    assert.equal((await send('PATCH', '/user', scoped.token, { password: next })).status, 403);
  });

  it('make an account where signing up is open, once there is an admin', async () => {
    const open = await serveGuarded({
      ...{ context: eventContext(), hasTriggers: true, hasMetronome: true, isSignUpOpen: true },
    });
    try {
      const post = (path: string, body: object): Promise<Answer> =>
        open.ask(path, { ...json(body), method: 'POST' });
      const password = 'an owl slept in the barn';
      assert.equal((await post('/user', { name: 'new', password })).status, 403);
      await open.addUser('admin', 'boss');
      const made = await post('/user', { name: 'new', password });
      assert.equal(made.status, 200, made.body);
      assert.deepEqual([made.json()['id'], made.json()['name']], ['new', 'new']);
      assert.equal((await post('/auth', { type: 'bearer', username: 'new', password })).status, 200);
      const wrong = async (body: object): Promise<unknown> => {
        const answer = await post('/user', body);
        return [answer.status, (JSON.parse(answer.body) as { field: string }[]).map(({ field }) => field)];
      };
      assert.deepEqual(await wrong({ name: 'A b', password }), [422, ['name']]);
      assert.deepEqual(await wrong({ name: 'other', password: 'short' }), [422, ['password']]);
      assert.equal((await post('/user', { name: 'new', password })).status, 409);
      assert.equal((await post('/auth', { type: 'bearer', username: 'other', password })).status, 401);
    } finally {
      await open.close();
    }
  });

  it('put tasks, tell of them with their last run, and delete them', async () => {
    const { token } = pairOf(await signIn());
    const put = await send('POST', '/task', token, task);
    assert.equal(put.status, 200, put.body);
    const { guid, created_at: createdAt, ...rest } = put.json();
    assert.match(String(guid), /^[0-9a-f]{64}$/);
    assert.ok(!Number.isNaN(Date.parse(String(createdAt))));
    const { urn: URN, ...known } = task;
    assert.deepEqual(rest, { ...known, user_id: 'ann', URN });
    assert.equal((await send('POST', '/task', token, { ...task, name: 'Post' })).json()['guid'], guid);
    const stored = await guarded.rig.store.collection(eventTriggerSpec).get({ owner: 'ann', id: 'mail' });
    assert.deepEqual([stored?.epsilon, stored?.labels, stored?.name], [600_000, { guid }, 'Post']);
    const list = async (): Promise<Record<string, unknown>[]> =>
      (await send('GET', '/tasks', token)).json() as unknown as Record<string, unknown>[];
    assert.deepEqual(
      (await list()).map(({ id, runAt, runCode }) => [id, runAt, runCode]),
      [['mail', null, -1]],
    );
    const rig = guarded.rig;
    const { result } = await rig.api.execute({ kind: 'fire-trigger', owner: 'ann', triggerId: 'mail' });
    const id = result?.['execution'] as string;
    assert.equal((await list())[0]?.['runCode'], -1);
    const now = rig.clock.now();
    const [uow] = await rig.store.claim([id], { owner: 'pine', expiresAt: now + 15_000, now });
    const { attempt = 1, token: held } = uow ?? {};
    const end = { event: 'cancel', processed: 0, aggregated: 0, error: 'gone', retryAt: null } as const;
    await rig.store.report('pine', [{ id, attempt, token: held ?? '', ...end }], now);
    const [ran] = await list();
    assert.deepEqual([ran?.['runAt'], ran?.['runCode']], [new Date(now).toISOString(), 1]);
    for (let time = 0; time < 2; time++)
      assert.equal((await send('DELETE', '/task/mail', token)).body, 'true');
    assert.deepEqual(await list(), []);
    const unnamed = await send('POST', '/task', token, {
      ...task,
      id: undefined,
      schedule: 'R/2099-01-01T00:00:00Z/P1DT/ET0S',
    });
    const made = String(unnamed.json()['id']);
    const kept = await rig.store.collection(eventTriggerSpec).get({ owner: 'ann', id: made });
    assert.equal(kept?.epsilon, 1_000);
  });

  it('name the field that is wrong', async () => {
    const { token } = pairOf(await signIn());
    const wrong = async (given: object): Promise<string[]> =>
      fieldsOf(await send('POST', '/task', token, { ...task, id: 'wrong', ...given }));
    assert.deepEqual(await wrong({ schedule: 'R/2099-02-30T00:00:00Z/P1D' }), ['schedule']);
    assert.deepEqual(await wrong({ schedule: 'R0/2001-01-01T00:00:00Z/PT1S' }), ['schedule']);
    assert.deepEqual(await wrong({ urn: 'gopher://x' }), ['urn']);
    assert.deepEqual(await wrong({ urn: undefined, name: '' }), ['name', 'urn']);
    assert.deepEqual(await wrong({ id: 'a/b' }), ['id']);
    const stored = guarded.rig.store.collection(eventTriggerSpec);
    assert.equal(await stored.get({ owner: 'ann', id: 'wrong' }), undefined);
  });

  it('keep tasks to their owners, and take changes from programs alone', async () => {
    const [ann, vic] = [pairOf(await signIn()), pairOf(await signIn('boss'))];
    await send('POST', '/task', ann.token, task);
    await send('DELETE', '/task/mail', vic.token);
    const names = async (token: string): Promise<unknown[]> =>
      ((await send('GET', '/tasks', token)).json() as unknown as { id: string }[]).map(({ id }) => id);
    assert.ok((await names(ann.token)).includes('mail'));
    assert.deepEqual(await names(vic.token), []);
    const cookie = await guarded.signIn('ann');
    const byPage = await guarded.ask('/task/mail', { method: 'DELETE', headers: { Cookie: cookie } });
    assert.equal(byPage.status, 401);
    const foreign = { Authorization: `Bearer ${ann.token}`, Origin: 'https://evil.example' };
    assert.equal((await guarded.ask('/task/mail', { method: 'DELETE', headers: foreign })).status, 403);
    assert.equal((await send('PUT', '/task/mail', ann.token)).status, 405);
    assert.equal((await send('DELETE', '/tasks', ann.token)).status, 405);
    assert.ok((await names(ann.token)).includes('mail'));
  });

  it('are not there unless they are asked for', async () => {
    const without = await serveGuarded({ context: eventContext(), hasTriggers: true });
    try {
      await without.addUser('admin', 'ann');
      const { token } = await without.addToken('ann', ['read', 'operate']);
      const headers = { Authorization: `Bearer ${token}` };
      assert.equal((await without.ask('/tasks', { headers })).status, 404);
      const asked = withHeader(json({}), 'Authorization', headers.Authorization);
      assert.equal((await without.ask('/auth', asked)).status, 404);
      assert.equal((await without.ask('/task/mail', { method: 'DELETE', headers })).status, 405);
    } finally {
      await without.close();
    }
  });
});
