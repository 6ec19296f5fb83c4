import assert from 'node:assert/strict';
import type { WorkerStore } from '../../../db/store.ts';
import type { StartHeartbeat } from '../../../worker/leases/heartbeat.ts';
import { stopwatch } from '../../../lib/stopwatch.ts';
import { memoryLogger } from '../memory-logger.ts';
import { createWorld, handler, isAlive, processOf, shell } from '../world.ts';
import type { World } from '../world.ts';

/** A heart that never gets through to the store. */
const cutOff: StartHeartbeat = () => ({ stop: () => Promise.resolve() });

describe('a worker that cannot renew its leases', () => {
  let world: World;
  const timings = { lease: 1000, killGrace: 100, progress: 1 };
  const why = 'aborted: its lease could not be renewed in time';

  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  const firstEvents = async (id: string): Promise<readonly (readonly [string, string | null])[]> => {
    const rows = await world.store.journal({ entityId: id, after: 0, limit: 3 });
    return rows.map(({ event, reason }) => [event, reason] as const);
  };

  it('aborts its runs when the lease is over, and gives them back', async () => {
    const entry = processOf(handler('tellsAbort'));
    const logger = memoryLogger();
    const began = stopwatch();
    world.host([entry], { startHeartbeat: cutOff, timings, logger });
    const [id = ''] = await world.order(entry);
    const [, second] = await world.lines(id, 2);
    assert.ok(stopwatch() - began >= timings.lease, 'it did not wait for the end of the lease');
    assert.equal(second?.line, why);
    await world.until(async () => (await firstEvents(id)).length === 3);
    assert.deepEqual(await firstEvents(id), [
      ['request', null],
      ['claim', null],
      ['repost', why],
    ]);
    assert.deepEqual(logger.lines[0], {
      level: 'warn',
      message: 'a run is aborted whose lease could not be renewed in time',
      fields: { uow: id },
    });
  });

  it('kills the process group of a command that does not heed it', async () => {
    const entry = processOf(
      shell('trap "" TERM; sh -c \'trap "" TERM; while :; do sleep 1000; done\' & echo $!; wait'),
    );
    world.host([entry], { startHeartbeat: cutOff, timings });
    const [id = ''] = await world.order(entry);
    const [first] = await world.lines(id, 1);
    await world.until(() => !isAlive(Number(first?.line)));
    await world.until(async () => (await firstEvents(id)).at(2)?.[1] === why);
  });

  it('reports what was finished in time, however late the store takes it', async () => {
    let until = Infinity;
    const store: WorkerStore = {
      ...world.store,
      report: (...given) => {
        until = Math.min(until, stopwatch() + 2 * timings.lease);
        return stopwatch() < until ? Promise.reject(new Error('away')) : world.store.report(...given);
      },
    };
    const entry = processOf(handler('counted'));
    world.host([entry], { store, startHeartbeat: cutOff, timings });
    const [id = ''] = await world.order(entry);
    await world.until(async () => (await world.uow(id)).state !== 'IN_PROGRESS' && until < Infinity);
    const { state, attempt, processed } = await world.uow(id);
    assert.deepEqual([state, attempt, processed], ['PROCESSED', 1, 12]);
  });
});
