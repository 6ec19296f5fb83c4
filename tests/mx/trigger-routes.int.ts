import assert from 'node:assert/strict';
import { eventTriggerSpec } from '../../db/event-collections.ts';
import { eventsProcess } from '../../domain/event/process.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import { defineContext } from '../../domain/model/define.ts';
import type { Role } from '../../domain/accounts/role.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { Rig } from '../support/rig.ts';
import { serveGuarded, withHeader } from './support/accounts.ts';
import type { Guarded } from './support/accounts.ts';
import { json } from './support/ask.ts';
import type { Answer, Question } from './support/ask.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const context = () => defineContext({ processes: [eventsProcess(256, 7)] });
const given = {
  schedule: 'R/2099-01-01T00:00:00Z/PT1H/ET10M',
  target: { url: 'https://example.org/hook' },
  reason: 'a test',
};

const stored = async ({ store }: Rig, owner: string, id: string): Promise<EventTrigger | undefined> =>
  (await store.collection(eventTriggerSpec).getAll([{ owner, id }]))[0];

describe('the routes of an event trigger', () => {
  let served: Served;
  before(async () => {
    served = await serve(undefined, context());
  });
  after(() => served.close());

  const send = (end: string, body: object, ifMatch?: string): Promise<Answer> => {
    const question = json({ reason: 'a test', ...body });
    const asked = ifMatch === undefined ? question : withHeader(question, 'If-Match', ifMatch);
    return served.ask(`/api/v1/triggers/local/${end}`, asked);
  };
  const resultOf = (answer: Answer): CommandRecord['result'] => {
    assert.equal(answer.status, 200, answer.body);
    return (answer.json() as unknown as CommandRecord).result;
  };

  it('put it, change it at the revision that was read, and change nothing twice', async () => {
    assert.deepEqual(resultOf(await send('backup', given)), {
      ...{ trigger: 'local/backup', changed: true, revision: 1 },
    });
    assert.deepEqual(resultOf(await send('backup', given)), {
      ...{ trigger: 'local/backup', changed: false, revision: 1 },
    });
    assert.deepEqual(resultOf(await send('backup', { ...given, payload: { a: 1 } }, '"1"')), {
      ...{ trigger: 'local/backup', changed: true, revision: 2 },
    });
    for (const path of ['backup', '../../commands']) {
      const body = {
        ...given,
        ...(path !== 'backup' && { kind: 'put-trigger', owner: 'local', triggerId: 'backup' }),
      };
      const { status, json: refused } = await send(path, body, '"1"');
      assert.deepEqual([status, refused()['code']], [412, 'VERSION_CHANGED']);
      assert.match(String(refused()['detail']), /has version 2 now/);
      assert.equal(refused()['version'], 2);
    }
    const trigger = await stored(served.rig, 'local', 'backup');
    assert.deepEqual([trigger?.epsilon, trigger?.payload, trigger?.revision], [600_000, { a: 1 }, 2]);
  });

  it('pause it with a note, let it go on, fire it, and delete it', async () => {
    await send('nightly', given);
    resultOf(await send('nightly/pause', { note: 'the target moves' }));
    const paused = await stored(served.rig, 'local', 'nightly');
    assert.deepEqual([paused?.on, paused?.note], [false, 'the target moves']);
    resultOf(await send('nightly/resume', {}));
    assert.equal((await stored(served.rig, 'local', 'nightly'))?.on, true);
    const fired = resultOf(await send('nightly/fire', { id: 'fire-it-once', at: Date.UTC(2015, 0, 1) }));
    assert.deepEqual(fired, { execution: 'Events:local/nightly/by-hand#fire-it-once' });
    assert.deepEqual(
      resultOf(await send('nightly/fire', { id: 'fire-it-once', at: Date.UTC(2015, 0, 1) })),
      fired,
    );
    resultOf(await send('nightly/remove', {}));
    assert.equal(await stored(served.rig, 'local', 'nightly'), undefined);
  });

  it('show what sending lost messages again would send, and ask for it by the hash of that', async () => {
    await send('lost', given);
    await send('lost/fire', { id: 'fired-0001' });
    await send('../../commands', { kind: 'cancel-uow', uowId: 'Events:local/lost/by-hand#fired-0001' });
    const plan = (query: string): Promise<Answer> =>
      served.ask(`/api/v1/triggers/local/lost/resend?${query}`);
    const since = 'from=2015-01-01T00:00:00Z&to=2100-01-01T00:00:00Z';
    const { hash, from, to, count } = (await plan(`${since}&outcome=failed`)).json();
    assert.equal(count, 1);
    assert.equal((await plan(`${since}&outcome=success`)).status, 400);
    assert.equal((await send('lost/resend', { from, to, outcome: 'failed' })).status, 400, 'without a hash');
    const changed = await send('lost/resend', { from, to, planHash: hash });
    assert.deepEqual([changed.status, changed.json()['code']], [409, 'PLAN_CHANGED']);
    const now = changed.json()['plan'] as { hash: string };
    assert.notEqual(now.hash, hash);
    const sent = await send('lost/resend', { id: 'sent-0001', from, to, planHash: now.hash });
    assert.deepEqual(resultOf(sent)?.['count'], 1);
    const { items } = (await served.ask('/api/v1/uows?process=Events&entry=local%2Flost')).json();
    assert.match((items as { id: string }[])[0]?.id ?? '', /by-hand#sent-0001\.[\da-f]{16}$/);
  });

  it('sign it with a secret that is told once, and another command of the same id is refused', async () => {
    await send('signed', given);
    const asked = { id: 'rotate-once', rotate: true };
    const { secret, ...answer } = (await send('signed/secret', asked)).json();
    assert.match(String(secret), /^whsec_[A-Za-z0-9+/]{43}=$/);
    const { arguments: kept, result } = answer as unknown as CommandRecord;
    assert.match(JSON.stringify(kept['secret']), /^"sealed\.[\da-f]{8}\.[\w-]+"$/);
    assert.equal((await stored(served.rig, 'local', 'signed'))?.secret, result?.['fingerprint']);
    const again = await send('signed/secret', asked);
    assert.deepEqual([again.status, again.json()['code']], [409, 'CONFLICT']);
    const own = { id: 'rotate-to-own', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };
    for (let time = 0; time < 2; time++)
      assert.equal((await send('signed/secret', own)).json()['secret'], own.secret);
    const refused = await send('signed/secret', { secret: 'whsec_c2hvcnQ=' });
    assert.deepEqual([refused.status, refused.json()['code']], [400, 'INVALID_ARGUMENT']);
    assert.ok(!refused.body.includes('c2hvcnQ'));
  });

  it('have a target tried', async () => {
    const target = { url: 'https://example.org/new' };
    const tried = await send('new/test', { id: 'test-0001', target, payload: 1 });
    assert.deepEqual(resultOf(tried), { execution: 'Events:local/new/by-hand#test-0001' });
    assert.equal((await send('new/test', {})).status, 404);
    const refused = await send('new/test', { target: { url: 'amqp:/x' } });
    assert.deepEqual([refused.status, refused.json()['code']], [400, 'INVALID_TARGET']);
    assert.equal(await stored(served.rig, 'local', 'new'), undefined);
  });

  it('refuse what is no trigger, and say which part is wrong', async () => {
    const refused = async (end: string, body: object, status: number, code: string): Promise<void> => {
      const answer = await send(end, body);
      assert.deepEqual([answer.status, answer.json()['code']], [status, code]);
    };
    await refused('more', { ...given, schedule: 'R/2027-02-30T00:00:00Z/P1D' }, 400, 'INVALID_SCHEDULE');
    await refused('more', { ...given, owner: 'ann' }, 400, 'BAD_REQUEST');
    await refused('more', { target: given.target }, 400, 'BAD_REQUEST');
    await refused('more/pause', {}, 404, 'NOT_FOUND');
    assert.equal(await stored(served.rig, 'local', 'more'), undefined);
  });
});

describe('event triggers of accounts', () => {
  let guarded: Guarded;
  const cookies = new Map<string, string>();
  before(async () => {
    guarded = await serveGuarded({ context: context() });
    const users: Readonly<Record<string, Role>> = { boss: 'admin', ann: 'operator', bob: 'operator' };
    for (const [name, role] of Object.entries(users)) {
      await guarded.addUser(role, name);
      cookies.set(name, await guarded.signIn(name));
    }
  });
  after(() => guarded.close());

  const send = (who: string, path: string, body: object): Promise<Answer> => {
    const question: Question = json({ reason: 'a test', ...body });
    return guarded.ask(`/api/v1${path}`, withHeader(question, 'Cookie', cookies.get(who) ?? ''));
  };

  it('are there for their owner and for admins', async () => {
    assert.equal((await send('ann', '/triggers/ann/report', given)).status, 200);
    const fired = await send('ann', '/triggers/ann/report/fire', { id: 'fired-by-ann' });
    const uowId = 'Events:ann/report/by-hand#fired-by-ann';
    assert.deepEqual(fired.json()['result'], { execution: uowId });
    const put = { owner: 'ann', triggerId: 'report', schedule: 'every 1h', target: given.target };
    const attempts: readonly (readonly [string, object])[] = [
      ['/triggers/ann/report', { ...given, schedule: 'every 1h' }],
      ['/triggers/ann/new', given],
      ...['pause', 'resume', 'fire', 'remove'].map((deed) => [`/triggers/ann/report/${deed}`, {}] as const),
      ['/triggers/ann/report/test', { target: given.target }],
      ['/triggers/ann/new/test', { target: given.target }],
      ['/triggers/ann/report/resend', { from: 0, to: 1, planHash: 'x' }],
      ['/commands', { kind: 'put-trigger', ...put }],
      ['/commands', { kind: 'put-triggers', triggers: [{ ...put, owner: 'bob' }, put] }],
      ['/commands', { kind: 'remove-trigger', owner: 'ann', triggerId: 'report' }],
      ['/commands', { kind: 'resend-execution', uowId }],
      ['/commands', { kind: 'cancel-uow', uowId }],
    ];
    for (const [path, body] of attempts) {
      const { status, json: answer } = await send('bob', path, body);
      const name = path.startsWith('/triggers/ann/new') ? 'ann/new' : 'ann/report';
      const what = 'uowId' in body ? `unit of work is named '${uowId}'` : `event trigger is named '${name}'`;
      assert.deepEqual([status, answer()['detail']], [404, `no ${what}`], path);
    }
    assert.equal((await send('ann', '/trigger-secrets/ann/billing', { value: 'a token' })).status, 200);
    for (const [path, body, what] of [
      ['/triggers/ann/report/secret', {}, "event trigger is named 'ann/report'"],
      ['/trigger-secrets/ann/billing', { value: 'another' }, undefined],
      ['/trigger-secrets/ann/billing/remove', {}, undefined],
      ['/commands', { kind: 'put-secret', owner: 'ann', secretName: 'billing', value: 'another' }, undefined],
    ] as const) {
      const { status, json: answer } = await send('bob', path, body);
      const detail = what === undefined ? "ann has no secret 'billing'" : `no ${what}`;
      assert.deepEqual([status, answer()['detail']], [404, detail], path);
    }
    const secretsFor = async (who: string): Promise<unknown[]> => {
      const asked = withHeader({}, 'Cookie', cookies.get(who) ?? '');
      const { items } = (await guarded.ask('/api/v1/trigger-secrets?owner=ann', asked)).json();
      return (items as { owner: string; name: string }[]).map(({ owner, name }) => `${owner} ${name}`);
    };
    assert.deepEqual(
      [await secretsFor('bob'), await secretsFor('ann'), await secretsFor('boss')],
      [[], ['ann billing'], ['ann billing']],
    );
    const plan = '/api/v1/triggers/ann/report/resend?from=2015-01-01T00:00:00Z';
    const ask = (who: string): Promise<Answer> =>
      guarded.ask(plan, withHeader({}, 'Cookie', cookies.get(who) ?? ''));
    assert.deepEqual([(await ask('bob')).status, (await ask('ann')).status], [404, 200]);
    assert.equal((await stored(guarded.rig, 'ann', 'report'))?.revision, 1);
    assert.equal(await stored(guarded.rig, 'bob', 'report'), undefined);
    assert.equal((await send('boss', '/triggers/ann/report/pause', {})).status, 200);
    assert.equal((await stored(guarded.rig, 'ann', 'report'))?.on, false);
  });
});
