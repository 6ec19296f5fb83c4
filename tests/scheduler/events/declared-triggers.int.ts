import assert from 'node:assert/strict';
import { eventTriggerSpec } from '../../../db/event-collections.ts';
import { eventTrigger } from '../../../domain/event/define-trigger.ts';
import { executionOf, executionState } from '../../../domain/event/execution.ts';
import { eventsProcess } from '../../../domain/event/process.ts';
import { EVENTS } from '../../../domain/event/trigger.ts';
import type { EventTrigger } from '../../../domain/event/trigger.ts';
import { defineContext, freerunProcess } from '../../../domain/model/define.ts';
import type { DeclaredTrigger, EventTriggerOptions, ProcessContext } from '../../../domain/model/process.ts';
import type { Logger } from '../../../domain/logger.ts';
import type { CommandRequest } from '../../../scheduler/commands/check-command.ts';
import { openRig, quietLog } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const NOON = Date.UTC(2027, 0, 1, 12);
const MINUTE = 60_000;
const target = 'https://example.com/hook';
const MANY = 250;

const declared = (id: string, more: Partial<EventTriggerOptions> = {}): DeclaredTrigger =>
  eventTrigger({ id, schedule: 'R/2027-01-01T00:00:00Z/PT1M/ET5S', target, ...more });
const withTriggers = (...eventTriggers: DeclaredTrigger[]): ProcessContext =>
  defineContext({ processes: [eventsProcess(256, 7)], eventTriggers });

describe('event triggers of the context', () => {
  let rig: Rig;
  const warnings: string[] = [];
  const log: Logger = { ...quietLog, warn: (text) => void warnings.push(text) };
  beforeEach(async () => {
    warnings.length = 0;
    rig = await openRig(withTriggers(declared('a'), declared('b', { on: false })), { now: NOON, log });
  });
  afterEach(() => rig.close());

  const stored = (): Promise<EventTrigger[]> => rig.store.collection(eventTriggerSpec).list();
  const byId = async (id: string): Promise<EventTrigger | undefined> =>
    (await stored()).find((trigger) => trigger.id === id);
  const execute = (request: CommandRequest) => rig.api.execute({ reason: 'a test', ...request });
  const named = (triggerId: string) => ({ owner: 'local', triggerId });
  const seen = async (entry: string): Promise<(readonly [number, string])[]> =>
    (await rig.store.findUows({ processName: EVENTS, entryName: entry, order: 'oldest' })).map((uow) => [
      ((executionOf(uow)?.at ?? 0) - NOON) / MINUTE,
      executionState(uow),
    ]);

  it('are stored as the scheduler starts, and fire as all others', async () => {
    const found = (await stored()).map(({ id, on, origin, revision }) => [id, on, origin, revision]);
    assert.deepEqual(found, [
      ['a', true, 'context', 1],
      ['b', false, 'context', 1],
    ]);
    rig.clock.set(NOON + MINUTE);
    await rig.services.events.planner.plan();
    assert.deepEqual(await seen('local/a'), [[1, 'planned']]);
    assert.deepEqual(await seen('local/b'), []);
  });

  it('stay as they are over a start that brings nothing new', async () => {
    const before = await stored();
    rig.clock.advance(MINUTE);
    rig = await rig.restart();
    assert.deepEqual(await stored(), before);
  });

  it('are again as the context says, save that those that a user paused stay so', async () => {
    await execute({ kind: 'pause-trigger', ...named('a'), note: 'the target is moved' });
    await execute({ kind: 'resume-trigger', ...named('b') });
    await execute({
      kind: 'put-trigger',
      ...named('a'),
      schedule: 'every 1h',
      target: { url: target },
      payload: 1,
    });
    assert.equal((await byId('a'))?.origin, 'context');
    rig = await rig.restart();
    const [a, b] = await stored();
    assert.deepEqual([a?.schedule, a?.payload], ['R/2027-01-01T00:00:00Z/PT1M/ET5S', null]);
    assert.deepEqual([a?.on, a?.note, b?.on], [false, 'the target is moved', true]);
  });

  it('fire what was due before by the context before, and count from the start by another', async () => {
    rig.clock.set(NOON + MINUTE + 1_000);
    rig = await rig.restart(withTriggers(declared('a', { schedule: 'R/2027-01-01T00:00:30Z/PT1M/ET5S' })));
    assert.deepEqual(await seen('local/a'), [[1, 'planned']]);
    rig.clock.set(NOON + 3 * MINUTE);
    await rig.services.events.planner.plan();
    assert.deepEqual(
      (await seen('local/a')).map(([at]) => at),
      [1, 1.5, 2.5],
    );
  });

  it('go with the context, what waits of them is canceled, and those of users stay', async () => {
    await execute({ kind: 'put-trigger', ...named('own'), schedule: 'every 1h', target: { url: target } });
    rig.clock.set(NOON + MINUTE);
    await rig.services.events.planner.plan();
    rig = await rig.restart(withTriggers());
    assert.deepEqual(
      (await stored()).map(({ id }) => id),
      ['own'],
    );
    assert.deepEqual(await seen('local/a'), [[1, 'failed']]);
    // As a start without any in the context, too.
    rig = await rig.restart(withTriggers(declared('own')));
    assert.equal((await byId('own'))?.origin, 'context');
    rig = await rig.restart(defineContext({ processes: [eventsProcess(256, 7)] }));
    assert.deepEqual(await stored(), []);
  });

  it('are left alone by a start that plans none', async () => {
    rig = await rig.restart(defineContext({ processes: [freerunProcess({ name: 'None', identity: true })] }));
    assert.equal((await stored()).length, 2);
  });

  it('are not deleted by a user', async () => {
    await assert.rejects(execute({ kind: 'remove-trigger', ...named('a') }), {
      code: 'CONFLICT',
      message: 'event trigger local/a comes from the context: pause it, or remove it there',
    });
    assert.ok(await byId('a'));
  });

  it('are stored in bulk, as many as there are', async () => {
    const many = Array.from({ length: MANY }, (_, i) => declared(`t${i}`));
    rig = await rig.restart(withTriggers(...many));
    assert.equal((await stored()).length, MANY);
    rig = await rig.restart(withTriggers(...many.slice(1)));
    assert.equal((await stored()).length, MANY - 1);
  });

  it('are stored without the secret that their headers name, which is told', async () => {
    const headers = { authorization: 'Bearer {{secret:billing}}' };
    rig = await rig.restart(withTriggers(declared('a', { target: { url: target, headers } })));
    assert.deepEqual((await byId('a'))?.target.headers, headers);
    assert.match(warnings.join(), /need the secret 'billing' of local: see 'synergy trigger put-secret'/);
    warnings.length = 0;
    await execute({ kind: 'put-secret', owner: 'local', secretName: 'billing', value: 'a token' });
    rig = await rig.restart();
    assert.deepEqual(warnings, []);
  });
});
