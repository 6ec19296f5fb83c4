import assert from 'node:assert/strict';
import { withMethods } from '../support/collections.ts';
import { commandSpec, getFact } from '../../db/collections.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { defineContext, freerunProcess } from '../../domain/model/define.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { SynergyError } from '../../domain/errors.ts';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import { openQueue } from '../../mq/registry.ts';
import type { Queue } from '../../mq/queue.ts';
import { instantRunner } from '../../worker/runners/instant.ts';
import { consumeQueue } from '../../worker/consume-queue.ts';
import { createScheduler } from '../../scheduler/scheduler.ts';
import type { Ending, Scheduler, SchedulerSettings } from '../../scheduler/scheduler.ts';
import type { ProcessContext } from '../../domain/model/process.ts';
import { contextOf, managed } from '../support/context.ts';
import { asAnn, manualClock, noHousekeeping, quietLog, testLimits } from '../support/rig.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { HeldUows } from '../../worker/leases/held-uows.ts';
import { createLeaseBoard } from '../../worker/leases/lease-board.ts';
import { createReporter } from '../../worker/reports/reporter.ts';
import { stopwatch } from '../../lib/stopwatch.ts';
import { workerTimings } from '../../worker/timings.ts';
import { noSubject } from '../support/records.ts';

const clock = { now: () => Date.now() };
const NOW = Date.UTC(2015, 5, 2, 0, 30);

const context = contextOf({
  site: {
    processes: [
      managed('Hour', 'hourly', { concurrency: 10, trigger: 'every 1h' }),
      managed('Day', 'daily', { blocking: 'children', trigger: 'every 1h' }),
    ],
  },
});

describe('scheduler at work', () => {
  let store: Store;
  let queue: Queue;
  const stops: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    const dataDir = tempFolder();
    store = await openStore('embedded', { dataDir, clock });
    queue = await openQueue('embedded', { dataDir, clock });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
    await queue.close();
    await store.close();
  });

  const create = async (more: Partial<SchedulerSettings> = {}): Promise<Scheduler> => {
    const start = Date.UTC(2015, 4, 31, 0);
    const base = {
      context,
      store,
      queue,
      clock,
      timetableClock: manualClock(NOW),
      start,
      limits: testLimits,
      housekeeping: noHousekeeping,
      log: quietLog,
    };
    const scheduler = await createScheduler({ ...base, ...more });
    stops.push(() => scheduler.stop());
    return scheduler;
  };

  /** Identity workers for all processes, as the worker host runs them. */
  const work = ({ processes }: ProcessContext): void => {
    const stopping = new AbortController();
    const base = { store, queue, clock, stopwatch, logger: quietLog, owner: 'test' };
    const tools = { ...base, timings: workerTimings };
    const reporter = createReporter({ ...tools, signal: stopping.signal });
    const shared = {
      maxCrashes: 3,
      held: new HeldUows({ ...tools, board: createLeaseBoard() }),
      reporter,
      appendLog: () => undefined,
      leaveBehind: () => undefined,
    };
    const loops = processes.map((entry) =>
      entry.kind === 'managed'
        ? consumeQueue(entry, instantRunner(0), {
            ...tools,
            ...shared,
            stopping: stopping.signal,
            kill: stopping.signal,
          })
        : Promise.resolve(),
    );
    stops.push(() => {
      stopping.abort();
      return Promise.all(loops);
    });
  };

  it('sees every period through to the end and says so once', async () => {
    const endings: Ending[] = [];
    const ended = new Promise<void>((resolve) => {
      void create({ until: NOW, onEnding: (ending) => (endings.push(ending), resolve()) }).then((scheduler) =>
        scheduler.start(),
      );
    });
    work(context);
    await ended;
    assert.deepEqual(endings, [{ ok: true, total: 48 + 2, givenUp: [] }]);
    const counts = await store.countUows();
    assert.equal(counts.PROCESSED, 48 + 2);
    assert.equal(counts.REQUESTED + counts.IN_PROGRESS + counts.INVALID, 0);
  });

  /** The queue, whose server answers as told when it is to make queues, for so many times. */
  const refusing = (code: ErrorCode, times: number): { queue: Queue; asked: () => number } => {
    let asked = 0;
    const declare: Queue['declare'] = (names) =>
      asked++ < times ? Promise.reject(new SynergyError(code, 'not now')) : queue.declare(names);
    return { queue: { ...queue, declare }, asked: () => asked };
  };

  it('rides out an outage that meets it at its beginning', async () => {
    const away = refusing('QUEUE_UNREACHABLE', 2);
    await (await create({ queue: away.queue })).start();
    assert.equal(away.asked(), 3);
  });

  it('does not begin where its queues cannot be made', async () => {
    const scheduler = await create({ queue: refusing('QUEUE_REFUSED', 1).queue });
    await assert.rejects(scheduler.start(), { code: 'QUEUE_REFUSED' });
  });

  it('stops while it rides out an outage at its beginning', async () => {
    const scheduler = await create({ queue: refusing('QUEUE_UNREACHABLE', Infinity).queue });
    const starting = scheduler.start();
    await Promise.all([assert.rejects(starting, { code: 'QUEUE_UNREACHABLE' }), scheduler.stop()]);
  });

  it('names what can never finish', async () => {
    const ending = new Promise<Ending>((resolve) => {
      void create({ until: NOW, onEnding: resolve }).then(async (scheduler) => {
        await scheduler.apiFor(asAnn).execute({ kind: 'set-managed', processName: 'Day', on: false });
        await scheduler.start();
      });
    });
    work(context);
    const found = await ending;
    assert.ok(!found.ok);
    assert.deepEqual(
      found.blockers.map(({ kind, processName, timeperiod }) => [kind, processName, timeperiod]),
      [
        ['process-off', 'Day', '2015053100'],
        ['process-off', 'Day', '2015060100'],
      ],
    );
  });

  it('carries out a command whose ring was lost', async () => {
    const key = { processName: 'Hour', timeperiod: '2015053100' };
    const carriedOut = new Promise<string>((resolve) => {
      const watched: Store = {
        ...store,
        ...withMethods(store, commandSpec, {
          compareAndSet: async (key, expected, set) => {
            const isDone = await store.collection(commandSpec).compareAndSet(key, expected, set);
            if (set.state !== 'open') resolve(`${key.id} ${set.state}`);
            return isDone;
          },
        }),
      };
      void create({ store: watched, limits: { ...testLimits, sweepInterval: 50 } }).then(
        async (scheduler) => {
          await scheduler.start();
          await store.collection(commandSpec).insertNew({
            ...{ id: 'c1', kind: 'skip', actor: 'ann', reason: null, arguments: key, createdAt: clock.now() },
            ...{ ...noSubject, state: 'open', finishedAt: null, result: null },
          });
        },
      );
    });
    assert.equal(await carriedOut, 'c1 done');
    assert.equal((await store.job(key))?.state, 'SKIPPED');
  });

  it('fires entries again when the clock was ahead for a moment that its chores slept through', async () => {
    const mail = { name: 'mail', trigger: 'every 15m', overlap: 'allow' } as const;
    // Has the clock of the triggers wake each second.
    const beat = { name: 'beat', trigger: 'every 1s', missed: 'none' } as const;
    const process = freerunProcess({ name: 'Mail', identity: true, entries: [mail, beat] });
    const hand = manualClock(NOW);
    const first = Date.UTC(2015, 5, 2, 0, 45);
    const fired = async (id: string): Promise<void> => {
      while ((await store.uows([id])).length === 0) await delay(10);
    };
    // The clock of the chores does not show it at all.
    const alone = defineContext({ processes: [process], trees: [] });
    await (await create({ context: alone, timetableClock: hand })).start();
    hand.set(first);
    await fired('Mail:mail/20150602004500#1');
    hand.set(NOW);
    while ((await getFact(store, 'freerun-replay')) === undefined) await delay(10);
    hand.set(first);
    await fired('Mail:mail/20150602004500#2');
  }).timeout(60_000);

  it('carries out commands that were stored while it was not there', async () => {
    const record = {
      id: 'c1',
      kind: 'skip',
      actor: 'ann',
      reason: 'no data',
      state: 'open',
      finishedAt: null,
      result: null,
    } as const;
    const key = { processName: 'Hour', timeperiod: '2015053100' };
    await store
      .collection(commandSpec)
      .insertNew({ ...record, ...noSubject, arguments: key, createdAt: clock.now() });
    const scheduler = await create();
    await scheduler.start();
    assert.equal((await store.collection(commandSpec).get({ id: 'c1' }))?.state, 'done');
    assert.equal(scheduler.apiFor(asAnn).node(key).state, 'SKIPPED');
    const [last] = await store.journal({ entityId: 'Hour/2015053100', limit: 1 });
    assert.deepEqual([last?.actor, last?.reason], ['user ann', 'no data']);
  });

  it('is the only one on its store', async () => {
    const first = await create();
    await assert.rejects(create(), { code: 'STORE_LOCKED' });
    await first.stop();
    await (await create()).start();
  });

  it('may be stopped in the middle of its start: nothing goes on behind its back', async () => {
    const consume = queue.consume.bind(queue);
    let open = 0;
    queue.consume = (...given) => {
      const consumer = consume(...given);
      open++;
      return { ...consumer, close: () => (open--, consumer.close()) };
    };
    const scheduler = await create();
    const starting = scheduler.start();
    await Promise.all([scheduler.stop(), scheduler.stop()]);
    await starting;
    assert.equal(open, 0);
  });

  it('survives a store that fails while it looks for the end', async () => {
    const uows = store.uows.bind(store);
    let failures = 0;
    const failed = new Promise<void>((resolve) => {
      store.uows = (ids) => {
        if (ids.length > 0) return uows(ids);
        if (++failures === 2) resolve();
        return Promise.reject(new Error('store away'));
      };
    });
    const scheduler = await create({ until: NOW });
    await scheduler.start();
    await failed;
    store.uows = uows;
    await scheduler.stop();
  });

  it('may be stopped before its start, twice, and refuses commands afterwards', async () => {
    const scheduler = await create();
    await scheduler.stop();
    await scheduler.stop();
    await scheduler.start();
    const request = { kind: 'fire-managed', processName: 'Hour' } as const;
    await assert.rejects(scheduler.apiFor(asAnn).execute(request), { code: 'STOPPED' });
    assert.equal((await store.countUows()).REQUESTED, 0);
  });
});
