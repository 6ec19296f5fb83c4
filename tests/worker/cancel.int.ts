import assert from 'node:assert/strict';
import type { WorkerSpec } from '../../domain/model/process.ts';
import { createWorld, handler, isAlive, processOf, shell } from './world.ts';
import type { World } from './world.ts';

const HEARTBEAT = 400;
const GRACE = 200;
/** For a machine that is busy with something else. */
const SLACK = 400;

describe('a unit that is canceled while it runs', () => {
  let world: World;
  const timings = { heartbeat: HEARTBEAT, killGrace: GRACE, progress: 1 };

  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  /** Cancels a run once it has said something; resolves with what it says then and how long that took. */
  const cancelOf = async (worker: WorkerSpec) => {
    const entry = processOf(worker);
    const host = world.host([entry], { timings });
    const [id = ''] = await world.order(entry);
    const [first] = await world.lines(id, 1);
    const expiry = async (): Promise<number | undefined> => (await world.uow(id)).lease?.expiresAt;
    const claimed = await expiry();
    // The heartbeat's thread takes its time to start.
    await world.until(async () => (await expiry()) !== claimed);
    const before = performance.now();
    await world.cancel(id);
    const took = (): number => Math.round(performance.now() - before);
    return { id, host, first: first?.line ?? '', took };
  };
  const assertWithin = (took: number, limit: number): void =>
    assert.ok(took < limit + SLACK, `it took ${took} ms`);
  const assertRejected = async (id: string): Promise<void> => {
    await world.rung([id]);
    const { state, finishedAt } = await world.uow(id);
    assert.deepEqual([state, finishedAt], ['CANCELED', null]);
    const late = await world.store.rejectedReports(10);
    assert.deepEqual(
      late.map((report) => [report.id, report.attempt, report.event, report.because]),
      [[id, 1, 'fail', 'the unit is CANCELED already']],
    );
  };

  for (const isolation of ['host', 'process'] as const) {
    it(`aborts a handler within a heartbeat (${isolation})`, async () => {
      const { id, host, took } = await cancelOf(handler('tellsAbort', isolation));
      const [, second] = await world.lines(id, 2);
      assertWithin(took(), HEARTBEAT);
      assert.equal(second?.line, 'aborted: the unit was canceled or its lease lost');
      await assertRejected(id);
      assert.deepEqual(host.stats(), { held: 0, running: 0 });
    });
  }

  it('leaves a handler of the host behind that does not heed it', async () => {
    const { id, host, took } = await cancelOf(handler('deafTeller'));
    await world.until(() => host.stats().running === 0);
    assertWithin(took(), HEARTBEAT + GRACE);
    await assertRejected(id);
    assert.deepEqual(host.stats(), { held: 0, running: 0 });
  });

  it("kills a handler's process that does not heed it", async () => {
    const { id, first, took } = await cancelOf(handler('stubbornTeller', 'process'));
    await world.until(() => !isAlive(Number(first)));
    assertWithin(took(), HEARTBEAT + GRACE);
    await assertRejected(id);
  });

  it('kills the process group of a command that does not heed it', async () => {
    const script = 'trap "" TERM; sh -c \'trap "" TERM; while :; do sleep 1000; done\' & echo $!; wait';
    const { id, first, took } = await cancelOf(shell(script));
    await world.until(() => !isAlive(Number(first)));
    assertWithin(took(), HEARTBEAT + GRACE);
    await assertRejected(id);
  });
});
