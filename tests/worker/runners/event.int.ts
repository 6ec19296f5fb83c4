import assert from 'node:assert/strict';
import { commandSpec } from '../../../db/collections.ts';
import { eventTriggerSpec } from '../../../db/event-collections.ts';
import { SynergyError } from '../../../domain/errors.ts';
import { executionId, executionUow } from '../../../domain/event/execution.ts';
import type { Execution } from '../../../domain/event/execution.ts';
import { eventsProcess } from '../../../domain/event/process.ts';
import { putTrigger } from '../../../domain/event/trigger.ts';
import type { EventTarget, EventTrigger, TriggerInput } from '../../../domain/event/trigger.ts';
import { workQueue } from '../../../domain/model/queue-name.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { stopwatch } from '../../../lib/stopwatch.ts';
import type { Deliveries } from '../../../worker/delivery/deliveries.ts';
import { createCourier } from '../../../worker/delivery/registry.ts';
import { targetOf } from '../../domain/event/parcel.ts';
import { startHttpTarget, status } from '../../support/http-target.ts';
import type { HttpTarget } from '../../support/http-target.ts';
import { createWorld } from '../world.ts';
import type { World } from '../world.ts';

const clock = { now: () => Date.now() };
const events = eventsProcess(8, 7);

describe('the runner of event triggers', () => {
  let world: World;
  let target: HttpTarget;
  let deliveries: Deliveries;
  let secrets: Awaited<ReturnType<Deliveries['secretsOf']>>;

  beforeEach(async () => {
    world = await createWorld();
    target = await startHttpTarget();
    secrets = { signing: [], named: {} };
    deliveries = {
      courier: createCourier({
        ...{ clock, stopwatch, slots: 4, allow: ['127.0.0.1'] },
        scheduler: { ...world, clock },
      }),
      instance: 'test',
      secretsOf: () => Promise.resolve(secrets),
    };
  });
  afterEach(async () => {
    await world.close();
    await deliveries.courier.close();
    await target.close();
  });

  const host = () => world.host([events], { deliveries });
  const triggers = () => world.store.collection(eventTriggerSpec);

  const put = async (
    more: Partial<Omit<TriggerInput, 'target'>> & { target?: Partial<EventTarget> } = {},
  ) => {
    const fields = targetOf({ url: `${target.origin}/hook` });
    const { trigger } = putTrigger(
      undefined,
      {
        ...{ owner: 'local', id: 'bill', schedule: 'R/2027-01-01T00:00:00Z/P1D', epsilon: 60_000 },
        ...more,
        target: { ...fields, ...more.target },
      },
      clock.now(),
    );
    await triggers().put(trigger);
    return trigger;
  };

  /** Stores an execution that is due and rings for it. */
  const fire = async (
    trigger: Pick<EventTrigger, 'owner' | 'id'>,
    at = clock.now(),
    more: Partial<Execution> = {},
  ): Promise<string> => {
    const key = { owner: trigger.owner, id: trigger.id };
    const id = more.id ?? executionId(key, at);
    const execution: Execution = { id, trigger: key, at, due: at, occasion: 'schedule', first: id, ...more };
    const uow = executionUow(execution, { now: clock.now(), ahead: 0 });
    const cause = { actor: 'test', reason: null, at: clock.now(), epoch: 1 };
    await world.store.commit([{ cause, writes: [{ kind: 'uow-insert', uow }] }]);
    await world.queue.declare([workQueue(events)]);
    await world.queue.publish(workQueue(events), [id]);
    return id;
  };
  const ended = async (id: string): Promise<UowRecord> => {
    await world.rung([id]);
    return world.uow(id);
  };
  /** Has it tried again, as the collector would. */
  const again = async (id: string): Promise<UowRecord> => {
    const { state, version } = await world.uow(id);
    const change = { kind: 'uow', id, from: state, version, event: 'repost', to: 'REQUESTED' } as const;
    const cause = { actor: 'test', reason: null, at: clock.now(), epoch: 1 };
    await world.store.commit([{ cause, writes: [{ ...change, set: { retryAt: null } }] }]);
    await world.queue.publish(workQueue(events), [id]);
    return ended(id);
  };
  const log = async (id: string, atLeast: number): Promise<string[]> =>
    (await world.lines(id, atLeast)).map(({ line }) => line);

  it('delivers an execution, and logs what it sent and got', async () => {
    host();
    target.answer = status(200, {}, 'thanks\nfor that');
    const trigger = await put({ payload: { x: 'y' } });
    const at = clock.now();
    const id = await fire(trigger, at);
    const { state, error, attempt } = await ended(id);
    assert.deepEqual([state, error, attempt], ['PROCESSED', null, 1]);
    const [request] = target.seen;
    assert.equal(request!.body, '{"x":"y"}');
    assert.equal(request!.headers['synergy-trigger'], 'local/bill');
    assert.equal(request!.headers['synergy-time'], new Date(at).toISOString());
    assert.equal(request!.headers['synergy-deadline'], new Date(at + 60_000).toISOString());
    assert.equal(request!.headers['synergy-occasion'], undefined);
    const [sent, got, ...body] = await log(id, 4);
    assert.match(sent!, /^→ POST http:\/\/127\.0\.0\.1:\d+\/hook\?time=\d+&epsilon=60&at=\d+ 9 bytes$/);
    assert.match(got!, /^← 200 in \d+ ms$/);
    assert.deepEqual(body, ['thanks', 'for that']);
  });

  it('sends nothing after the deadline: expired', async () => {
    host();
    const id = await fire(await put(), clock.now() - 60_001);
    const { state, error } = await ended(id);
    assert.equal(state, 'NOOP');
    assert.match(error ?? '', /^could have begun until .*, a worker was there at /);
    assert.equal(target.seen.length, 0);
    assert.match((await log(id, 1))[0]!, /^could have begun until/);
  });

  it('tries again when the target says so, with the same message, by the trigger as it is then', async () => {
    host();
    target.answer = status(503, { 'retry-after': '30' });
    const trigger = await put({ payload: 'A' });
    const before = clock.now();
    const id = await fire(trigger);
    const failed = await ended(id);
    assert.equal(failed.state, 'INVALID');
    assert.match(failed.error ?? '', /^503 in \d+ ms, retry after 30s$/);
    assert.ok((failed.retryAt ?? 0) >= before + 30_000 && (failed.retryAt ?? 0) <= clock.now() + 30_000);
    target.answer = status(204);
    await put({ payload: 'B' });
    assert.equal((await again(id)).state, 'PROCESSED');
    const [first, second] = target.seen;
    assert.deepEqual([first!.body, second!.body], ['"A"', '"B"']);
    assert.equal(first!.headers['webhook-id'], second!.headers['webhook-id']);
    assert.equal(first!.headers['synergy-time'], second!.headers['synergy-time']);
    assert.deepEqual(
      [first!, second!].map(({ headers }) => headers['synergy-attempt']),
      ['1', '2'],
    );
  });

  it('gives up where there is no time or no attempt left', async () => {
    host();
    target.answer = status(500);
    const late = await ended(await fire(await put({ id: 'late', epsilon: 500 })));
    assert.equal(late.state, 'CANCELED');
    assert.match(late.error ?? '', /^no time for another try: 500 in \d+ ms$/);
    const retry = { attempts: 2, delay: 0, maxDelay: 0 };
    const id = await fire(await put({ id: 'twice', retry }));
    assert.equal((await ended(id)).state, 'INVALID');
    const last = await again(id);
    assert.equal(last.state, 'CANCELED');
    assert.match(last.error ?? '', /^gave up after 2 attempts: 500 in \d+ ms$/);
  });

  it('says of an execution that was tried before, and comes too late for another try, that it failed', async () => {
    host();
    target.answer = status(500);
    const id = await fire(await put());
    await ended(id);
    await put({ epsilon: 1 });
    const { state, error } = await again(id);
    assert.equal(state, 'CANCELED');
    assert.match(error ?? '', /^no time for another try: it could have begun until .*; last: 500 in \d+ ms$/);
    assert.equal(target.seen.length, 1);
  });

  it('has the trigger paused whose target is gone', async () => {
    host();
    target.answer = status(410);
    const id = await fire(await put());
    const { state, error } = await ended(id);
    assert.equal(state, 'CANCELED');
    assert.match(error ?? '', /^410 in \d+ ms: the target is gone and wants no more$/);
    const [command] = await world.store.collection(commandSpec).list({ where: { kind: 'pause-trigger' } });
    assert.deepEqual(command?.arguments, { owner: 'local', triggerId: 'bill', note: error });
    assert.equal(command.state, 'open');
  });

  it('follows no redirect and does not try again', async () => {
    host();
    target.answer = status(302, { location: 'http://169.254.169.254/' });
    const { state, error } = await ended(await fire(await put()));
    assert.equal(state, 'CANCELED');
    assert.match(error ?? '', /redirect to http:\/\/169\.254\.169\.254\/: use that address/);
  });

  it('sends nothing of a trigger that was deleted', async () => {
    host();
    const { state, error } = await ended(await fire({ owner: 'local', id: 'none' }));
    assert.deepEqual([state, error], ['CANCELED', 'its trigger was deleted']);
  });

  it('sends again what a user asks for as the same message, with a deadline of its own', async () => {
    host();
    const trigger = await put();
    const at = clock.now() - 3_600_000;
    const first = executionId(trigger, at);
    await fire(trigger, at);
    assert.equal((await ended(first)).state, 'NOOP');
    const due = clock.now();
    const id = 'Events:local/bill/by-hand#c1';
    await fire(trigger, at, { id, due, occasion: 'hand', first });
    assert.equal((await ended(id)).state, 'PROCESSED');
    const { headers } = target.seen[0]!;
    assert.equal(headers['synergy-occasion'], 'hand');
    assert.equal(headers['synergy-time'], new Date(at).toISOString());
    assert.equal(headers['synergy-deadline'], new Date(due + 60_000).toISOString());
  });

  it('makes one attempt of a test, which says nothing about its trigger, of which there may be none', async () => {
    host();
    target.answer = status(410, {}, 'moved');
    await put({ payload: 'A' });
    const key = { owner: 'local', id: 'bill' };
    const test = { occasion: 'test', tested: {} } as const;
    const of = async (id: string, more: Partial<Execution>): Promise<readonly [string, string | null]> => {
      const { state, error } = await ended(await fire(key, clock.now(), { ...test, id, ...more }));
      return [state, error];
    };
    const [state, error] = await of('Events:local/bill/by-hand#t1', {});
    assert.deepEqual(
      [state, error?.replace(/\d+ ms/, 'n ms')],
      ['CANCELED', '410 in n ms: the target is gone and wants no more'],
    );
    assert.equal(
      await world.store.collection(commandSpec).get({ id: 'gone/Events:local/bill/by-hand#t1' }),
      undefined,
    );
    target.answer = status(503, { 'retry-after': '1' });
    const instead = { tested: { target: targetOf({ url: `${target.origin}/other` }), payload: 'B' } };
    const again = await of('Events:local/bill/by-hand#t2', instead);
    assert.deepEqual(
      [again[0], again[1]?.replace(/\d+ ms/, 'n ms')],
      ['CANCELED', '503 in n ms, retry after 1s'],
    );
    target.answer = status(204);
    const none = await of('Events:local/none/by-hand#t3', {
      ...instead,
      trigger: { owner: 'local', id: 'none' },
    });
    assert.deepEqual(none, ['PROCESSED', null]);
    const seen = target.seen.map(({ body, url, headers }) => [
      body,
      url.split('?')[0],
      headers['synergy-occasion'],
    ]);
    assert.deepEqual(seen, [
      ['"A"', '/hook', 'test'],
      ['"B"', '/other', 'test'],
      ['"B"', '/other', 'test'],
    ]);
    assert.deepEqual(await of('Events:local/gone/by-hand#t4', { trigger: { owner: 'local', id: 'gone' } }), [
      'CANCELED',
      'its trigger was deleted',
    ]);
  });

  it('puts off what is beyond the share of a host, which costs no attempt', async () => {
    let release = (): void => undefined;
    target.answer = (response) => (release = () => void response.writeHead(204).end());
    host();
    const trigger = await put({ target: { timeout: 60_000 } });
    const hanging = await fire(trigger, clock.now());
    await target.requests(1);
    const begun = clock.now();
    const id = await fire(trigger, clock.now() - 1);
    const busy = await ended(id);
    assert.equal(busy.state, 'INVALID');
    assert.match(busy.error ?? '', /has 1 deliveries under way, as many as one host may/);
    assert.equal(busy.released?.attempt, 1);
    assert.ok((busy.retryAt ?? 0) >= begun + 1_000);
    assert.equal(target.seen.length, 1);
    release();
    assert.equal((await ended(hanging)).state, 'PROCESSED');
    target.answer = status(204);
    assert.equal((await again(id)).state, 'PROCESSED');
    assert.equal(target.seen[1]!.headers['synergy-attempt'], '1');
  });

  it('shows no secret that a target sends back', async () => {
    host();
    secrets = { signing: [], named: { billing: 's3cret' } };
    target.answer = (response, { headers }) => void response.end(`you sent ${headers.authorization ?? ''}`);
    const id = await fire(await put({ target: { headers: { Authorization: 'Bearer {{secret:billing}}' } } }));
    await ended(id);
    assert.equal(target.seen[0]!.headers.authorization, 'Bearer s3cret');
    assert.equal((await log(id, 3))[2], 'you sent Bearer ***');
  });

  it('hides a secret that the end of what is kept of an answer cuts through', async () => {
    host();
    secrets = { signing: [], named: { billing: 'a-token-of-the-target' } };
    target.answer = status(200, {}, `${'x'.repeat(4090)}a-token-of-the-target`);
    const id = await fire(await put({ target: { headers: { authorization: '{{secret:billing}}' } } }));
    await ended(id);
    assert.equal((await log(id, 3))[2], `${'x'.repeat(4090)}***…`);
  });

  it('sends nothing while a secret cannot be opened, and tries again', async () => {
    const locked = new SynergyError('SECRET_UNREADABLE', 'the key is not there');
    deliveries = { ...deliveries, secretsOf: () => Promise.reject(locked) };
    host();
    const id = await fire(await put());
    const { state, error, retryAt } = await ended(id);
    assert.deepEqual([state, error, retryAt !== null], ['INVALID', 'the key is not there', true]);
    assert.equal(target.seen.length, 0);
  });

  it('lets what is under way come to its end when its worker stops', async () => {
    const worker = host();
    let release: () => void = () => undefined;
    target.answer = (response) => {
      release = () => void response.writeHead(204).end();
    };
    const id = await fire(await put());
    await target.requests(1);
    const stopped = worker.stop(10_000);
    release();
    await stopped;
    assert.equal((await world.uow(id)).state, 'PROCESSED');
  });

  it('is cut off, and given back, where it does not', async () => {
    const worker = host();
    target.answer = () => undefined;
    const id = await fire(await put());
    await target.requests(1);
    await worker.stop(10);
    assert.equal((await world.uow(id)).state, 'REQUESTED');
  });
});
