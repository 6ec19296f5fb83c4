import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { commandSpec, getFact } from '../../../db/collections.ts';
import { eventTriggerSpec } from '../../../db/event-collections.ts';
import { executionOf, executionState, executionUow } from '../../../domain/event/execution.ts';
import { eventsProcess } from '../../../domain/event/process.ts';
import { EVENTS, triggerEntry } from '../../../domain/event/trigger.ts';
import type { EventTrigger, TriggerKey } from '../../../domain/event/trigger.ts';
import { FIRING_LEAD } from '../../../domain/freerun/lead.ts';
import { defineContext } from '../../../domain/model/define.ts';
import type { JsonObject } from '../../../domain/model/process.ts';
import type { CommandRecord, UowRecord } from '../../../domain/model/record.ts';
import { commandRecord } from '../../../scheduler/commands/check-command.ts';
import type { CommandRequest } from '../../../scheduler/commands/check-command.ts';
import type { CommandOf } from '../../../scheduler/commands/command-table.ts';
import { executeStored } from '../../../scheduler/commands/execute.ts';
import { MOST_RESENT } from '../../../scheduler/events/resend-range.ts';
import { expireHistory } from '../../../scheduler/maintenance/expire-history.ts';
import { resume } from '../../../scheduler/events/change-trigger.ts';
import { putMany, putOne } from '../../../scheduler/events/put-triggers.ts';
import { SEEN_UNTIL } from '../../../scheduler/events/planner.ts';
import { waitUntil } from '../../../lib/sleep.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const NOON = Date.UTC(2027, 0, 1, 12);
const SECOND = 1_000;
const DAY = 86_400_000;
const key = { owner: 'local', id: 'backup' };
const named = { owner: key.owner, triggerId: key.id };
const KEPT = 20;
const context = defineContext({
  processes: [{ ...eventsProcess(256, 7), retention: { ttlDays: 7, keepUnits: KEPT } }],
});

/** A schedule from an instant on. */
const from = (instant: number, period: string, epsilon: string, times = ''): string =>
  `R${times}/${new Date(instant).toISOString()}/${period}/${epsilon}`;

describe('the scheduler of event triggers', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(context, { now: NOON });
  });
  afterEach(() => rig.close());

  const execute = async (request: CommandRequest): Promise<JsonObject> =>
    (await rig.api.execute({ reason: 'a test', ...request })).result ?? {};
  const put = (
    schedule: string,
    more: Partial<CommandOf<'put-trigger'>> & { readonly id?: string } = {},
  ): Promise<JsonObject> =>
    execute({
      kind: 'put-trigger',
      ...named,
      schedule,
      target: { url: 'https://example.com/hook' },
      ...more,
    });
  const trigger = async (): Promise<EventTrigger | undefined> =>
    (await rig.store.collection(eventTriggerSpec).getAll([key]))[0];
  const units = async (entry = triggerEntry(key)): Promise<UowRecord[]> =>
    rig.store.findUows({ processName: EVENTS, entryName: entry, order: 'oldest' });
  /** How late after noon each execution is planned (s), and what became of it. */
  const seen = async (): Promise<(readonly [number, string])[]> =>
    (await units())
      .map((uow) => [((executionOf(uow)?.at ?? 0) - NOON) / SECOND, executionState(uow)] as const)
      .sort(([a], [b]) => a - b);
  /** The clock is set, and what is due is planned. */
  const goTo = async (instant: number): Promise<void> => {
    rig.clock.set(instant);
    await rig.services.events.planner.plan();
  };
  const deliver = async (uow: UowRecord): Promise<void> => {
    const claimed = await rig.claim(uow);
    const { id, attempt, token } = claimed;
    const report = { ...{ id, attempt, token: token ?? '', event: 'complete' as const }, processed: 0 };
    await rig.store.report('w', [{ ...report, aggregated: 0, error: null, retryAt: null }], rig.clock.now());
  };

  /** Takes an execution to its end as failed. */
  const fail = async (uow: UowRecord): Promise<void> => {
    const { id, attempt, token } = await rig.claim(uow);
    const report = { ...{ id, attempt, token: token ?? '', event: 'cancel' as const }, processed: 0 };
    await rig.store.report('w', [{ ...report, aggregated: 0, error: '503', retryAt: null }], rig.clock.now());
  };

  it('plans each firing a moment ahead, once, and never before', async () => {
    await put(from(NOON + 2 * SECOND, 'PT2S', 'ET5S', '2'));
    await goTo(NOON + 2 * SECOND - FIRING_LEAD - 1);
    assert.deepEqual(await seen(), []);
    await goTo(NOON + 2 * SECOND - FIRING_LEAD);
    const [first] = await units();
    assert.equal(first?.id, 'Events:local/backup/20270101120002#1');
    assert.equal(first.notBefore, NOON + 2 * SECOND);
    assert.equal(await getFact(rig.store, SEEN_UNTIL), NOON + 2 * SECOND);
    for (const at of [4, 6, 8, 10]) await goTo(NOON + at * SECOND);
    assert.deepEqual(await seen(), [
      [2, 'planned'],
      [4, 'planned'],
      [6, 'planned'],
    ]);
    assert.equal((await trigger())?.endedAt, NOON + 6 * SECOND);
    const rung = (await rig.queue.depth('queue_events_freerun')).ready;
    assert.equal(rung, 3);
  });

  it('keeps the day of the month, or takes the last one: 14 months from a 31 January', async () => {
    await put('R/2027-01-31T10:00:00Z/P1M/ET1H');
    for (let day = 0; day < 14 * 31; day++) await goTo(NOON + day * DAY - 2 * 3_600 * SECOND);
    const days = (await units()).map((uow) => new Date(executionOf(uow)?.at ?? 0).toISOString().slice(0, 16));
    assert.deepEqual(
      days.slice(0, 14).map((text) => text.replace('T10:00', '')),
      [
        ...['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31', '2027-06-30', '2027-07-31'],
        ...['2027-08-31', '2027-09-30', '2027-10-31', '2027-11-30', '2027-12-31', '2028-01-31', '2028-02-29'],
      ],
    );
  });

  it('changes nothing when the same is put again, many times and with one command id', async () => {
    const schedule = from(NOON + 300, 'PT1H', 'ET5S');
    assert.deepEqual(await put(schedule), { trigger: 'local/backup', changed: true, revision: 1 });
    const again = await Promise.all(
      Array.from({ length: 100 }, (_, i) => put(schedule, i % 2 === 0 ? { id: 'command-1' } : {})),
    );
    for (const result of again)
      assert.deepEqual(result, { trigger: 'local/backup', changed: false, revision: 1 });
    await goTo(NOON + 300);
    assert.deepEqual(await seen(), [[0.3, 'planned']]);
  });

  it('never fires the past by a schedule that is put', async () => {
    await put('R/2027-01-01T00:00:00Z/PT10S');
    await goTo(NOON + 10 * SECOND - 60);
    await put('R/2027-01-01T00:00:00Z/PT10S', { payload: 'B' });
    await goTo(NOON + 10 * SECOND);
    assert.deepEqual(await seen(), [[10, 'planned']]);
    assert.equal((await trigger())?.armedAt, NOON);
    rig.clock.set(NOON + 11 * SECOND);
    await put(from(NOON + 6 * SECOND, 'PT10S', 'ET5S'));
    await goTo(NOON + 26 * SECOND);
    const instants = (await seen()).map(([at]) => at);
    assert.deepEqual(instants, [10, 16, 26]);
  });

  it('plans what was due before a change by the trigger as it was', async () => {
    await put(from(NOON, 'PT10S', 'ET5M'));
    rig.clock.set(NOON + 25 * SECOND);
    await put(from(NOON, 'PT10S', 'ET5M'), { payload: 'B' });
    rig.clock.set(NOON + 35 * SECOND);
    await put(from(NOON, 'PT7S', 'ET5M'));
    rig.clock.set(NOON + 50 * SECOND);
    await execute({ kind: 'pause-trigger', ...named });
    await goTo(NOON + 90 * SECOND);
    const instants = (await seen()).map(([at]) => at);
    assert.deepEqual(instants, [10, 20, 30, 42, 49]);
  });

  it('refuses a change when another scheduler made one since the trigger was read', async () => {
    await put(from(NOON, 'PT10S', 'ET5M'));
    const triggers = rig.store.collection(eventTriggerSpec);
    const collection = rig.store.collection.bind(rig.store);
    const late = {
      ...triggers,
      getAll: async (keys: readonly TriggerKey[]) => {
        const found = await triggers.getAll(keys);
        await triggers.compareAndSet(key, { revision: 1 }, { revision: 2, description: 'by another' });
        return found;
      },
    };
    const reading = mock.method(rig.store, 'collection', (spec: { name: string }) =>
      spec.name === eventTriggerSpec.name ? late : collection(spec as never),
    );
    await assert.rejects(put(from(NOON, 'PT7S', 'ET5M')), { code: 'CONFLICT' });
    reading.mock.restore();
    assert.equal((await trigger())?.description, 'by another');
  });

  it('delivers what an absence left inside of the epsilon', async () => {
    await put('R/2027-01-01T12:00:00Z/P1D/ET5M', { id: 'command-1' });
    await goTo(NOON + DAY - 10 * SECOND);
    const { clock } = rig;
    clock.set(NOON + DAY + 30 * SECOND);
    rig = await rig.restart();
    await rig.services.events.planner.plan();
    assert.deepEqual(await seen(), [[DAY / SECOND, 'planned']]);
    const [uow] = await units();
    assert.equal(uow?.notBefore, null);
  });

  it('puts on record that an absence outlasted the epsilon', async () => {
    await put('R/2027-01-01T12:00:00Z/P1D/ET10S');
    await goTo(NOON + DAY - 10 * SECOND);
    rig.clock.set(NOON + DAY + 30 * SECOND);
    rig = await rig.restart();
    await rig.services.events.planner.plan();
    const [uow, ...others] = await units();
    assert.ok(uow);
    assert.deepEqual([uow.state, uow.attempt, others.length], ['NOOP', 0, 0]);
    assert.equal(uow.error, 'could have begun until 12:00:10, the scheduler was back at 12:00:30');
    const rows = await rig.store.journal({ entityId: uow.id, limit: 5 });
    assert.deepEqual(
      rows.map(({ event, to }) => [event, to]),
      [
        ['empty', 'NOOP'],
        ['request', 'REQUESTED'],
      ],
    );
  });

  it('leaves no second out while it stands still', async () => {
    await put('R/2027-01-01T12:00:00Z/PT1S/ET2S');
    await goTo(NOON + 1 * SECOND);
    await goTo(NOON + 7.5 * SECOND);
    const states = await seen();
    assert.deepEqual(states, [
      ...[[1, 'planned'] as const],
      ...[2, 3, 4, 5].map((at) => [at, 'expired'] as const),
      ...[6, 7].map((at) => [at, 'planned'] as const),
    ]);
  });

  it('pauses a trigger when so many executions in a row have failed as it says', async () => {
    await put(from(NOON + SECOND, 'PT1S', 'ET5S'), { pauseAfter: 3 });
    for (const second of [1, 2, 3]) {
      await goTo(NOON + second * SECOND);
      const [latest] = (await units()).slice(-1);
      assert.equal((await trigger())?.on, true);
      await fail(latest as UowRecord);
      void rig.services.turnLoop.report([latest?.id ?? '']);
    }
    const asked = (): Promise<readonly CommandRecord[]> =>
      rig.store.collection(commandSpec).list({ where: { kind: 'pause-trigger' } });
    assert.ok(await waitUntil(async () => (await asked()).length > 0, 10 * SECOND));
    for (const { id } of await asked()) await executeStored(rig.services, id);
    const { on, note } = (await trigger()) as EventTrigger;
    assert.deepEqual([on, note], [false, '3 executions in a row failed']);
    assert.equal((await asked()).length, 1);
  });

  it('plans nothing of a trigger that is paused, and nothing of the pause afterwards', async () => {
    await put('R/2027-01-01T12:00:00Z/PT5S');
    await goTo(NOON + 5 * SECOND);
    await execute({ kind: 'pause-trigger', ...named, note: 'repairs' });
    assert.deepEqual([(await trigger())?.on, (await trigger())?.note], [false, 'repairs']);
    await goTo(NOON + 62 * SECOND);
    await execute({ kind: 'resume-trigger', ...named });
    await goTo(NOON + 66 * SECOND);
    assert.deepEqual(await seen(), [
      [5, 'planned'],
      [65, 'planned'],
    ]);
  });

  it('cancels what waits of a trigger that is deleted', async () => {
    await put('R/2027-01-01T12:00:00Z/PT5S');
    await goTo(NOON + 10 * SECOND);
    const [first] = await units();
    assert.ok(first);
    await deliver(first);
    const removed = await execute({ kind: 'remove-trigger', ...named });
    assert.deepEqual(removed, { removed: 'local/backup', canceled: 1 });
    assert.equal(await trigger(), undefined);
    await goTo(NOON + 30 * SECOND);
    assert.deepEqual(await seen(), [
      [5, 'success'],
      [10, 'failed'],
    ]);
    assert.equal((await units())[1]?.error, 'its trigger was deleted');
    await assert.rejects(execute({ kind: 'remove-trigger', ...named }), { code: 'NOT_FOUND' });
  });

  it('skips a firing that meets the one before, where the trigger says so', async () => {
    await put('R/2027-01-01T12:00:00Z/PT5S', { overlap: 'skip' });
    await goTo(NOON + 5 * SECOND);
    await goTo(NOON + 10 * SECOND);
    const [first, second] = await units();
    assert.ok(first && second);
    assert.equal(second.error, `skipped: ${first.id} is still under way`);
    await deliver(first);
    await goTo(NOON + 15 * SECOND);
    assert.deepEqual(await seen(), [
      [5, 'success'],
      [10, 'failed'],
      [15, 'planned'],
    ]);
  });

  it('deletes a trigger that is to go with its last execution', async () => {
    await put(from(NOON + SECOND, 'PT1S', 'ET5S', '0'), { deleteAfterEnd: true });
    await goTo(NOON + SECOND);
    await rig.sweep();
    assert.ok(await trigger());
    const [uow] = await units();
    assert.ok(uow);
    await deliver(uow);
    await rig.sweep();
    assert.equal(await trigger(), undefined);
  });

  it('fires by hand, and sends again what has ended', async () => {
    await put('R/2027-01-01T12:00:00Z/PT1H', { on: false });
    const { execution } = await execute({ kind: 'fire-trigger', ...named, id: 'command-1', at: NOON - DAY });
    assert.equal(execution, 'Events:local/backup/by-hand#command-1');
    const [fired] = await units();
    assert.ok(fired);
    const { at, due, occasion } = executionOf(fired) ?? {};
    assert.deepEqual([at, due, occasion], [NOON - DAY, NOON, 'hand']);
    const again = { kind: 'resend-execution', uowId: fired.id } as const;
    await assert.rejects(execute(again), { code: 'CONFLICT' });
    await deliver(fired);
    rig.clock.advance(SECOND);
    await execute({ ...again, id: 'command-2' });
    const second = executionOf((await units())[1] as UowRecord);
    assert.deepEqual([second?.first, second?.at, second?.due], [fired.id, NOON - DAY, NOON + SECOND]);
  });

  it('sends again what a range lost, each message once, as its plan says', async () => {
    await put('R/2027-01-01T12:00:00Z/PT10S/ET5S');
    for (const at of [10, 20, 30, 40]) await goTo(NOON + at * SECOND);
    const [first, second, third, fourth] = (await units()) as [UowRecord, UowRecord, UowRecord, UowRecord];
    for (const uow of [first, second, fourth]) await fail(uow);
    await deliver(third);
    const range = { from: NOON, to: NOON + 40 * SECOND };
    const shown = await rig.api.resendPlan(key, range);
    assert.deepEqual(
      [shown.count, shown.oldest, shown.newest, shown.target],
      [2, NOON + 10 * SECOND, NOON + 20 * SECOND, 'https://example.com/hook'],
    );
    assert.equal((await rig.api.resendPlan(key, { ...range, outcome: 'expired' })).count, 0);
    await execute({ kind: 'resend-execution', uowId: first.id, id: 'command-1' });
    const send = { kind: 'resend-executions', ...named, ...range } as const;
    const { hash, ...plan } = await rig.api.resendPlan(key, range);
    assert.notEqual(hash, shown.hash);
    await assert.rejects(execute({ ...send, planHash: shown.hash }), {
      code: 'PLAN_CHANGED',
      message: /\(1 message now\)/,
    });
    assert.deepEqual(await execute({ ...send, planHash: hash, id: 'command-2' }), { ...plan, hash });
    assert.deepEqual(await execute({ ...send, planHash: hash, id: 'command-2' }), { ...plan, hash });
    const made = (await units()).slice(4).map((uow) => executionOf(uow)?.first);
    assert.deepEqual(made, [first.id, second.id]);
    assert.equal((await rig.api.resendPlan(key, range)).count, 0, 'all are under way');
    for (const uow of (await units()).slice(4)) await fail(uow);
    assert.equal((await rig.api.resendPlan(key, range)).count, 2, 'lost again, each is one message');
  });

  it('goes on with what it had begun to send again, and sends nothing that was lost later', async () => {
    await put('R/2027-01-01T12:00:00Z/PT10S/ET5S');
    for (const at of [10, 20, 30]) await goTo(NOON + at * SECOND);
    const [first, second, third] = (await units()) as [UowRecord, UowRecord, UowRecord];
    for (const uow of [first, second]) await fail(uow);
    const request = { kind: 'resend-executions', ...named, from: NOON, to: NOON + DAY } as const;
    const record = commandRecord({ ...request, id: 'command-1' }, { actor: 'ann', now: rig.clock.now() });
    const { hash } = await rig.api.resendPlan(key, { from: NOON, to: NOON + DAY });
    const begun = { ...record, result: { count: 2, hash } };
    await rig.store.collection(commandSpec).insertNew(begun);
    rig.clock.advance(SECOND);
    await fail(third);
    for (let time = 0; time < 2; time++) {
      await rig.store.collection(commandSpec).put(begun);
      await executeStored(rig.services, 'command-1');
      const made = (await units()).slice(3).map((uow) => executionOf(uow)?.first);
      assert.deepEqual(made, [first.id, second.id]);
    }
  });

  it('looks at no more executions than it says, to send them again', async () => {
    await put('every 1h');
    const execution = { trigger: key, at: NOON, due: NOON, occasion: 'hand' } as const;
    const cause = { actor: 'test', reason: null, at: NOON, epoch: 1 };
    for (let n = 0; n <= MOST_RESENT; n += 1_000) {
      const uows = Array.from({ length: 1_000 }, (_, i) => {
        const id = `Events:local/backup/by-hand#${n + i}`;
        return executionUow({ ...execution, id, first: id }, { now: NOON, ahead: 0 });
      });
      await rig.store.commit(uows.map((uow) => ({ cause, writes: [{ kind: 'uow-insert', uow }] })));
    }
    await assert.rejects(rig.api.resendPlan(key, { from: NOON, to: NOON + 1 }), {
      code: 'CONFLICT',
      message: /more than 10000 executions since 2027-01-01T12:00:00.000Z: expected a later 'from'/,
    });
    assert.equal((await rig.api.resendPlan(key, { from: NOON + SECOND, to: NOON + DAY })).count, 0);
  });

  it('tests a target beside its trigger, which stands as it stood, or one that is not stored', async () => {
    await put('R/2027-01-01T12:00:00Z/PT10S/ET5S', { overlap: 'skip' });
    await goTo(NOON + 10 * SECOND);
    const [fired] = await units();
    assert.ok(fired);
    await deliver(fired);
    const { execution } = await execute({ kind: 'test-trigger', ...named, id: 'command-1', payload: 'B' });
    assert.equal(execution, 'Events:local/backup/by-hand#command-1');
    await goTo(NOON + 20 * SECOND);
    assert.deepEqual((await seen()).at(-1), [20, 'planned'], 'a test under way is none that a firing meets');
    const test = (await units())[1] as UowRecord;
    await fail(test);
    assert.equal((await rig.api.trigger(key)).isFailing, false);
    assert.equal((await rig.api.resendPlan(key, { from: NOON, to: NOON + DAY })).count, 0);
    await assert.rejects(execute({ kind: 'resend-execution', uowId: test.id }), { code: 'CONFLICT' });
    const other = { kind: 'test-trigger', owner: 'local', triggerId: 'new' } as const;
    await assert.rejects(execute(other), { code: 'NOT_FOUND' });
    await assert.rejects(execute({ ...other, target: { url: 'amqp:/x' } }), { code: 'INVALID_TARGET' });
    const hook = { url: 'https://example.com/other' };
    await assert.rejects(execute({ ...other, triggerId: 'a/b', target: hook }), { code: 'INVALID_ARGUMENT' });
    const sent = await execute({ ...other, target: hook, id: 'command-2' });
    const [uow] = await rig.store.uows([sent['execution'] as string]);
    assert.equal(executionOf(uow as UowRecord)?.tested?.target?.url, hook.url);
  });

  it('puts many, and says of each line why it was refused', async () => {
    const target = { url: 'https://example.com/' };
    const line = (triggerId: string, schedule = 'every 1m') => ({
      owner: 'local',
      triggerId,
      schedule,
      target,
    });
    const triggers = [line('a'), line('b', 'R/2027-02-30T00:00:00Z/P1D'), line('c')];
    const refused = await execute({ kind: 'put-triggers', triggers, atomic: true });
    assert.deepEqual([refused['created'], (refused['refused'] as JsonObject[])[0]?.['line']], [0, 2]);
    const some = await execute({ kind: 'put-triggers', triggers });
    assert.deepEqual([some['created'], some['changed'], some['unchanged']], [2, 0, 0]);
    const more = await execute({
      kind: 'put-triggers',
      triggers: [line('a'), line('a', 'every 2m'), line('c')],
    });
    assert.deepEqual([more['created'], more['changed'], more['unchanged']], [0, 1, 2]);
  });

  it('refuses a target that no courier serves or that lacks a secret, and an entry beside triggers', async () => {
    const refused: readonly (readonly [object, RegExp])[] = [
      [{ url: 'ftp://a.example/' }, /expected http, https, amqp, amqps, kafka or synergy/],
      [{ url: 'https://a.example/', headers: { a: '{{secret:b}}' } }, /there is no secret 'b' of local/],
    ];
    for (const [target, message] of refused)
      await assert.rejects(put('every 1m', { target: target as { url: string } }), {
        code: 'INVALID_TARGET',
        message,
      });
    const entry = { kind: 'add-freerun', processName: EVENTS, entryName: 'x', trigger: 'every 1h' } as const;
    await assert.rejects(execute(entry), { code: 'INVALID_ARGUMENT' });
  });

  it('keeps the newest executions of a trigger, and none that ended long ago', async () => {
    await put('R/2027-01-01T12:00:00Z/PT1S/ET1S', { missed: 'none' });
    for (const at of [15, 30, 45]) await goTo(NOON + at * SECOND);
    assert.equal((await units()).length, 45);
    const stopping = new AbortController().signal;
    await expireHistory(rig.services.shared, stopping);
    // One that is older waits for a worker still.
    const kept = (await seen()).map(([at]) => at);
    assert.deepEqual(kept, [15, ...Array.from({ length: KEPT }, (_, i) => 26 + i)]);
    await execute({ kind: 'pause-trigger', ...named });
    rig.clock.advance(8 * DAY);
    await expireHistory(rig.services.shared, stopping);
    const states = (await units()).map(({ state }) => state);
    assert.deepEqual(new Set(states), new Set(['REQUESTED']));
  });

  it('refuses more triggers than one owner may have, and says how many that are', async () => {
    const { shared } = rig.services;
    const services = {
      ...rig.services,
      shared: { ...shared, limits: { ...shared.limits, eventTriggers: 3 } },
    };
    const cause = { actor: 'test', reason: null, at: NOON, epoch: 1 };
    const target = { url: 'https://example.com/' };
    const line = (triggerId: string, owner = 'local') => ({ owner, triggerId, schedule: 'every 1h', target });
    const putOf = (triggerId: string, more: object = {}): Promise<JsonObject> =>
      putOne(services, { kind: 'put-trigger', ...line(triggerId), ...more }, cause);
    await putOf('a');
    const many = [line('a'), line('b'), line('b'), line('c'), line('d'), line('d', 'ann')];
    const { refused, ...counts } = await putMany(services, { kind: 'put-triggers', triggers: many }, cause);
    assert.deepEqual(counts, { created: 3, changed: 0, unchanged: 2 });
    const message = 'local has 3 of 3 event triggers: remove some, or raise the setting eventTriggers';
    assert.deepEqual(refused, [{ line: 5, code: 'CONFLICT', message }]);
    await assert.rejects(putOf('d'), { code: 'CONFLICT', message: /^local has 3 of 3 event triggers/ });
    await putOf('c', { schedule: 'every 2h' });
    await execute({ kind: 'remove-trigger', owner: 'local', triggerId: 'a' });
    await putOf('d');
  });

  it('refuses more firings a second than an owner may have, and says how many that are', async () => {
    const { shared } = rig.services;
    const services = {
      ...rig.services,
      shared: { ...shared, limits: { ...shared.limits, eventFirings: 2 } },
    };
    const cause = { actor: 'test', reason: null, at: NOON, epoch: 1 };
    const line = (triggerId: string, schedule: string, more: object = {}) => ({
      ...{ owner: 'local', triggerId, schedule, target: { url: 'https://example.com/' } },
      ...more,
    });
    const putLine = (...args: Parameters<typeof line>): Promise<JsonObject> =>
      putOne(services, { kind: 'put-trigger', ...line(...args) }, cause);
    await putLine('a', 'every 1s');
    await putLine('b', 'R/2027-01-01T00:00:00Z/PT2S');
    const refusal = (has: string, more: string): object => ({
      code: 'CONFLICT',
      message: `event triggers of local fire ${has} times a second, of 2 that they may, and this would be ${more} more: pause some, have some fire less often, or raise the setting eventFirings`,
    });
    await assert.rejects(putLine('c', 'every 1s'), refusal('1.5', '1'));
    await assert.rejects(putLine('b', 'R/2027-01-01T00:00:00Z/PT0.5S'), { code: 'INVALID_SCHEDULE' });
    // Another owner has as much, paused ones and those that fire once take nothing, and what is there may be put again.
    await putLine('c', 'every 1s', { owner: 'ann' });
    await putLine('c', 'every 1s', { on: false });
    await putLine('once', from(NOON + DAY, 'PT1S', 'ET5S', '0'));
    await putLine('a', 'every 1s', { payload: 1 });
    const resumed = { kind: 'resume-trigger', owner: 'local', triggerId: 'c' } as const;
    await assert.rejects(resume(services, resumed, cause), refusal('1.5', '1'));
    const lines = [line('d', 'every 4s'), line('a', 'every 4s'), line('c', 'every 1s', { on: true })];
    const triggers = [...lines, line('e', 'every 2s')];
    const { refused } = await putMany(services, { kind: 'put-triggers', triggers }, cause);
    assert.deepEqual(
      (refused as unknown as { line: number }[]).map((each) => each.line),
      [4],
    );
    await execute({ kind: 'remove-trigger', owner: 'local', triggerId: 'c' });
    await putLine('e', 'every 2s');
    const catalogue = await rig.services.events.planner.catalogue();
    assert.deepEqual(catalogue.usage('local'), { triggers: 5, rate: 1.5 });
    rig = await rig.restart();
    assert.deepEqual((await rig.services.events.planner.catalogue()).usage('local'), {
      triggers: 5,
      rate: 1.5,
    });
  });

  it('refuses a put that is for another revision', async () => {
    await put('every 1m');
    await assert.rejects(put('every 2m', { expectedVersion: 7 }), { code: 'VERSION_CHANGED' });
    assert.equal((await put('every 1m', { expectedVersion: 0 }))['changed'], false);
  });
});
