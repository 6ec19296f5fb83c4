import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from '../../boot/check/invariants.ts';
import { openMongoStore } from '../../db/mongo/store.ts';
import type { Store } from '../../db/store.ts';
import type { MovableStore } from '../../db/transfer.ts';
import { SynergyError } from '../../domain/errors.ts';
import { nextJobState } from '../../domain/machine/transition.ts';
import type { JobKey } from '../../domain/model/record.ts';
import { UOW_STATUS_QUEUE, workQueue } from '../../domain/model/queue-name.ts';
import { openQueue } from '../../mq/registry.ts';
import type { Queue } from '../../mq/queue.ts';
import { createScheduler } from '../../scheduler/scheduler.ts';
import { createStandby } from '../../scheduler/standby.ts';
import type { Scheduler, SchedulerSettings } from '../../scheduler/scheduler.ts';
import { contextOf, managed } from '../support/context.ts';
import { startMongoProxy } from '../support/mongo-proxy.ts';
import type { MongoProxy } from '../support/mongo-proxy.ts';
import { startMongoServer, whyNoMongo } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { manualClock, quietLog, noHousekeeping, testLimits } from '../support/rig.ts';
import { signalBoard } from '../support/signal-board.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { openMongoFixture } from '../db/mongo-fixture.ts';
import type { MongoFixture } from '../db/mongo-fixture.ts';

const missing = whyNoMongo();
const clock = { now: () => Date.now() };
const START = Date.UTC(2015, 4, 31);
const NOW = Date.UTC(2015, 5, 2, 0, 30);
const LOCK_TERM = 1500;
const limits = { ...testLimits, sweepInterval: 200, resubmitAfter: 500 };

const context = contextOf({
  site: {
    processes: [
      managed('Hour', 'hourly', { concurrency: 3, trigger: 'every 1h' }),
      managed('Day', 'daily', { blocking: 'children', trigger: 'every 1h' }),
    ],
  },
});

/** Commands before which a commit is stopped on its way to the server. */
const stops = {
  'its places in the journal are reserved': 'findAndModify about',
  'its first change is made': 'update job',
} as const;

describe(`a scheduler that takes over${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
  this.timeout(60_000);
  let server: MongoServer;
  let fixture: MongoFixture;
  const ends: (() => Promise<unknown>)[] = [];
  before(async function () {
    if (missing !== undefined) return this.skip();
    server = await startMongoServer();
  });
  after(() => (server as MongoServer | undefined)?.stop());
  beforeEach(async () => {
    fixture = await openMongoFixture(server);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await fixture.dispose();
  });

  const open = async (url: string): Promise<MovableStore> => {
    const store = await openMongoStore(url, { lockTerm: LOCK_TERM, silence: 60_000 });
    ends.push(() => store.close());
    return store;
  };

  /** A queue, and a worker that takes what is rung in it. */
  const openRings = async (): Promise<Queue> => {
    const queue = await openQueue('embedded', { dataDir: tempFolder(), clock });
    ends.push(() => queue.close());
    for (const entry of context.processes) {
      const name = workQueue(entry);
      await queue.declare([name]);
      const consumer = queue.consume(name, { visibilityTimeout: 30_000, maxDeliveries: 9, prefetch: 10 });
      const serve = async (): Promise<void> => {
        for (
          let messages = await consumer.take(10);
          messages.length > 0;
          messages = await consumer.take(10)
        ) {
          await work(
            messages.map(({ body }) => body),
            queue,
          );
          await consumer.ack(messages);
        }
      };
      const serving = serve().catch(() => undefined);
      ends.push(() => consumer.close().then(() => serving));
    }
    return queue;
  };
  const work = async (ids: readonly string[], queue: Queue): Promise<void> => {
    const { store } = fixture;
    const units = await store.claim(ids, { owner: 'w', expiresAt: clock.now() + 15_000, now: clock.now() });
    const answer = { event: 'complete', processed: 1, aggregated: 0, error: null, retryAt: null } as const;
    const reports = units.map(({ id, attempt, token }) => ({ id, attempt, token: token ?? '', ...answer }));
    await store.report('w', reports, clock.now());
    await queue.publish(UOW_STATUS_QUEUE, ids);
  };

  const settingsFor = async (store: Store): Promise<SchedulerSettings> => ({
    context,
    store,
    queue: await openRings(),
    clock,
    timetableClock: manualClock(NOW),
    start: START,
    limits,
    housekeeping: noHousekeeping,
    log: quietLog,
    until: NOW,
  });

  /** A store that can be stopped on its way to the server, and goes on where it was. */
  const openStoppable = async () => {
    const board = signalBoard();
    let stopAt: string | undefined;
    let stopped: Promise<void> | undefined;
    let goOn = (): void => undefined;
    const proxy: MongoProxy = await startMongoProxy({
      port: server.port,
      judge: async (command, target) => {
        if (`${command} ${String(target)}` === stopAt && stopped === undefined) {
          stopped = new Promise((resolve) => (goOn = resolve));
          board.post('stopped');
        }
        await stopped;
        return 'pass';
      },
    });
    ends.push(() => proxy.close());
    return {
      store: await open(
        `${fixture.url.replace(String(server.port), String(proxy.port))}?directConnection=true`,
      ),
      stopAt: (command: string) => {
        stopAt = command;
        return board.next('stopped');
      },
      goOn: () => {
        stopAt = undefined;
        goOn();
      },
    };
  };

  const takeOver = async (settings: SchedulerSettings): Promise<Scheduler> => {
    for (;;) {
      try {
        return await createScheduler(settings);
      } catch (error) {
        assert.ok(error instanceof SynergyError && error.code === 'STORE_LOCKED', String(error));
        await sleep(50);
      }
    }
  };

  /** A scheduler at work that has done a part of it, and one that stands by and has followed it so far. */
  const openBoth = async (seen: (store: Store) => Store = (store) => store) => {
    const board = signalBoard();
    const warnings: string[] = [];
    const old = await createScheduler(await settingsFor(await open(fixture.url)));
    ends.push(() => old.stop());
    await old.start();
    const { store } = fixture;
    const second = seen(await open(fixture.url));
    const settings: SchedulerSettings = {
      ...(await settingsFor(second)),
      log: { ...quietLog, warn: (text) => warnings.push(text) },
      onEnding: ({ ok }) => board.post('ended', ok),
    };
    const standby = createStandby(settings);
    const look = (): Promise<void> => standby.look(new AbortController().signal);
    await look();
    while ((await store.countUows()).PROCESSED < 20) await look();
    const lead = async (): Promise<Scheduler> => {
      const next = await createScheduler(settings, standby);
      ends.push(() => next.stop());
      return next;
    };
    return { board, warnings, old, standby, look, lead };
  };

  it('goes on from the timetable that it followed, and loads none', async () => {
    let loads = 0;
    const loading = signalBoard();
    const { board, warnings, old, lead } = await openBoth((store) => ({
      ...store,
      loadJobs: () => {
        loads++;
        loading.post('loads', loads);
        return store.loadJobs();
      },
    }));
    assert.equal(loads, 1);
    await assert.rejects(lead(), /another scheduler is at work/);
    await old.stop();
    const next = await lead();
    assert.equal(loads, 1);
    assert.equal(await loading.next('loads'), 1);
    await next.start();
    assert.equal(await board.next('ended'), true);
    assert.equal(await loading.next('loads'), 2);
    await next.stop();
    assert.deepEqual(warnings, []);
    const evidence = {
      situation: 'done',
      now: clock.now(),
      context,
      timetable: { start: START, now: NOW },
      limits: { ...limits, recovery: 30_000, killGrace: 0 },
    } as const;
    const { violations, counts } = await checkInvariants(fixture.store, { evidence });
    assert.deepEqual([violations, counts.jobs], [[], 50]);
  });

  it('finds a job of which it missed a row, and does what there is to do', async () => {
    const { warnings, old, look, lead } = await openBoth((store) => ({
      ...store,
      journal: async (filter) => (await store.journal(filter)).filter(({ event }) => event !== 'reprocess'),
    }));
    await old.stop();
    await look();
    const { store } = fixture;
    const finished = (await store.findUows({ processName: 'Hour', states: ['PROCESSED'], limit: 1 }))[0];
    const job = await store.job(finished as JobKey);
    assert.ok(job?.state === 'PROCESSED');
    const { processName, timeperiod, state: from, version, uowCount } = job;
    const to = nextJobState(timeperiod, from, 'reprocess', uowCount > 0);
    const set = { relatedUow: null, failures: 0, redo: true };
    const write = {
      kind: 'job',
      processName,
      timeperiod,
      from,
      version,
      event: 'reprocess',
      to,
      set,
    } as const;
    const cause = { actor: 'user ann', reason: 'so', at: clock.now(), epoch: await store.latestEpoch() };
    assert.deepEqual(await store.commit([{ cause, writes: [write] }]), ['applied']);
    const next = await lead();
    await next.start();
    const isDone = async (): Promise<boolean> => {
      const now = await store.job(job);
      return now?.state === 'PROCESSED' && now.version > version + 1;
    };
    while (!(await isDone())) await sleep(20);
    await next.stop();
    assert.ok(
      warnings.some((text) => text.startsWith('the timetable that was followed differs')),
      String(warnings),
    );
  });

  for (const [where, command] of Object.entries(stops)) {
    it(`leaves no room for one that was stopped before ${where}, and then goes on`, async () => {
      const board = signalBoard();
      const slow = await openStoppable();
      const outcomes: string[] = [];
      const commit: Store['commit'] = (groups) => {
        const committing = slow.store.commit(groups);
        committing.then(
          () => outcomes.push('done'),
          (error: unknown) => outcomes.push(error instanceof SynergyError ? error.code : String(error)),
        );
        return committing;
      };
      const old = await createScheduler({
        ...(await settingsFor({ ...slow.store, commit })),
        onDeposed: () => board.post('deposed'),
      });
      ends.push(() => old.stop());
      await old.start();
      const { store } = fixture;
      while ((await store.countUows()).PROCESSED < 5);
      await slow.stopAt(command);
      const before = outcomes.length;

      const next = await takeOver({
        ...(await settingsFor(await open(fixture.url))),
        onEnding: ({ ok }) => board.post('ended', ok),
      });
      ends.push(() => next.stop());
      await next.start();
      const seen = (await store.countUows()).PROCESSED;
      while ((await store.countUows()).PROCESSED < seen + 5);
      slow.goOn();
      await board.next('deposed');
      await old.stop();
      assert.equal(await board.next('ended'), true);
      await next.stop();

      const after = outcomes.slice(before);
      assert.ok(after.length > 0);
      // What it had places for, the other one has changed by then, so that it would need others.
      assert.ok(after.every((outcome) => outcome === 'DEPOSED'));
      const evidence = {
        situation: 'done',
        now: clock.now(),
        context,
        timetable: { start: START, now: NOW },
        limits: { ...limits, recovery: 30_000, killGrace: 0 },
      } as const;
      const { violations, counts } = await checkInvariants(store, { evidence });
      assert.deepEqual(violations, []);
      assert.deepEqual(counts, { transitions: 2 * 50 + 3 * 50, jobs: 50, uows: 50 });
      const rows = await store.journal({ after: 0, limit: 1000 });
      assert.deepEqual([...new Set(rows.map((row) => row.epoch))], [1, 2]);
    });
  }
});
