import assert from 'node:assert/strict';
import { entryChange, freerunSpec, getFact } from '../../db/collections.ts';
import { once } from 'node:events';
import { MongoClient } from 'mongodb';
import { toPending } from '../../db/mongo/records.ts';
import type { RecordDoc } from '../../db/mongo/records.ts';
import { openMongoStore } from '../../db/mongo/store.ts';
import type { Store } from '../../db/store.ts';
import { startFaultyMongo } from '../support/mongo-faults.ts';
import { startMongoProxy } from '../support/mongo-proxy.ts';
import type { Fate, MongoProxy } from '../support/mongo-proxy.ts';
import { startMongoServer, whyNoOwnMongo } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { freerunEntry, jobStart, uowInsert } from '../support/records.ts';
import { signalBoard } from '../support/signal-board.ts';
import { openMongoFixture } from './mongo-fixture.ts';
import type { MongoFixture } from './mongo-fixture.ts';
import { checkJournal, checkLives, group, live, start, unitOf } from './mongo-life.ts';

const missing = whyNoOwnMongo();
const ours = new Set(['insert', 'update', 'find', 'findAndModify']);

type Judge = (number: number, command: string) => Fate | Promise<Fate>;

/** A store that reaches the server through a proxy, which asks `judge` about its commands, numbered from 0. */
interface Judged {
  readonly store: Store;
  /** From now on; the commands of opening the store are not counted. */
  readonly judgeBy: (judge: Judge) => void;
  /** Commands that were judged. */
  readonly count: () => number;
  readonly close: () => Promise<void>;
}

const openJudged = async (server: MongoServer, url: string, patience: number): Promise<Judged> => {
  let judge: Judge | undefined;
  let count = 0;
  const proxy: MongoProxy = await startMongoProxy({
    port: server.port,
    judge: async (command) => (judge !== undefined && ours.has(command) ? judge(count++, command) : 'pass'),
  });
  const through = `${url.replace(String(server.port), String(proxy.port))}?directConnection=true`;
  const store = await openMongoStore(through, { patience, silence: 2000 });
  return {
    store,
    judgeBy: (next) => {
      judge = next;
      count = 0;
    },
    count: () => count,
    close: async () => {
      judge = undefined;
      await store.close();
      await proxy.close();
    },
  };
};

const periods = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(10 + index)}`);

describe(`MongoDB under faults${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
  this.timeout(180_000);
  let server: MongoServer;
  let fixture: MongoFixture;
  before(async function () {
    if (missing !== undefined) return this.skip();
    server = await startMongoServer();
  });
  after(() => (server as MongoServer | undefined)?.stop());
  beforeEach(async () => {
    fixture = await openMongoFixture(server);
  });
  afterEach(() => fixture.dispose());

  for (const fate of ['cut-before', 'cut-after'] as const) {
    it(`goes on when its connections are ${fate.replace('-', ' ')} any of its commands`, async () => {
      const judged = await openJudged(server, fixture.url, 20_000);
      const done: string[] = [];
      // Both the command and its repetition, which the driver sends by itself.
      for (let struck = 0; struck === 0 || judged.count() > struck + 2; struck++) {
        judged.judgeBy((number) => (number === struck || number === struck + 1 ? fate : 'pass'));
        const timeperiods = periods(`20150601${String(10 + struck)}`, 2);
        await live(judged.store, timeperiods);
        done.push(...timeperiods);
      }
      assert.ok(done.length > 20, 'every command was struck once');
      await judged.close();
      await checkLives(fixture.store, done);
      assert.equal(await fixture.store.repair(), 0);
    });
  }

  /** Work of one who is cut off for good at a command, as if it had been killed. */
  const cutOffIn = async (
    work: (store: Store) => Promise<unknown>,
    fate: 'cut-before' | 'cut-after',
    from: number,
  ): Promise<string | undefined> => {
    const judged = await openJudged(server, fixture.url, 0);
    judged.judgeBy((number) => (number < from ? 'pass' : number === from ? fate : 'cut-before'));
    const end = await work(judged.store).then(
      () => 'through',
      (error: unknown) => (error as { code?: string }).code,
    );
    await judged.close();
    return end;
  };
  const cutOff = (fate: 'cut-before' | 'cut-after', from: number, timeperiods: readonly string[]) =>
    cutOffIn((store) => live(store, timeperiods), fate, from);

  const isWhole = async (timeperiod: string): Promise<void> => {
    const job = await fixture.store.job({ processName: 'SiteHourly', timeperiod });
    const units = await fixture.store.uows([unitOf(timeperiod)]);
    assert.equal(units.length, job === undefined ? 0 : 1, 'a job has its unit');
  };

  for (const fate of ['cut-before', 'cut-after'] as const) {
    it(`is repaired after a crash ${fate.replace('cut-', '')} any of its commands`, async () => {
      let mended = 0;
      let end: string | undefined;
      for (let from = 0; end !== 'through'; from++) {
        const timeperiods = periods(`20150601${String(10 + from)}`, 2);
        end = await cutOff(fate, from, timeperiods);
        if (end !== 'through') assert.equal(end, 'STORE_UNREACHABLE');
        mended += await fixture.store.repair();
        assert.equal(await fixture.store.repair(), 0);
        for (const timeperiod of timeperiods) await isWhole(timeperiod);
        await checkJournal(fixture.store);
      }
      assert.ok(mended >= 4, 'some were left half written');
    });
  }

  /** Puts what is pending as programs before stored it: as documents, not as a text. */
  const spellOutPending = async (): Promise<void> => {
    const client = await MongoClient.connect(fixture.url);
    for (const name of ['job', 'unit_of_work']) {
      const records = client.db().collection<RecordDoc>(name);
      for await (const { _id, pending } of records.find({ 'pending.work': { $exists: true } }))
        if (pending) await records.updateOne({ _id }, { $set: { pending: toPending(pending) } });
    }
    await client.close();
  };

  it('finishes what a program of before left half written', async () => {
    const [timeperiod = ''] = periods('20150601', 1);
    let from = 0;
    const isHalf = async (): Promise<boolean> =>
      (await fixture.store.job({ processName: 'SiteHourly', timeperiod })) !== undefined;
    while (!(await isHalf())) assert.notEqual(await cutOff('cut-after', from++, [timeperiod]), 'through');
    assert.equal((await fixture.store.uows([unitOf(timeperiod)])).length, 0);
    await spellOutPending();
    assert.equal(await fixture.store.repair(), 1);
    await isWhole(timeperiod);
    await checkJournal(fixture.store);
  });

  it('finishes what a crash left before it changes the record again, without a repair', async () => {
    let finished = 0;
    for (let from = 0; ; from++) {
      const [timeperiod = ''] = periods(`20150601${String(10 + from)}`, 1);
      if ((await cutOff('cut-after', from, [timeperiod])) === 'through') break;
      const job = await fixture.store.job({ processName: 'SiteHourly', timeperiod });
      if (job?.state !== 'IN_PROGRESS') continue;
      const skip = { from: 'IN_PROGRESS', version: 1, event: 'skip', to: 'SKIPPED' } as const;
      const [unit] = await fixture.store.uows([unitOf(timeperiod)]);
      if (unit === undefined) finished++;
      const { state = 'REQUESTED', version = 1 } = unit ?? {};
      const cancel = {
        kind: 'uow',
        id: unitOf(timeperiod),
        event: 'cancel',
        to: 'CANCELED',
        set: {},
      } as const;
      const writes = state === 'PROCESSED' ? [] : [{ ...cancel, from: state, version } as const];
      assert.deepEqual(await fixture.store.commit([group(jobStart(timeperiod, skip), ...writes)]), [
        'applied',
      ]);
      await isWhole(timeperiod);
    }
    assert.ok(finished > 0, 'a unit was missing');
    await fixture.store.repair();
    await checkJournal(fixture.store);
  });

  it('finishes what a crash left of an entry, which was read before, when the entry is changed', async () => {
    const { store } = fixture;
    let finished = 0;
    let end: string | undefined;
    for (let from = 0; end !== 'through'; from++) {
      const key = { processName: 'Report', entryName: `entry-${from}` };
      const unit = `Report:entry-${from}/20150601000000#1`;
      const created = entryChange(undefined, freerunEntry(key), 'create');
      end = await cutOffIn((cut) => cut.commit([group(created, uowInsert(unit))]), 'cut-after', from);
      const [entry] = await store.collection(freerunSpec).getAll([key]);
      if (entry === undefined) continue;
      if ((await store.uows([unit])).length === 0) finished++;
      const change = entryChange(entry, { ...entry, on: false }, 'switch-off');
      assert.deepEqual(await store.commit([group(change)]), ['applied']);
      assert.equal((await store.uows([unit])).length, 1);
      const rows = await store.journal({ entityId: `Report:entry-${from}`, after: 0, limit: 9 });
      const edges = rows.flatMap(({ entityId, event }) => (entityId === unit ? [] : [event]));
      assert.deepEqual(edges, ['create', 'switch-off']);
    }
    assert.ok(finished > 0, 'a unit was missing');
  });

  it('has what a deposed scheduler began finished before anything is decided upon it', async () => {
    const timeperiod = '2015060100';
    const unit = unitOf(timeperiod);
    const judged = await openJudged(server, fixture.url, 0);
    const began = start(timeperiod);
    const old = { ...began.cause, epoch: await judged.store.beginEpoch() };
    await judged.store.commit([{ ...began, cause: old }]);
    const board = signalBoard();
    judged.judgeBy(async (_, command): Promise<Fate> => {
      if (command !== 'update') return 'pass';
      board.post('changing the unit');
      await board.next('go on');
      judged.judgeBy(() => 'cut-before');
      return 'pass';
    });
    const cancel = { kind: 'uow', id: unit, from: 'REQUESTED', version: 1, event: 'cancel' } as const;
    const job = { from: 'IN_PROGRESS', version: 1 } as const;
    const redo = jobStart(timeperiod, { ...job, event: 'reprocess', set: { relatedUow: null } });
    const begun = judged.store.commit([
      { cause: old, writes: [redo, { ...cancel, to: 'CANCELED', set: {} }] },
    ]);
    await board.next('changing the unit');
    const { store } = fixture;
    const next = { ...old, epoch: await store.beginEpoch() };
    assert.equal(await store.repair(), 0);
    board.post('go on');
    await assert.rejects(begun, { code: 'STORE_UNREACHABLE' });
    assert.equal((await store.uows([unit]))[0]?.state, 'CANCELED');
    // As one does who sees that the unit has ended, and knows of nothing else.
    const skip = jobStart(timeperiod, { ...job, event: 'skip', to: 'SKIPPED' });
    assert.deepEqual(await store.commit([{ cause: next, writes: [skip] }]), ['conflict']);
    const moved = await store.job(skip);
    assert.deepEqual([moved?.state, moved?.version, moved?.relatedUow], ['IN_PROGRESS', 2, null]);
    assert.deepEqual(await store.commit([{ cause: next, writes: [{ ...skip, version: 2 }] }]), ['applied']);
    await checkJournal(store);
    const epochs = (await store.journal({ after: 0, limit: 10 })).map((row) => row.epoch);
    assert.deepEqual(epochs, [1, 1, 1, 1, 2]);
    await judged.close();
  });

  it('loses nothing and does nothing twice while faults strike many of its commands', async () => {
    const database = new URL(fixture.url).pathname.slice(1);
    const faulty = await startFaultyMongo({ port: server.port, database, share: 0.1, timeout: 500 });
    const stores = await Promise.all(
      [1, 2].map(() => openMongoStore(faulty.url, { patience: 60_000, silence: 500 })),
    );
    const done = await Promise.all(
      stores.flatMap((store, index) =>
        [0, 1, 2].map(async (lane) => {
          const batches = Array.from({ length: 8 }, (_, round) =>
            periods(`2015060${String(index)}${String(lane)}${String(round)}`, 3),
          );
          for (const batch of batches) await live(store, batch);
          return batches.flat();
        }),
      ),
    );
    await Promise.all(stores.map((store) => store.close()));
    await faulty.close();
    assert.ok(
      Object.values(faulty.struck).every((count) => count > 0),
      JSON.stringify(faulty.struck),
    );
    await fixture.store.repair();
    await checkLives(fixture.store, done.flat());
  });

  it('goes on where it was when the server is killed and comes back', async () => {
    const done: string[] = [];
    let isOver = false;
    const lane = async (index: number): Promise<void> => {
      for (let round = 0; !isOver; round++) {
        const batch = periods(`201506${String(index)}${String(100 + round)}`, 2);
        await live(fixture.store, batch);
        done.push(...batch);
      }
    };
    const lanes = [0, 1, 2, 3].map(lane);
    for (let kill = 0; kill < 3; kill++) {
      const before = done.length;
      while (done.length < before + 8) await Promise.race([...lanes, getFact(fixture.store, 'tick')]);
      await server.kill();
      await server.restart();
    }
    isOver = true;
    await Promise.all(lanes);
    await fixture.store.repair();
    await checkLives(fixture.store, done);
  });

  it('tells the holder of a lock that it could not renew it, and gives it to no other before', async () => {
    const store = await openMongoStore(fixture.url, { lockTerm: 1500, patience: 0, silence: 200 });
    const lock = await store.tryLock('scheduler');
    assert.ok(lock?.lost);
    const taken = performance.now();
    const lost = once(lock.lost, 'abort');
    await server.kill();
    try {
      await lost;
      assert.ok(performance.now() - taken >= 1400);
    } finally {
      await server.restart();
    }
    while ((await fixture.store.tryLock('scheduler')) === undefined);
    await store.close();
  });

  it('says in one line that the server is gone, when its patience ends', async () => {
    // Long enough for a busy server to answer in: a server that is gone is waited for as long each time.
    const store = await openMongoStore(fixture.url, { patience: 300, silence: 3000 });
    await server.kill();
    try {
      const refused = { code: 'STORE_UNREACHABLE', message: /^mongodb:.* does not answer \(.*\): see that/ };
      await assert.rejects(store.commit([start('2015060100')]), refused);
      await assert.rejects(store.uows(['a']), refused);
      await assert.rejects(openMongoStore(fixture.url, { silence: 300, patience: 0 }), refused);
    } finally {
      await server.restart();
    }
    while ((await store.uows(['a']).catch(() => undefined)) === undefined);
    assert.deepEqual(await fixture.store.commit([start('2015060100')]), ['applied'], 'not written before');
    await store.close();
  });
});
