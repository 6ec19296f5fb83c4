import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { heartbeatThread, runHeartbeat } from '../../../worker/leases/heartbeat.ts';
import type { Renewal } from '../../../worker/leases/heartbeat.ts';
import { createLeaseBoard } from '../../../worker/leases/lease-board.ts';
import { memoryLogger } from '../memory-logger.ts';
import { createWorld, handler, processOf } from '../world.ts';
import type { World } from '../world.ts';

/** Longer than the pause after a failure. */
const INTERVAL = 1000;

describe('the heartbeat', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it('keeps the leases while a handler blocks the event loop', async () => {
    const waiting = processOf(handler('untilAborted'), { name: 'Waiting' });
    const entry = processOf(handler('busy'));
    const logger = memoryLogger();
    const timings = { lease: 4000, heartbeat: 50, progress: 0, killGrace: 20 };
    world.host([waiting, entry], { timings, logger });
    const [first = ''] = await world.order(waiting);
    const expiry = async (): Promise<number> => (await world.uow(first)).lease?.expiresAt ?? 0;
    await world.until(async () => (await expiry()) > 0);
    const claimed = await expiry();
    await world.until(async () => (await expiry()) > claimed);
    const [id = ''] = await world.order(entry, { arguments: { ms: 5500 } });
    await world.until(async () => (await world.uow(id)).progress !== null);
    const { lease, progress } = await world.uow(id);
    assert.ok((lease?.expiresAt ?? 0) > (progress?.done ?? Infinity), 'the lease has run out meanwhile');
    assert.deepEqual(
      await world.store.overdueUows({ state: 'IN_PROGRESS', before: progress?.done ?? 0, limit: 10 }),
      [],
    );
    assert.deepEqual(logger.lines, [], 'the host did not see that its leases were renewed');
  });

  it('does not touch the store while no unit is held, and renews while one is', async () => {
    const board = createLeaseBoard();
    const { port1, port2 } = new MessageChannel();
    let renewals = 0;
    let looks = 0;
    const counting = {
      renewLeases: (owner: string, expiresAt: number) => {
        renewals++;
        return world.store.renewLeases(owner, expiresAt);
      },
    };
    const clock = {
      now: () => {
        looks++;
        return Date.now();
      },
    };
    const settings = { owner: 'me', interval: 1, lease: 1000, board: board.buffer };
    const heart = runHeartbeat({ store: counting, clock, port: port2, settings, stopwatch: () => 42.7 });
    const first = new Promise<{ renewal: Renewal }>((resolve) => port1.once('message', resolve));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.deepEqual([renewals, looks, board.round()], [0, 0, 0]);
    board.hold(1);
    assert.deepEqual((await first).renewal, { round: 1, ids: [] });
    assert.deepEqual(board.lastRenewed(), { round: 1, at: 42 });
    board.hold(-1);
    port1.postMessage('stop');
    await heart;
    port1.close();
  });

  it('says that the leases cannot be renewed, and goes on without waiting for the next beat', async () => {
    const board = createLeaseBoard();
    board.hold(1);
    const { port1, port2 } = new MessageChannel();
    let times = 0;
    const store = {
      renewLeases: () => (++times === 1 ? Promise.reject(new Error('locked')) : Promise.resolve(['u'])),
    };
    const settings = { owner: 'me', interval: INTERVAL, lease: 1000, board: board.buffer };
    const heard: unknown[] = [];
    const began = performance.now();
    const through = new Promise<void>((resolve) =>
      port1.on('message', (message) => {
        heard.push(message);
        if (heard.length === 3) resolve();
      }),
    );
    const heart = runHeartbeat({ store, clock: { now: () => Date.now() }, port: port2, settings });
    await through;
    assert.ok(performance.now() - began < 2 * INTERVAL);
    assert.equal(board.lastRenewed().round, 2);
    assert.deepEqual(heard.slice(0, 3), [
      {
        type: 'log',
        level: 'warn',
        message: 'cannot renew the leases, trying again: Error: locked',
        fields: {},
      },
      { type: 'renewal', renewal: { round: 2, ids: ['u'] } },
      { type: 'log', level: 'info', message: 'can renew the leases again', fields: { failures: 1 } },
    ]);
    port1.postMessage('stop');
    await heart;
    port1.close();
  });

  it('comes back when its thread dies', async () => {
    const module = join(world.dataDir, 'thread.mjs');
    const flag = JSON.stringify(join(world.dataDir, 'flag'));
    writeFileSync(
      module,
      `import { existsSync, writeFileSync } from 'node:fs';
       import { parentPort, workerData } from 'node:worker_threads';
       if (!existsSync(${flag})) { writeFileSync(${flag}, ''); throw new Error('not today'); }
       parentPort.on('message', () => process.exit(0));
       parentPort.postMessage({ type: 'renewal', renewal: { round: 1, ids: [workerData.owner, workerData.settings.owner] } });`,
    );
    const logger = memoryLogger();
    const board = createLeaseBoard();
    const start = heartbeatThread(pathToFileURL(module), { owner: 'data' }, logger);
    const renewal = await new Promise<Renewal>((resolve) => {
      const heartbeat = start({ owner: 'me', interval: 1, lease: 1, board: board.buffer }, (heard) => {
        void heartbeat.stop().then(() => resolve(heard));
      });
    });
    assert.deepEqual(renewal, { round: 1, ids: ['data', 'me'] });
    assert.deepEqual(
      logger.lines.map(({ message }) => message),
      [
        'cannot keep the heartbeat thread running, trying again: Error: not today',
        'can keep the heartbeat thread running again',
      ],
    );
  });
});
