import assert from 'node:assert/strict';
import { once } from 'node:events';
import { MongoClient, ObjectId } from 'mongodb';
import type { Db } from 'mongodb';
import {
  entryChange,
  boxSpec,
  expiredJobSpec,
  expiredJournalSpec,
  factSpec,
  finishCommand,
  freerunSpec,
  getFact,
  listCommands,
  putFact,
} from '../../db/collections.ts';
import { openMongoStore } from '../../db/mongo/store.ts';
import type { Lock, Store } from '../../db/store.ts';
import type { FreerunEntryRecord } from '../../domain/model/record.ts';
import { cutOf } from '../../domain/retention/journal.ts';
import { startChild } from '../support/child.ts';
import { startMongoServer, whyNoMongo } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { freerunEntry, freshUow, jobStart, uowInsert } from '../support/records.ts';
import { openMongoFixture } from './mongo-fixture.ts';
import type { MongoFixture } from './mongo-fixture.ts';
import { start } from './mongo-life.ts';

const missing = whyNoMongo();
const day = { start: '2015060100', end: '2015060200' };

interface VisitDoc {
  readonly _id: number | string;
  readonly timeperiod: string;
  readonly host?: string;
  readonly at?: Date;
  readonly value?: number;
}

interface LockDoc {
  readonly _id: string;
  readonly expiresAt: number;
}

describe(`MongoDB store${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
  this.timeout(60_000);
  let server: MongoServer;
  let fixture: MongoFixture;
  let store: Store;
  let client: MongoClient;
  let db: Db;
  before(async function () {
    if (missing !== undefined) return this.skip();
    server = await startMongoServer();
  });
  after(() => (server as MongoServer | undefined)?.stop());
  beforeEach(async () => {
    fixture = await openMongoFixture(server);
    store = fixture.store;
    client = await MongoClient.connect(fixture.url);
    db = client.db();
  });
  afterEach(async () => {
    await client.close();
    await fixture.dispose();
  });

  it('does a step of retention to the end that was cut off, however often', async () => {
    const entity = 'SiteHourly/2015060100';
    const cause = { actor: 'scheduler', reason: null, at: 1, epoch: 1 };
    for (let version = 0; version < 20; version++) {
      const edge =
        version % 2 === 0
          ? ({ from: 'EMBRYO', event: 'start', to: 'IN_PROGRESS' } as const)
          : ({ from: 'IN_PROGRESS', event: 'reprocess', to: 'EMBRYO' } as const);
      await store.commit([{ cause, writes: [jobStart('2015060100', { version, ...edge })] }]);
    }
    const rows = await store.journal({ entityId: entity, after: 0, limit: 99 });
    const cut = cutOf(undefined, rows.slice(0, 3), { id: '1', before: 2 });
    const step = { _id: '1' as unknown as ObjectId, journal: cut?.journal, begunAt: new Date() };
    const left = async (): Promise<number> =>
      (await store.journal({ entityId: entity, after: 0, limit: 99 })).length;
    await db.collection('expiry_step').insertOne(step);
    assert.equal(await store.repair(60_000), 0);
    assert.equal(await store.repair(), 1);
    assert.equal(await left(), 17);
    assert.deepEqual(await store.collection(expiredJournalSpec).list(), [cut?.journal]);
    const next = await store.expireTransitions({ id: '2', epoch: 1, entity, before: 2 });
    assert.equal(next?.transitions, 1);
    // By who stood still over the step after it.
    await db.collection('expiry_step').insertOne(step);
    assert.equal(await store.repair(), 1);
    assert.equal(await left(), 16);
    assert.deepEqual(await store.collection(expiredJournalSpec).list(), [next.journal]);
    assert.equal(await db.collection('expiry_step').countDocuments(), 0);
  });

  it('changes no entry that another changed since it was read', async () => {
    const cause = { actor: 'scheduler', reason: null, at: 1, epoch: 1 };
    const other = await fixture.connect();
    const key = { processName: 'Report', entryName: 'weekly' };
    const read = async (): Promise<FreerunEntryRecord> => {
      const [entry] = await store.collection(freerunSpec).getAll([key]);
      return entry ?? assert.fail('it is there');
    };
    const write = (by: Store, change: ReturnType<typeof entryChange>) =>
      by.commit([{ cause, writes: [change] }]);
    await write(other, entryChange(undefined, freerunEntry(), 'create'));
    const seen = await read();
    const off = entryChange(seen, { ...seen, on: false }, 'switch-off');
    assert.deepEqual(await write(other, off), ['applied']);
    const fired = entryChange(seen, { ...seen, lastFiredAt: 7 }, 'fire');
    assert.deepEqual(await write(store, fired), ['conflict']);
    assert.deepEqual(await read(), off.record);
    const on = entryChange(off.record, { ...off.record, on: true }, 'switch-on');
    assert.deepEqual(await write(store, on), ['applied']);
  });

  it('deletes an entry to the end after a crash, unless a user has made it anew', async () => {
    const entity = 'Report:weekly';
    const cause = { actor: 'scheduler', reason: null, at: 1, epoch: 1 };
    const write = async (change: ReturnType<typeof entryChange>): Promise<FreerunEntryRecord> => {
      assert.deepEqual(await store.commit([{ cause, writes: [change] }]), ['applied']);
      return change.record;
    };
    const created = await write(entryChange(undefined, freerunEntry(), 'create'));
    const removed = await write(entryChange(created, { ...created, removed: true }, 'remove'));
    const rows = () => store.journal({ entityId: entity, after: 0, limit: 9 });
    const cut = cutOf(undefined, await rows(), { id: '1', before: 2 });
    const key = { processName: 'Report', entryName: 'weekly' };
    const step = {
      ...{ _id: '1' as unknown as ObjectId, journal: cut?.journal, begunAt: new Date() },
      removed: { ...key, version: 2 },
    };
    const begins = () => store.collection(expiredJournalSpec).list();
    const anew = await write(entryChange(removed, { ...freerunEntry(), removed: false }, 'create'));
    await db.collection('expiry_step').insertOne(step);
    await store.repair();
    assert.deepEqual(await store.collection(freerunSpec).get(key), anew);
    assert.deepEqual([(await rows()).length, await begins()], [1, [cut?.journal]]);
    const again = await write(entryChange(anew, { ...anew, removed: true }, 'remove'));
    const at = { id: '2', epoch: 1, entity, before: 2, removed: { ...key, version: again.version } };
    assert.equal((await store.expireTransitions(at))?.transitions, 2);
    assert.deepEqual(
      [await store.collection(freerunSpec).get(key), await rows(), await begins()],
      [undefined, [], []],
    );
    // By who stood still until the entry had begun another life.
    const other = await write(entryChange(undefined, freerunEntry(), 'create'));
    await db.collection('expiry_step').insertOne(step);
    await store.repair();
    assert.deepEqual([await store.collection(freerunSpec).get(key), await begins()], [other, []]);
    assert.equal((await rows()).length, 1);
  });

  it('keeps entries, commands, boxes and facts of a version that had documents by hand for them', async () => {
    const docs = (name: string) => db.collection<{ _id: string; [field: string]: unknown }>(name);
    const command = { kind: 'fire-managed', arguments: '{"processName":"Hour"}', actor: 'ann', reason: null };
    await docs('command').insertMany([
      { _id: 'z', order: 1, ...command, createdAt: 3, state: 'done', finishedAt: 4, result: '{"id":"x"}' },
      { _id: 'a', order: 2, ...command, createdAt: 5, state: 'open', finishedAt: null, result: null },
    ]);
    const places = { boxId: 'one', unit: 'worker', desired: 'on', actual: 'running', pid: 12, startedAt: 1 };
    const usage = { restarts: 2, lastExit: null, rssBytes: 3, cpuPercent: 4.5, updatedAt: 6 };
    await docs('box_configuration').insertOne({ _id: 'one/worker', ...places, ...usage });
    await docs('fact').insertOne({ _id: 'mx/address', name: 'mx/address', value: '"here"' });
    const gone = { processName: 'Hour', timeperiod: '2015060100', uows: 2, step: '1-1-1' };
    await docs('expired_job').insertOne({ _id: 'Hour/2015060100', ...gone, head: null });
    assert.deepEqual(await store.collection(expiredJobSpec).list(), [gone]);
    const commands = async () =>
      (await listCommands(store, { limit: 10 })).map(({ id, state, result }) => [id, state, result]);
    assert.deepEqual(await commands(), [
      ['a', 'open', null],
      ['z', 'done', { id: 'x' }],
    ]);
    const ofHour = await listCommands(store, { entity: 'Hour', limit: 10 });
    assert.deepEqual(
      ofHour.map(({ id, entity }) => [id, entity]),
      [
        ['a', 'Hour'],
        ['z', 'Hour'],
      ],
    );
    await finishCommand(store, 'a', { state: 'done', result: { id: 'y' }, finishedAt: 8 });
    await finishCommand(store, 'z', { state: 'done', result: { id: 'y' }, finishedAt: 8 });
    assert.deepEqual(await commands(), [
      ['a', 'done', { id: 'y' }],
      ['z', 'done', { id: 'x' }],
    ]);
    assert.deepEqual(await store.collection(boxSpec).list(), [{ ...places, ...usage }]);
    assert.equal(await getFact(store, 'mx/address'), 'here');
    await putFact(store, 'mx/address', 'there');
    assert.equal(await getFact(store, 'mx/address'), 'there');
    assert.equal(await docs('fact').countDocuments(), 1);
  });

  it('leaves out what another program made unreadable, tells of it, and does not repair it', async () => {
    await putFact(store, 'sound', 1);
    await putFact(store, 'broken', 2);
    assert.deepEqual(await fixture.store.setUnreadableAside({ actor: 'x', reason: null, at: 0, epoch: 0 }), {
      file: undefined,
      done: [],
    });
    await db.collection<{ _id: string }>('fact').updateOne({ _id: 'broken' }, { $set: { value: '{"a":' } });
    const facts = await store.collection(factSpec).list();
    assert.deepEqual(
      facts.map(({ name }) => name),
      ['sound'],
    );
    assert.deepEqual(await store.unreadable('all'), [{ table: 'fact', key: ['broken'], column: 'value' }]);
    await assert.rejects(getFact(store, 'broken'), {
      code: 'VALUE_UNREADABLE',
      message: /^value of fact broken/,
    });
    await assert.rejects(fixture.store.setUnreadableAside({ actor: 'x', reason: null, at: 0, epoch: 0 }), {
      code: 'VALUE_UNREADABLE',
      message: /^value of fact broken cannot be read back, .* mongosh, then run 'synergy db check' again$/,
    });
    assert.equal(await db.collection('fact').countDocuments(), 2);
  });

  it('loads more jobs than fit a page, each once and in order', async () => {
    const timeperiods = Array.from({ length: 10_001 }, (_, index) => String(1_000_000_000 + index));
    const job = { state: 'PROCESSED', version: 2, failures: 0, redo: false, uowCount: 1, relatedUow: null };
    const docs = timeperiods.map((timeperiod) => ({
      _id: `Hourly ${timeperiod}`,
      processName: 'Hourly',
      timeperiod,
      ...job,
    }));
    await db.collection<{ readonly _id: string }>('job').insertMany(docs);
    const pages: number[] = [];
    const loaded: string[] = [];
    for await (const page of store.loadJobs()) {
      pages.push(page.timeperiods.length);
      loaded.push(...page.timeperiods);
    }
    assert.deepEqual(pages, [5000, 5000, 1]);
    assert.deepEqual(loaded, timeperiods);
  });

  it('reads what earlier versions wrote, which lacks fields', async () => {
    const uow = freshUow('a');
    await store.commit([{ cause: { actor: 'x', reason: null, at: 1, epoch: 1 }, writes: [uowInsert('a')] }]);
    await db.collection('unit_of_work').updateMany({}, { $unset: { released: '', notBefore: '' } });
    assert.deepEqual(await store.uows(['a']), [uow]);
    const entry: FreerunEntryRecord = {
      ...{ processName: 'Mail', entryName: 'daily', trigger: 'every 1h', arguments: {}, on: true },
      ...{ overlap: 'skip', missed: 'last', description: '', origin: 'user', relatedUow: null },
      ...{
        lastFiredAt: 4000,
        seenUntil: 5000,
        buffered: false,
        owedArguments: null,
        createdAt: 1,
        updatedAt: 1,
      },
      ...{ removed: false, version: 0 },
    };
    await store.collection(freerunSpec).put(entry);
    assert.deepEqual(await store.collection(freerunSpec).list(), [entry]);
    await db
      .collection('freerun_process')
      .updateMany({}, { $unset: { seenUntil: '', removed: '', version: '' } });
    const read = { ...entry, seenUntil: 4000 };
    assert.deepEqual(await store.collection(freerunSpec).list(), [read]);
    const change = entryChange(read, { ...read, on: false }, 'switch-off');
    const cause = { actor: 'x', reason: null, at: 1, epoch: 1 };
    assert.deepEqual(await store.commit([{ cause, writes: [change] }]), ['applied']);
    assert.deepEqual(await store.collection(freerunSpec).list(), [{ ...read, on: false, version: 1 }]);
  });

  it('keeps a block of changes on record until it is finished, or too old to be used', async () => {
    interface About {
      readonly _id: string;
      readonly open: readonly { readonly first: number; readonly at: number }[];
    }
    const about = db.collection<About>('about');
    const open = async () => (await about.findOne({ _id: 'sequence' }))?.open ?? [];
    await store.commit([start('2015060100')]);
    assert.equal(await store.repair(), 0);
    assert.deepEqual(await open(), []);
    const now = Date.now();
    const left = [
      { first: 8, end: 9, at: now - 11 * 60_000 },
      { first: 9, end: 10, at: now - 9 * 60_000 },
    ];
    await about.updateOne({ _id: 'sequence' }, { $set: { open: left } });
    const places = left.map(({ first, end }) => ({ first, end }));
    assert.deepEqual((await store.journalReach()).open, places);
    assert.equal(await store.repair(), 0);
    assert.deepEqual(
      (await open()).map(({ first }) => first),
      [9],
    );
  });

  it('leaves to others what they began lately', async () => {
    await store.commit([start('2015060100')]);
    await store.repair();
    await db.collection('transition').deleteMany({});
    const at = Date.now();
    await db
      .collection<{ _id: string }>('about')
      .updateOne({ _id: 'sequence' }, { $set: { open: [{ first: 1, end: 3, at }] } });
    assert.equal(await store.repair(60_000), 0);
    assert.equal(await store.repair(), 1);
    assert.equal((await store.journal({ limit: 9 })).length, 2);
  });

  describe('locks', () => {
    const locks = () => db.collection<LockDoc>('lock');
    /** Asks until it is had: the server's clock decides when. */
    const untilHad = async (asking: Store): Promise<Lock> => {
      for (;;) {
        const lock = await asking.tryLock('scheduler');
        if (lock !== undefined) return lock;
      }
    };

    it('are held for as long as their process lives, and on its machine no longer', async () => {
      const child = startChild(
        new URL('children/hold-mongo-lock.ts', import.meta.url),
        fixture.url,
        'scheduler',
      );
      assert.equal(await child.message(), 'held');
      assert.equal(await store.tryLock('scheduler'), undefined);
      await child.kill();
      assert.ok(await store.tryLock('scheduler'));
    });

    it('of another machine expire when they are not renewed', async () => {
      const brief = await openMongoStore(fixture.url, { lockTerm: 600 });
      assert.ok(await brief.tryLock('scheduler'));
      // Its process is alive, but not here; and it does not know of the new holder.
      await locks().updateOne({ _id: 'scheduler' }, { $set: { machine: 'elsewhere', holder: 'somebody' } });
      assert.equal(await store.tryLock('scheduler'), undefined);
      await (await untilHad(store)).release();
      await brief.close();
    });

    it('are kept by renewing them', async () => {
      const brief = await openMongoStore(fixture.url, { lockTerm: 300 });
      const lock = await brief.tryLock('scheduler');
      const expiry = async (): Promise<number> =>
        (await locks().findOne({ _id: 'scheduler' }))?.expiresAt ?? 0;
      const first = await expiry();
      while ((await expiry()) < first + 900) assert.equal(await store.tryLock('scheduler'), undefined);
      assert.equal(lock?.lost?.aborted, false);
      await brief.close();
      assert.ok(await store.tryLock('scheduler'), 'closing gives it back');
    });

    it('are had again by a process that stood still until they were over', async () => {
      const brief = await openMongoStore(fixture.url, { lockTerm: 300 });
      const lock = await brief.tryLock('scheduler');
      assert.ok(lock?.lost);
      const lost = once(lock.lost, 'abort');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
      await lost;
      assert.ok(await brief.tryLock('scheduler'));
      await brief.close();
    });

    it('tell their holder when another process has them', async () => {
      const brief = await openMongoStore(fixture.url, { lockTerm: 300 });
      const lock = await brief.tryLock('scheduler');
      assert.ok(lock?.lost);
      const lost = once(lock.lost, 'abort');
      await locks().updateOne({ _id: 'scheduler' }, { $set: { holder: 'somebody' } });
      await lost;
      await lock.release();
      assert.equal(await locks().countDocuments(), 1, 'what another process holds is not released');
      await brief.close();
    });
  });

  describe('sources', () => {
    it('may be collections of other programs', async () => {
      const at = new Date('2015-06-01T00:00:00Z');
      await db.collection<VisitDoc>('visits').insertMany([
        { _id: 7, timeperiod: '2015060100', host: 'a', at },
        { _id: 8, timeperiod: '2015060101', value: 5 },
        { _id: 9, timeperiod: '2015060200', host: 'late' },
        { _id: 'no number', timeperiod: '2015060100' },
      ]);
      assert.deepEqual(await store.data.rows('visits', day, { from: 0, to: 99 }, 10), [
        { id: 7, timeperiod: '2015060100', value: { host: 'a', at: '2015-06-01T00:00:00.000Z' } },
        { id: 8, timeperiod: '2015060101', value: { value: 5 } },
      ]);
      assert.deepEqual(await store.data.extent('visits', day), { lowest: 7, highest: 8 });
    });

    it('cannot be the records of the scheduler, nor have names that MongoDB does not know', async () => {
      const refused = (name: string, message: RegExp) =>
        assert.rejects(store.data.extent(name, day), { code: 'INVALID_ARGUMENT', message });
      await refused('unit_of_work', /^'unit_of_work' cannot be a source or a sink: the scheduler's own/);
      await refused('system.users', /own records/);
      await refused('a$b', /cannot name a collection/);
      await assert.rejects(store.data.replaceDocuments('lock', '2015060100', []), {
        code: 'INVALID_ARGUMENT',
      });
    });
  });

  describe('sinks', () => {
    const documents = (value: number) =>
      Array.from({ length: 40 }, (_, index) => ({
        timeperiod: '2015060100',
        key: `k${String(10 + index)}`,
        value,
      }));

    it('show the documents of one run, while the next one replaces them', async () => {
      await store.data.replaceDocuments('site', '2015060100', documents(0));
      const other = await fixture.connect();
      let isOver = false;
      let reads = 0;
      const reader = async (): Promise<void> => {
        while (!isOver) {
          const found = await other.data.documents('site', day);
          assert.equal(found.length, 40);
          assert.equal(new Set(found.map(({ value }) => value)).size, 1);
          reads++;
        }
      };
      const reading = reader();
      for (let run = 1; run <= 20 || reads < 5; run++) {
        await store.data.replaceDocuments('site', '2015060100', documents(run));
      }
      isOver = true;
      await reading;
      assert.equal(await db.collection('site').countDocuments(), 40);
    });

    it('are cleared of what a run left that died long ago', async () => {
      const run = ObjectId.createFromTime(1_000_000_000);
      await db.collection('site').insertOne({ timeperiod: '2015060100', key: 'a', value: 1, run });
      assert.deepEqual(await store.data.documents('site', day), []);
      await store.data.replaceDocuments('site', '2015060100', documents(1));
      assert.equal(await db.collection('site').countDocuments(), 40);
    });
  });
});
