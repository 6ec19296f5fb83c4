import assert from 'node:assert/strict';
import type { WorkerStore } from '../../../db/store.ts';
import { givenBack } from '../../../domain/model/given-back.ts';
import { stopwatch } from '../../../lib/stopwatch.ts';
import { memoryLogger } from '../memory-logger.ts';
import { createWorld, handler, processOf } from '../world.ts';
import type { World } from '../world.ts';

/** A store that carries a call out and then says that it timed out, `times` times; a call that answers no units does. */
const losing = (store: WorkerStore, method: 'claim' | 'uows', times: number): WorkerStore => {
  let left = times;
  return new Proxy(store, {
    get(target, property, receiver) {
      const value = Reflect.get(target, property, receiver) as unknown;
      if (property !== method) return value;
      return async (...given: readonly unknown[]) => {
        const answer = await (value as (...given: readonly unknown[]) => Promise<readonly unknown[]>)(
          ...given,
        );
        if (answer.length === 0 || left === 0) return answer;
        left--;
        throw new Error('timed out');
      };
    },
  });
};

describe('a unit whose claim was never answered', () => {
  let world: World;
  const timings = { heartbeat: 50, killGrace: 20 };
  const entry = processOf(handler('counted'));
  const journalOf = async (id: string): Promise<readonly (readonly [string, string | null])[]> => {
    const rows = await world.store.journal({ entityId: id, after: 0, limit: 20 });
    return rows.map(({ event, reason }) => [event, reason] as const);
  };

  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it('is not begun when the answer comes after the lease, but given back', async () => {
    let stoodStill = 0;
    const store: WorkerStore = {
      ...world.store,
      claim: async (ids, claim) => {
        const won = await world.store.claim(ids, claim);
        stoodStill = 60_000;
        return won;
      },
    };
    // A heart would have a stopwatch of its own.
    const startHeartbeat = () => ({ stop: () => Promise.resolve() });
    world.host([entry], { store, stopwatch: () => stopwatch() + stoodStill, startHeartbeat });
    const [id = ''] = await world.order(entry);
    await world.until(async () => (await world.uow(id)).state === 'PROCESSED');
    const events = (await journalOf(id)).map(([event]) => event);
    assert.deepEqual(events, ['request', 'claim', 'repost', 'claim', 'complete']);
  });

  it('is given back and run, by a host that holds nothing else', async () => {
    const logger = memoryLogger();
    const host = world.host([entry], { store: losing(world.store, 'claim', 1), logger, timings });
    const [id = ''] = await world.order(entry);
    await world.until(async () => (await world.uow(id)).state === 'PROCESSED');
    assert.deepEqual(await journalOf(id), [
      ['request', null],
      ['claim', null],
      ['repost', givenBack],
      ['claim', null],
      ['complete', null],
    ]);
    assert.equal((await world.uow(id)).attempt, 2);
    await world.until(() => host.stats().held === 0 && logger.lines.length === 3);
    // The next claim and the second renewal that lists the unit race for the last two lines.
    const [first, ...others] = logger.lines.map(({ message }) => message);
    assert.equal(first, 'cannot serve Work, trying again: Error: timed out');
    assert.deepEqual(others.sort(), [
      'can serve Work again',
      'units are given back whose claim was never answered',
    ]);
  });

  it('is given back however often, without a crash counted, beside others that run on', async () => {
    const waiting = processOf(handler('untilAborted'), { name: 'Waiting' });
    world.host([waiting], { timings, owner: 'one' });
    const [running = ''] = await world.order(waiting);
    await world.until(async () => (await world.uow(running)).progress !== null);
    world.host([waiting, entry], { store: losing(world.store, 'claim', 4), timings, owner: 'two' });
    const [id = ''] = await world.order(entry);
    await world.until(async () => (await world.uow(id)).state === 'PROCESSED');
    const { attempt, crashes } = await world.uow(id);
    assert.deepEqual([attempt, crashes], [5, 0]);
    assert.equal((await world.uow(running)).state, 'IN_PROGRESS');
    assert.deepEqual(await world.store.rejectedReports(10), []);
  });

  it('is given back when the store could not be asked about it at first', async () => {
    const store = losing(losing(world.store, 'claim', 1), 'uows', 2);
    const logger = memoryLogger();
    world.host([entry], { store, timings, logger });
    const [id = ''] = await world.order(entry);
    await world.until(async () => (await world.uow(id)).state === 'PROCESSED');
    assert.deepEqual((await journalOf(id))[2], ['repost', givenBack]);
    const refused = logger.lines.filter(({ message }) => message.startsWith('cannot look at units'));
    assert.equal(refused.length, 2);
  });
});
