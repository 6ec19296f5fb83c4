import assert from 'node:assert/strict';
import { request } from 'node:http';
import { defineContext, freerunProcess, managedProcess, tree } from '../../domain/model/define.ts';
import { logSequence } from '../../domain/model/log-sequence.ts';
import type { ProcessContext } from '../../domain/model/process.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { createWorkerApi } from '../../scheduler/external-workers/service.ts';
import type { WorkOrder } from '../../scheduler/external-workers/api.ts';
import { form, json } from './support/ask.ts';
import type { Answer, Question } from './support/ask.ts';
import { asAnn } from '../support/rig.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const LEASE = 15_000;
const QUEUE = 'queue_outside_hourly';
const me = 'box/python-1';

/** Five hours are over: `Outside` may have two units at once. */
const context = (): ProcessContext =>
  defineContext({
    processes: [
      managedProcess({
        name: 'Outside',
        qualifier: 'hourly',
        external: true,
        concurrency: 2,
        timeLimit: '1m',
        retry: { delay: '10s' },
        arguments: { region: 'eu' },
        source: 'access_log',
      }),
      managedProcess({ name: 'InsideDaily', qualifier: 'daily', identity: true, blocking: 'normal' }),
      freerunProcess({
        name: 'Sweep',
        external: true,
        entries: [{ name: 'floor', trigger: 'every 1d', arguments: { deep: 1 } }],
      }),
    ],
    trees: [
      tree({ name: 'outside', processes: ['Outside'] }),
      tree({ name: 'inside', processes: ['InsideDaily'] }),
    ],
  });

describe('the endpoints of workers in other languages', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve(undefined, context());
  });
  afterEach(() => served.close());

  const post = (path: string, body: unknown): Promise<Answer> =>
    served.ask(`/api/v1/worker/${path}`, json(body));
  const answer = async <T>(path: string, body: unknown): Promise<T> => {
    const { status, body: text } = await post(path, body);
    assert.equal(status, 200, text);
    return JSON.parse(text) as T;
  };
  const refusal = async (path: string, question?: Question): Promise<[number, unknown, string]> => {
    const got = await served.ask(`/api/v1/worker/${path}`, question);
    const { code, detail } = got.json();
    return [got.status, code, String(detail)];
  };
  const take = async (more: object = {}): Promise<WorkOrder[]> =>
    (await answer<{ units: WorkOrder[] }>('take', { processName: 'Outside', owner: me, waitMs: 0, ...more }))
      .units;
  const takeOne = async (): Promise<WorkOrder> => {
    const [unit] = await take();
    assert.ok(unit);
    return unit;
  };
  const claim = async (ids: readonly string[], owner = me): Promise<WorkOrder[]> =>
    (await answer<{ units: WorkOrder[] }>('claim', { owner, ids })).units;
  const heartbeat = async (...units: Pick<WorkOrder, 'id' | 'token'>[]): Promise<string[]> => {
    const shown = units.map(({ id, token }) => ({ id, token }));
    return (await answer<{ ids: string[] }>('heartbeat', { owner: me, units: shown })).ids;
  };
  const verdict = async (path: string, body: unknown): Promise<string> =>
    (await answer<{ verdict: string }>(path, body)).verdict;
  const fence = ({ id, attempt, token }: WorkOrder): object => ({ id, attempt, token });
  const complete = (unit: WorkOrder, outcome: string, more: object = {}): Promise<string> =>
    verdict('complete', { owner: me, ...fence(unit), outcome, ...more });
  const uow = async (id: string): Promise<UowRecord> => {
    const [record] = await served.rig.store.uows([id]);
    assert.ok(record);
    return record;
  };
  const begin = async (): Promise<WorkOrder> => {
    await served.rig.tick('Outside');
    return takeOne();
  };

  it('tell a worker its queue and its lease', async () => {
    const { status, ...got } = await served.ask('/api/v1/worker/Outside');
    assert.equal(status, 200);
    assert.deepEqual(got.json(), { processName: 'Outside', queue: QUEUE, lease: LEASE });
    assert.deepEqual(await refusal('Outsid'), [
      404,
      'NOT_FOUND',
      "no process is named 'Outsid'; did you mean 'Outside'?",
    ]);
    const [status2, code, detail] = await refusal('InsideDaily');
    assert.deepEqual([status2, code], [400, 'INVALID_ARGUMENT']);
    assert.match(detail, /'InsideDaily' are for its own worker: declare it 'external: true'/);
  });

  it('see a unit from the take to the end of its job', async () => {
    const waiting = take({ waitMs: 30_000 });
    await served.rig.tick('Outside');
    const [unit] = await waiting;
    assert.ok(unit);
    const { token, id, ...rest } = unit;
    assert.match(token, /^\w{16,}$/);
    assert.deepEqual(rest, {
      processName: 'Outside',
      entryName: null,
      timeperiod: rest.timeperiod,
      startTimeperiod: rest.timeperiod,
      endTimeperiod: rest.endTimeperiod,
      startId: null,
      endId: null,
      source: 'access_log',
      sink: null,
      arguments: { region: 'eu' },
      attempt: 1,
    });
    const { lease, state } = await uow(id);
    assert.deepEqual(
      [state, lease],
      ['IN_PROGRESS', { owner: me, expiresAt: served.rig.clock.now() + LEASE }],
    );

    assert.equal(await verdict('progress', { ...fence(unit), done: 1, total: 4 }), 'applied');
    assert.deepEqual((await uow(id)).progress, { done: 1, total: 4 });
    served.rig.clock.advance(5000);
    assert.deepEqual(await heartbeat(unit), [id]);
    assert.equal((await uow(id)).lease?.expiresAt, served.rig.clock.now() + LEASE);

    assert.equal(await complete(unit, 'processed', { processed: 7, aggregated: 2 }), 'applied');
    await served.rig.quiet();
    assert.equal(served.rig.state('Outside', unit.timeperiod), 'PROCESSED');
    const done = await uow(id);
    assert.deepEqual([done.state, done.processed, done.aggregated], ['PROCESSED', 7, 2]);
    const rows = await served.rig.store.journal({ entityId: id, limit: 10 });
    assert.deepEqual(
      rows.map(({ event, actor }) => [event, actor]),
      [
        ['complete', `worker ${me}`],
        ['claim', `worker ${me}`],
        ['request', 'scheduler'],
      ],
    );
  });

  it('hand out freerun units as well', async () => {
    await served.api.execute({
      kind: 'fire-freerun',
      processName: 'Sweep',
      entryName: 'floor',
    });
    const [unit] = await take({ processName: 'Sweep' });
    assert.ok(unit);
    assert.deepEqual([unit.entryName, unit.arguments], ['floor', { deep: 1 }]);
    assert.equal(await complete(unit, 'noop'), 'applied');
    assert.equal((await uow(unit.id)).state, 'NOOP');
  });

  it('take no more than asked for, and nothing when there is nothing', async () => {
    assert.deepEqual(await take(), []);
    await served.rig.tick('Outside');
    const [first, ...more] = await take();
    assert.deepEqual(more, []);
    const [second] = await take({ max: 10 });
    assert.ok(first && second && first.id !== second.id);
    assert.deepEqual(await take({ max: 10 }), []);
    assert.deepEqual(await served.rig.queue.depth(QUEUE), { ready: 0, taken: 0 });
  });

  it('pass over rings for units that are done with, or of another process', async () => {
    await served.rig.tick('InsideDaily');
    const [inside] = await served.rig.store.findUows({ processName: 'InsideDaily' });
    assert.ok(inside);
    const unit = await begin();
    await served.rig.queue.publish(QUEUE, [unit.id, inside.id, 'no such unit']);
    assert.notEqual((await takeOne()).id, unit.id);
    assert.deepEqual(await take({ max: 10 }), []);
    assert.equal((await uow(inside.id)).state, 'REQUESTED');
    assert.deepEqual(await served.rig.queue.depth(QUEUE), { ready: 0, taken: 0 });
  });

  it('take nothing for a worker that hung up', async () => {
    const asked = json({ processName: 'Outside', owner: 'box/gone', waitMs: 30_000 });
    const { method, headers } = asked;
    const sent = request(new URL('/api/v1/worker/take', served.mx.url), { method, headers, agent: false });
    const cut = new Promise((resolve) => sent.once('error', resolve));
    sent.end(asked.body);
    // A worker that came later and is answered shows that the first has been waiting.
    assert.deepEqual(await take(), []);
    sent.destroy();
    await cut;
    assert.deepEqual(await take(), []);
    await served.rig.tick('Outside');
    assert.equal((await take({ max: 2 })).length, 2);
  });

  it('let no worker wait longer than the dashboard is there', async () => {
    const waiting = assert.rejects(take({ waitMs: 30_000 }), { code: 'ECONNRESET' });
    assert.deepEqual(await take(), []);
    await served.mx.stop();
    await waiting;
  });

  it('leave units that could not be claimed to the queue', async () => {
    await served.rig.tick('Outside');
    const { store, clock } = served.rig;
    const working = store.claim.bind(store);
    store.claim = () => Promise.reject(new Error('database is locked'));
    const [status] = await refusal('take', json({ processName: 'Outside', owner: me, max: 10 }));
    assert.equal(status, 500);
    store.claim = working;
    assert.deepEqual(await served.rig.queue.depth(QUEUE), { ready: 2, taken: 0 });
    clock.advance(5000);
    assert.equal((await take({ max: 10 })).length, 2);
  });

  it('claim each unit for one worker only', async () => {
    await served.rig.tick('Outside');
    const ids = (await served.rig.store.findUows({ processName: 'Outside' })).map(({ id }) => id);
    assert.equal(ids.length, 2);
    const won = await claim(ids);
    assert.deepEqual(
      won.map(({ id }) => id),
      ids,
    );
    assert.deepEqual(await claim(ids, 'box/python-2'), []);
    assert.deepEqual(await claim(['no such unit']), []);
  });

  it('refuse units of a process that has a worker of its own', async () => {
    await served.rig.tick('InsideDaily');
    const [inside] = await served.rig.store.findUows({ processName: 'InsideDaily' });
    assert.ok(inside);
    const [status, code] = await refusal('claim', json({ owner: me, ids: [inside.id] }));
    assert.deepEqual([status, code], [400, 'INVALID_ARGUMENT']);
    const [taken] = await refusal('take', json({ processName: 'InsideDaily', owner: me }));
    assert.equal(taken, 400);
    assert.equal((await uow(inside.id)).state, 'REQUESTED');
  });

  it('refuse a report, a line or a progress without the token of the claim', async () => {
    const unit = await begin();
    for (const forged of [
      { ...unit, token: '0'.repeat(32) },
      { ...unit, attempt: 2 },
    ]) {
      const line = { sequence: 1, line: 'forged' };
      assert.equal(await verdict('log', { ...fence(forged), lines: [line] }), 'rejected');
      assert.equal(await verdict('progress', { ...fence(forged), done: 1, total: 1 }), 'rejected');
      assert.equal(await complete(forged, 'processed'), 'rejected');
    }
    const { state, progress } = await uow(unit.id);
    assert.deepEqual([state, progress], ['IN_PROGRESS', null]);
    assert.deepEqual(await served.rig.store.log(unit.id, 0, 10), []);
    assert.equal((await served.rig.store.rejectedReports(10)).length, 2);
    for (const [path, more] of [
      ['log', { lines: [] }],
      ['progress', { done: 1, total: 1 }],
      ['complete', { owner: me, outcome: 'processed' }],
    ] as const) {
      const [status, code] = await refusal(path, json({ ...fence(unit), id: 'Outside/nothing#1', ...more }));
      assert.deepEqual([status, code], [404, 'NOT_FOUND'], path);
    }
  });

  it('answer a result that is sent again as the first time, and refuse another', async () => {
    const unit = await begin();
    assert.equal(await complete(unit, 'noop'), 'applied');
    assert.equal(await complete(unit, 'noop'), 'applied');
    assert.deepEqual(await served.rig.store.rejectedReports(10), []);
    assert.equal(await complete(unit, 'processed'), 'rejected');
    const [rejected] = await served.rig.store.rejectedReports(10);
    assert.deepEqual([rejected?.owner, rejected?.because], [me, 'the unit is NOOP already']);
  });

  it('leave a failed unit to the retry of its process, with the first line of the reason', async () => {
    const unit = await begin();
    assert.equal(await complete(unit, 'invalid', { error: '\nno route to host\n  at line 7' }), 'applied');
    const { state, error, retryAt } = await uow(unit.id);
    const now = served.rig.clock.now();
    assert.deepEqual([state, error], ['INVALID', 'no route to host']);
    assert.ok(retryAt !== null && retryAt >= now + 8000 && retryAt <= now + 10_000, String(retryAt));
    served.rig.clock.advance(10_000);
    await served.rig.sweep();
    const ids = [unit.id];
    const [again] = await claim(ids);
    assert.equal(again?.attempt, 2);
    assert.notEqual(again.token, unit.token);
    assert.equal(await complete(again, 'cancel', { error: 'not worth it' }), 'applied');
    await served.rig.quiet();
    assert.equal((await uow(unit.id)).error, 'not worth it');
    assert.equal(served.rig.state('Outside', unit.timeperiod), 'SKIPPED');
  });

  it('keep the lines of every attempt in order, each once', async () => {
    const unit = await begin();
    const send = (holder: WorkOrder, ...lines: object[]): Promise<string> =>
      verdict('log', { ...fence(holder), lines });
    const first = { sequence: 1, line: 'one' };
    assert.equal(await send(unit, first, { sequence: 2, line: 'two', stream: 'stderr' }), 'applied');
    assert.equal(await send(unit, first), 'applied');
    await complete(unit, 'invalid');
    assert.equal(await send(unit, { sequence: 3, line: 'after the end' }), 'applied');
    served.rig.clock.advance(10_000);
    await served.rig.sweep();
    const [again] = await claim([unit.id]);
    assert.ok(again);
    assert.equal(await send(again, { sequence: 1, line: 'once more' }), 'applied');
    assert.equal(await send(unit, { sequence: 4, line: 'too late' }), 'rejected');
    const lines = await served.rig.store.log(unit.id, 0, 100);
    assert.deepEqual(
      lines.map(({ attempt, stream, line }) => [attempt, stream, line]),
      [
        [1, 'stdout', 'one'],
        [1, 'stderr', 'two'],
        [1, 'stdout', 'after the end'],
        [2, 'stdout', 'once more'],
      ],
    );
    assert.equal(lines[0]?.sequence, logSequence(1, 1));
  });

  it('tell by the heartbeat that a unit was canceled', async () => {
    const unit = await begin();
    const other = await takeOne();
    await served.api.execute({ kind: 'cancel-uow', uowId: unit.id });
    assert.deepEqual(await heartbeat(unit, other), [other.id]);
    assert.equal(await complete(unit, 'processed'), 'rejected');
  });

  it('tell by the heartbeat that a lease was lost, and to whom it went', async () => {
    const unit = await begin();
    served.rig.clock.advance(LEASE + 1);
    await served.rig.sweep();
    const [again] = await claim([unit.id], 'box/python-2');
    assert.equal(again?.attempt, 2);
    assert.deepEqual(await heartbeat(unit), []);
    assert.equal(await complete(unit, 'processed'), 'rejected');
    assert.equal((await uow(unit.id)).crashes, 1);
  });

  it('let a name alone neither keep a unit nor take it away', async () => {
    const unit = await begin();
    const other = await takeOne();
    const forged = { id: unit.id, token: '0'.repeat(32) };
    served.rig.clock.advance(LEASE - 1);
    assert.deepEqual(await heartbeat(forged, other), [other.id]);
    assert.deepEqual(await heartbeat(), []);
    const { state, lease } = await uow(unit.id);
    assert.deepEqual([state, lease?.expiresAt], ['IN_PROGRESS', served.rig.clock.now() + 1]);
    assert.deepEqual(await heartbeat(unit), [unit.id]);
    assert.equal(await complete(unit, 'processed'), 'applied');
  });

  it('give a unit to another whose claim was lost, when its lease ends', async () => {
    const known = await begin();
    const lost = await takeOne();
    served.rig.clock.advance(LEASE - 1);
    assert.deepEqual(await heartbeat(known), [known.id]);
    assert.equal((await uow(lost.id)).state, 'IN_PROGRESS', 'its claim may still be on its way');
    served.rig.clock.advance(2);
    await served.rig.sweep();
    assert.equal((await uow(lost.id)).state, 'REQUESTED');
    assert.equal((await uow(known.id)).state, 'IN_PROGRESS');
    const [again] = await claim([lost.id]);
    assert.equal(again?.attempt, 2);
  });

  it('keep a megabyte of output of an attempt, and say that more was dropped', async () => {
    const unit = await begin();
    const line = 'x'.repeat(1023);
    const send = (from: number, count: number): Promise<string> =>
      verdict('log', {
        ...fence(unit),
        lines: Array.from({ length: count }, (_, index) => ({ sequence: from + index, line })),
      });
    assert.equal(await send(1, 512), 'applied');
    assert.equal(await send(1, 512), 'applied', 'sent again');
    // As after a restart of the scheduler, which knows of nothing it has counted.
    const again = createWorkerApi(served.rig.services)(asAnn.signal);
    const rest = Array.from({ length: 600 }, (_, index) => ({
      sequence: 513 + index,
      line,
      stream: 'stdout' as const,
    }));
    assert.equal(await again.log(unit, rest), 'capped');
    assert.equal(await again.log(unit, [{ sequence: 2000, line: '', stream: 'stdout' }]), 'capped');
    const kept = await served.rig.store.log(unit.id, 0, 5000);
    const bytes = kept.reduce((sum, each) => sum + each.line.length + 1, 0);
    assert.ok(bytes < 1_100_000, String(bytes));
    assert.match(kept.at(-1)?.line ?? '', /^log capped at 1048576 bytes: more lines were dropped$/);
    assert.equal(await complete(unit, 'invalid'), 'applied');
    served.rig.clock.advance(10_000);
    await served.rig.sweep();
    const [next] = await claim([unit.id]);
    assert.ok(next);
    assert.equal(await verdict('log', { ...fence(next), lines: [{ sequence: 1, line: 'anew' }] }), 'applied');
  });

  it('end a unit that is over its time limit', async () => {
    const unit = await begin();
    served.rig.clock.advance(59_999);
    assert.deepEqual(await heartbeat(unit), [unit.id]);
    served.rig.clock.advance(1);
    assert.deepEqual(await heartbeat(unit), []);
    const { state, error, retryAt } = await uow(unit.id);
    assert.deepEqual([state, error], ['INVALID', 'time limit of 1m exceeded']);
    assert.ok(retryAt !== null && retryAt >= served.rig.clock.now() + 8000);
    assert.equal(await complete(unit, 'processed'), 'rejected');
  });

  it('read nothing that is not as it should be', async () => {
    const unit = await begin();
    const line = { sequence: 1, line: 'x' };
    const bad: readonly (readonly [string, object])[] = [
      ['claim', { owner: 'box', ids: ['a'] }],
      ['claim', { owner: 'box:worker:1:2', ids: ['a'] }],
      ['claim', { owner: 'box/a/b', ids: ['a'] }],
      ['claim', { owner: `box/${'a'.repeat(200)}`, ids: ['a'] }],
      ['claim', { owner: { $ne: '' }, ids: ['a'] }],
      ['claim', { owner: me, ids: [] }],
      ['claim', { owner: me, ids: ['a'], token: 'x' }],
      ['take', { owner: me, processName: 'Outside', max: 0 }],
      ['take', { owner: me, processName: 'Outside', waitMs: 30_001 }],
      ['heartbeat', { owner: me }],
      ['heartbeat', { owner: me, ids: [unit.id] }],
      ['heartbeat', { owner: me, units: [{ id: unit.id }] }],
      ['log', { ...fence(unit), lines: [{ ...line, sequence: 0 }] }],
      ['log', { ...fence(unit), lines: [{ ...line, sequence: 100_001 }] }],
      ['log', { ...fence(unit), lines: [{ ...line, line: 'a\nb' }] }],
      ['log', { ...fence(unit), lines: [{ ...line, line: 'x'.repeat(10_001) }] }],
      ['log', { ...fence(unit), lines: [{ ...line, stream: 'stdin' }] }],
      ['progress', { ...fence(unit), done: -1, total: 1 }],
      ['complete', { owner: me, ...fence(unit), outcome: 'PROCESSED' }],
      ['complete', { owner: me, ...fence(unit), outcome: 'processed', processed: 1.5 }],
      ['complete', { owner: me, ...fence(unit), outcome: 'processed', retryAt: 0 }],
    ];
    for (const [path, body] of bad) {
      const [status, code] = await refusal(path, json(body));
      assert.deepEqual([status, code], [400, 'BAD_REQUEST'], JSON.stringify([path, body]));
    }
    assert.equal((await refusal('claim', form({ owner: me })))[0], 415);
    const { headers, ...asked } = json({ owner: me, ids: [unit.id] });
    const elsewhere = { ...asked, headers: { ...headers, Origin: 'http://evil.example' } };
    assert.deepEqual((await refusal('claim', elsewhere)).slice(0, 2), [403, 'CROSS_ORIGIN']);
    assert.equal((await uow(unit.id)).state, 'IN_PROGRESS');
  });

  it('take a log of many lines in one request', async () => {
    const unit = await begin();
    const lines = Array.from({ length: 1000 }, (_, index) => ({
      sequence: index + 1,
      line: 'x'.repeat(500),
    }));
    assert.equal(await verdict('log', { ...fence(unit), lines }), 'applied');
    assert.equal((await served.rig.store.log(unit.id, 0, 2000)).length, 1000);
  });
});
