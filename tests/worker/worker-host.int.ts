import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerStore } from '../../db/store.ts';
import { SynergyError } from '../../domain/errors.ts';
import { brokenOff } from '../../domain/model/given-back.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import { attemptsOf } from '../../domain/strategy/retry-delay.ts';
import type { Queue } from '../../mq/queue.ts';
import { memoryLogger } from './memory-logger.ts';
import { createWorld, handler, isAlive, processOf, shell } from './world.ts';
import type { World } from './world.ts';

/** `object`, but the first `times` calls of `method` throw. */
const failing = <T extends object>(object: T, method: keyof T & string, times: number): T => {
  let left = times;
  return new Proxy(object, {
    get(target, property, receiver) {
      if (property !== method || left === 0) return Reflect.get(target, property, receiver) as unknown;
      left--;
      return () => Promise.reject(new Error('database is locked'));
    },
  });
};

describe('a worker host', () => {
  let world: World;
  const identity = processOf({ kind: 'identity' }, { name: 'Identity', concurrency: 1000 });

  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it('serves many processes, managed and freerun', async () => {
    const failer = processOf({ kind: 'failing', times: 1 }, { name: 'Failer' });
    const always = processOf({ kind: 'failing' }, { name: 'Always' });
    world.host([identity, failer, always]);
    assert.deepEqual(
      (await world.runAll([identity, failer, always])).map(({ state, error }) => [state, error]),
      [
        ['PROCESSED', null],
        ['INVALID', 'attempt 1 fails, as told'],
        ['INVALID', 'attempt 1 fails, as told'],
      ],
    );
    const [again] = await Promise.all([world.run(failer, { attempt: 1 })]);
    assert.deepEqual([again.state, again.attempt], ['PROCESSED', 2]);
  });

  it('starts on their instant what it claimed ahead, and waits for no clock that is far ahead', async () => {
    const live = processOf(handler('chatty'), { name: 'Live' });
    world.host([identity, live]);
    for (const entry of [identity, live]) {
      for (const ahead of [45, 3_600_000]) {
        const notBefore = Date.now() + ahead;
        const { state, startedAt, finishedAt } = await world.run(entry, { notBefore });
        assert.equal(state, 'PROCESSED');
        assert.ok(ahead > 45 || (startedAt ?? 0) >= notBefore);
        assert.ok((finishedAt ?? 0) >= (startedAt ?? Infinity));
      }
    }
  });

  it('leaves external processes to others', async () => {
    const external = processOf({ kind: 'external' }, { name: 'External' });
    const ids = await world.order(external, {}, 3);
    world.host([external, identity]);
    await world.run(identity);
    assert.deepEqual(await world.queue.depth(workQueue(external)), { ready: 3, taken: 0 });
    assert.deepEqual(
      (await world.store.uows(ids)).map(({ state }) => state),
      ['REQUESTED', 'REQUESTED', 'REQUESTED'],
    );
  });

  it('writes claim and end to the journal as its owner', async () => {
    world.host([identity], { owner: 'box:worker:1' });
    const { id } = await world.run(identity);
    const rows = await world.store.journal({ entityId: id, after: 0, limit: 10 });
    assert.deepEqual(
      rows.slice(1).map(({ event, from, to, actor }) => [event, from, to, actor]),
      [
        ['claim', 'REQUESTED', 'IN_PROGRESS', 'worker box:worker:1'],
        ['complete', 'IN_PROGRESS', 'PROCESSED', 'worker box:worker:1'],
      ],
    );
  });

  it('runs a unit once, however often it is rung for, and forgets rings for nothing', async () => {
    const entry = processOf(handler('chatty'));
    const [id = ''] = await world.order(entry);
    await world.queue.publish(workQueue(entry), [id, id, 'Work/2015060100#99', 'no id at all', '', id]);
    world.host([entry]);
    const last = await world.order(entry);
    await world.rung([id, ...last]);
    assert.equal((await world.uow(id)).attempt, 1);
    await world.until(async () => {
      const { ready, taken } = await world.queue.depth(workQueue(entry));
      return ready + taken === 0;
    });
  });

  it('runs at most `concurrency` units of a process at once, and so many', async () => {
    const entry = processOf(handler('untilAborted'), { concurrency: 3 });
    const host = world.host([entry], { timings: { heartbeat: 20, killGrace: 20 } });
    const ids = await world.order(entry, {}, 10);
    const running = async (): Promise<string[]> =>
      (await world.store.findUows({ states: ['IN_PROGRESS'], limit: 10 })).map(({ id }) => id);
    await world.until(async () => (await running()).length === 3);
    assert.deepEqual(host.stats(), { held: 3, running: 3 });
    for (let left = 10; left > 0; left--) {
      await world.until(async () => (await running()).length === Math.min(3, left));
      const [first = ''] = await running();
      await world.cancel(first);
      await world.rung([first]);
    }
    assert.equal(
      (await Promise.all(ids.map((id) => world.uow(id)))).filter(({ state }) => state === 'CANCELED').length,
      10,
    );
  });

  it('does not run a unit that was rung on the queue of another process', async () => {
    const other = processOf(handler('throws'), { name: 'Other' });
    const [id = ''] = await world.order(identity);
    await world.queue.publish(workQueue(other), [id]);
    world.host([other]);
    await world.rung([id]);
    const { state, error, retryAt, finishedAt } = await world.uow(id);
    assert.deepEqual([state, error], ['INVALID', 'was rung on the queue of Other']);
    assert.ok((retryAt ?? Infinity) <= (finishedAt ?? 0));
  });

  for (const [method, what] of [
    ['claim', 'serve Identity'],
    ['report', 'report to the store'],
  ] as const) {
    it(`gets over a store whose ${method} throws, and says so once`, async () => {
      const logger = memoryLogger();
      const store: WorkerStore = failing(world.store, method, 3);
      // A message whose unit could not be claimed comes back after a while: these come at once.
      const queue: Queue = {
        ...world.queue,
        // So that no ring comes before the report is made.
        capabilities: { ...world.queue.capabilities, commitLog: null },
        consume: (name, options) => {
          const consumer = world.queue.consume(name, options);
          return { ...consumer, nack: (messages) => consumer.nack(messages, 0) };
        },
      };
      const ids = await world.order(identity, {}, 5);
      world.host([identity], { store, queue, logger });
      await world.rung(ids);
      for (const id of ids) assert.equal((await world.uow(id)).state, 'PROCESSED');
      assert.deepEqual(
        logger.lines.map(({ message }) => message),
        [`cannot ${what}, trying again: Error: database is locked`, `can ${what} again`],
      );
    });
  }

  it('gets over a queue that cannot be rung', async () => {
    const logger = memoryLogger();
    // Once along with the report, once after it.
    const queue = failing(world.queue, 'publish', 2);
    const ids = await world.order(identity, {}, 5);
    world.host([identity], { queue, logger });
    await world.rung(ids);
    assert.deepEqual(
      logger.lines.map(({ message }) => message),
      ['cannot ring the scheduler, trying again: Error: database is locked', 'can ring the scheduler again'],
    );
  });

  it('has a report that comes too late recorded, not applied, and says so', async () => {
    const logger = memoryLogger();
    const entry = processOf(handler('untilAborted'));
    world.host([entry], { logger, timings: { heartbeat: 20 } });
    const [id = ''] = await world.order(entry);
    await world.until(async () => (await world.uow(id)).progress !== null);
    await world.cancel(id);
    await world.rung([id]);
    const late = await world.store.rejectedReports(10);
    assert.deepEqual(
      late.map(({ event, because }) => [event, because]),
      [['fail', 'the unit is CANCELED already']],
    );
    assert.deepEqual(
      logger.lines.map(({ message, fields }) => [message, fields['uow']]),
      [['a report came too late', id]],
    );
  });

  it('needs little of the processor for an instant unit', async () => {
    const ids = await world.order(identity, {}, 10_000);
    const before = process.cpuUsage();
    world.host([identity]);
    await world.rung(ids);
    const { user, system } = process.cpuUsage(before);
    const rate = Math.round(10_000 / ((user + system) / 1e6));
    assert.ok(rate > 6000, `${rate} units per second of processor time`);
    const { PROCESSED } = await world.store.countUows();
    assert.equal(PROCESSED, 10_000);
  });
});

describe('a worker host that stops', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());
  const entry = processOf(handler('untilAborted'));
  const begun = (id: string) => world.until(async () => (await world.uow(id)).progress !== null);

  it('may be stopped twice, but not started again', async () => {
    const host = world.host([entry]);
    host.start();
    await Promise.all([host.stop(), host.stop(0)]);
    await host.stop();
    assert.throws(
      () => host.start(),
      (error) => error instanceof SynergyError && error.code === 'STOPPED',
    );
  });

  it('may be stopped at any moment of its start', async () => {
    for (let turns = 0; turns < 8; turns++) {
      const host = world.host([entry]);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await host.stop();
    }
  });

  for (const isolation of ['host', 'process'] as const) {
    it(`takes no more, and counts what ends in time without having asked for its signal (${isolation})`, async () => {
      const file = join(world.dataDir, 'go');
      const slow = processOf(handler('untilFile', isolation), { concurrency: 1 });
      const host = world.host([slow]);
      const [first = '', second = ''] = await world.order(slow, { arguments: { file } }, 2);
      await begun(first);
      const stopped = host.stop(30_000);
      writeFileSync(file, '');
      await stopped;
      const { state, processed } = await world.uow(first);
      assert.deepEqual([state, processed], ['PROCESSED', 5]);
      assert.equal((await world.uow(second)).state, 'REQUESTED');
    });
  }

  it('tells what runs at once, and gives back what ends then, whatever it says', async () => {
    const traps = 'trap "echo told; exit 0" TERM; echo begun; sleep 1000 & wait';
    const told = processOf(shell(traps), { name: 'Told' });
    const half = processOf(handler('halfDone'), { name: 'Half' });
    const childRuns = processOf(handler('halfDone', 'process'), { name: 'Apart' });
    const host = world.host([told, half, childRuns], { timings: { killGrace: 600_000 } });
    const ids = (
      await Promise.all([told, half, childRuns].map((each) => world.order(each, { crashes: 1 })))
    ).flat();
    await world.lines(ids[0] ?? '', 1);
    for (const id of ids.slice(1)) await begun(id);
    await host.stop(600_000);
    for (const uow of await world.store.uows(ids)) {
      const { state, error, crashes, attempt, released, createdAt } = uow;
      assert.deepEqual([state, error, crashes, attempt], ['REQUESTED', brokenOff, 1, 1]);
      assert.deepEqual(released, { attempt: 1, at: createdAt });
      assert.equal(attemptsOf(uow), 0);
    }
    assert.deepEqual(
      (await world.lines(ids[0] ?? '', 2)).map(({ line }) => line),
      ['begun', 'told'],
    );
  });

  it('aborts what does not finish in time, for another worker to run at once', async () => {
    const host = world.host([entry]);
    const [id = ''] = await world.order(entry);
    await begun(id);
    await host.stop(10);
    const { state, error } = await world.uow(id);
    assert.deepEqual([state, error], ['REQUESTED', brokenOff]);
    assert.deepEqual(host.stats(), { held: 0, running: 0 });
    world.host([entry]);
    await world.until(async () => (await world.uow(id)).attempt === 2);
  });

  it('kills the commands that do not end when asked', async () => {
    const stubborn = processOf(shell('trap "" TERM; echo $$; while :; do sleep 1000; done'));
    const host = world.host([stubborn]);
    const [id = ''] = await world.order(stubborn);
    const [line] = await world.lines(id, 1);
    await host.stop(10);
    assert.ok(!isAlive(Number(line?.line)));
    assert.equal((await world.uow(id)).state, 'REQUESTED');
  });

  it('gives back last of all what cannot be ended, which is no crash', async () => {
    const logger = memoryLogger();
    const deaf = processOf(handler('deaf'));
    const host = world.host([deaf], { logger });
    const [id = ''] = await world.order(deaf);
    await begun(id);
    const before = performance.now();
    await host.stop(10);
    assert.ok(performance.now() - before < 2500);
    const { state, error, crashes } = await world.uow(id);
    assert.deepEqual([state, error, crashes], ['REQUESTED', brokenOff, 0]);
    assert.deepEqual(host.stats(), { held: 0, running: 0 });
    assert.deepEqual(
      logger.lines.map(({ message }) => message),
      ['units are given back whose handlers do not end'],
    );
  });
});
