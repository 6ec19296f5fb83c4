import { freshEntry, commandSubject } from '../../domain/model/entity.ts';
import assert from 'node:assert/strict';
import type { CommandQuery } from '../../db/collections.ts';
import {
  entryChange,
  boxSpec,
  commandSpec,
  finishCommand,
  freerunSpec,
  getFact,
  listCommands,
  managedSpec,
  putFact,
} from '../../db/collections.ts';
import fc from 'fast-check';
import type { Cause, IdRange, OverdueQuery, Store, UowChange, WriteGroup } from '../../db/store.ts';
import type { Report } from '../../domain/model/report.ts';
import { KEPT_REJECTED } from '../../db/rejection.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import type { Json } from '../../domain/model/process.ts';
import type { CommandRecord, FreerunEntryRecord, LogRecord, UowRecord } from '../../domain/model/record.ts';
import { freerunEntry, freshUow, jobStart, uowInsert, noSubject } from '../support/records.ts';
import { epochCases } from './epoch-cases.ts';
import { memberCases } from './member-cases.ts';
import { expiryCases } from './expiry-cases.ts';
import { collectionCases } from './collection-cases.ts';
import { valueCases } from './value-cases.ts';

/** A store with nothing in it, for one test. */
export interface StoreFixture {
  readonly store: Store;
  /** Another connection to the same store, as another process would have it. */
  readonly connect: () => Promise<Store>;
  /** Closes every connection and removes what was stored. */
  readonly dispose: () => Promise<void>;
}

const cause: Cause = { actor: 'scheduler', reason: 'a test', at: 5000, epoch: 3 };
const group = (...writes: WriteGroup['writes']): WriteGroup => ({ cause, writes });

const uowChange = (id: string, extra: Partial<UowChange> = {}): UowChange => ({
  kind: 'uow',
  id,
  from: 'REQUESTED',
  version: 1,
  event: 'cancel',
  to: 'CANCELED',
  set: {},
  ...extra,
});

const toReport = (uow: UowRecord, extra: Partial<Report> = {}): Report => ({
  id: uow.id,
  attempt: uow.attempt,
  token: uow.token ?? '',
  event: 'complete',
  processed: 7,
  aggregated: 2,
  error: null,
  retryAt: null,
  ...extra,
});

const claimOf = (owner: string) => ({ owner, expiresAt: 20_000, now: 5000 });

/** All events but those of ann. */
const except = [
  ['Events:', 'Events:ann/'],
  ['Events:ann0', 'Events;'],
] as const;
const isSeen = (id: string): boolean => !id.startsWith('Events:') || id.startsWith('Events:ann/');

const only = <T>(items: readonly T[]): T => {
  assert.equal(items.length, 1);
  return items[0] as T;
};

/** What every store has to do. */
export const storeContract = (name: string, open: () => Promise<StoreFixture>): void => {
  describe(`store contract: ${name}`, () => {
    let fixture: StoreFixture;
    let store: Store;
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
    });
    afterEach(() => fixture.dispose());

    const insert = async (...uows: UowRecord[]): Promise<void> => {
      const outcomes = await store.commit(uows.map((uow) => group({ kind: 'uow-insert', uow })));
      assert.deepEqual(
        outcomes,
        uows.map(() => 'applied'),
      );
    };
    const claimed = async (id: string, owner = 'box/w1'): Promise<UowRecord> => {
      await insert(freshUow(id));
      return only(await store.claim([id], claimOf(owner)));
    };

    describe('jobs', () => {
      it('have no record before their first change', async () => {
        assert.equal(await store.job({ processName: 'SiteHourly', timeperiod: '2015060100' }), undefined);
      });

      it('get a record by the first change, and a row in the journal', async () => {
        const change = jobStart('2015060100', { set: { relatedUow: 'u1', uowCount: 1 } });
        assert.deepEqual(await store.commit([group(change)]), ['applied']);
        assert.deepEqual(await store.job(change), {
          processName: 'SiteHourly',
          timeperiod: '2015060100',
          state: 'IN_PROGRESS',
          version: 1,
          relatedUow: 'u1',
          uowCount: 1,
          failures: 0,
          redo: false,
          consumed: null,
        });
        const row = only(await store.journal({ limit: 10 }));
        assert.deepEqual(
          { ...row, sequence: 0 },
          {
            sequence: 0,
            entityKind: 'job',
            entityId: 'SiteHourly/2015060100',
            version: 1,
            from: 'EMBRYO',
            to: 'IN_PROGRESS',
            event: 'start',
            at: 5000,
            actor: 'scheduler',
            reason: 'a test',
            epoch: 3,
            attempt: 0,
          },
        );
      });

      it('change what a change sets and keep the rest', async () => {
        await store.commit([
          group(jobStart('2015060100', { set: { relatedUow: 'u1', uowCount: 1, failures: 2 } })),
        ]);
        const finish = { from: 'IN_PROGRESS', version: 1, event: 'complete', to: 'PROCESSED' } as const;
        const set = { relatedUow: null, redo: true, consumed: { 'SiteHourly/2015053123': 3 } };
        assert.deepEqual(await store.commit([group(jobStart('2015060100', { ...finish, set }))]), [
          'applied',
        ]);
        const job = await store.job({ processName: 'SiteHourly', timeperiod: '2015060100' });
        assert.deepEqual(job, {
          processName: 'SiteHourly',
          timeperiod: '2015060100',
          state: 'PROCESSED',
          version: 2,
          relatedUow: null,
          uowCount: 1,
          failures: 2,
          redo: true,
          consumed: { 'SiteHourly/2015053123': 3 },
        });
      });

      it('refuse a change of another state, another version or another beginning', async () => {
        await store.commit([group(jobStart('2015060100'))]);
        const stale = [
          jobStart('2015060100'),
          jobStart('2015060100', { from: 'FINAL_RUN', version: 1 }),
          jobStart('2015060100', { from: 'IN_PROGRESS', version: 2 }),
          jobStart('2015060101', { from: 'IN_PROGRESS', version: 0 }),
          jobStart('2015060101', { from: 'IN_PROGRESS', version: 1 }),
        ];
        assert.deepEqual(
          await store.commit(stale.map((change) => group(change))),
          stale.map(() => 'conflict'),
        );
        assert.equal((await store.job({ processName: 'SiteHourly', timeperiod: '2015060100' }))?.version, 1);
        assert.equal(await store.job({ processName: 'SiteHourly', timeperiod: '2015060101' }), undefined);
        assert.equal((await store.journal({ limit: 10 })).length, 1);
      });

      it('keep failures noted before their first change, without a journal row', async () => {
        const key = { processName: 'SiteHourly', timeperiod: '2015060100' };
        await store.commit([group({ kind: 'job-note', ...key, failures: 2 })]);
        const noted = await store.job(key);
        assert.deepEqual([noted?.state, noted?.version, noted?.failures], ['EMBRYO', 0, 2]);
        assert.deepEqual(await store.journal({ limit: 10 }), []);
        assert.deepEqual(await store.commit([group(jobStart('2015060100'))]), ['applied']);
        const started = await store.job(key);
        assert.deepEqual([started?.state, started?.version, started?.failures], ['IN_PROGRESS', 1, 2]);
        await store.commit([group({ kind: 'job-note', ...key, failures: 3 })]);
        assert.deepEqual(await store.job(key), { ...started, failures: 3 });
      });

      it('are all loaded, process by process in order of time', async () => {
        await store.commit([
          group(jobStart('2015060101', { set: { relatedUow: 'u1', uowCount: 4, failures: 1, redo: true } })),
          group(jobStart('2015060100')),
          group(jobStart('2015060000', { processName: 'SiteMonthly', event: 'skip', to: 'SKIPPED' })),
        ]);
        const pages = [];
        for await (const page of store.loadJobs()) pages.push(page);
        pages.sort((a, b) => (a.processName < b.processName ? -1 : 1));
        assert.deepEqual(pages, [
          {
            processName: 'SiteHourly',
            timeperiods: ['2015060100', '2015060101'],
            states: ['IN_PROGRESS', 'IN_PROGRESS'],
            versions: [1, 1],
            uowCounts: [0, 4],
            redo: [false, true],
            failures: [0, 1],
            relatedUows: [null, 'u1'],
          },
          {
            processName: 'SiteMonthly',
            timeperiods: ['2015060000'],
            states: ['SKIPPED'],
            versions: [1],
            uowCounts: [0],
            redo: [false],
            failures: [0],
            relatedUows: [null],
          },
        ]);
      });
    });

    describe('groups of writes', () => {
      it('hold the beginning and the end of a unit of work that no worker is to have', async () => {
        const { uow } = uowInsert('expired');
        const end = uowChange('expired', {
          ...{ event: 'empty', to: 'NOOP', set: { finishedAt: 6000, error: 'too late' } },
        });
        const writes = [group({ kind: 'uow-insert', uow }, end)];
        assert.deepEqual(await store.commit(writes), ['applied']);
        assert.deepEqual(await store.commit(writes), ['conflict']);
        const [found] = await store.uows(['expired']);
        assert.deepEqual([found?.state, found?.version, found?.error], ['NOOP', 2, 'too late']);
        const rows = await store.journal({ entityId: 'expired', limit: 5 });
        assert.deepEqual(
          rows.map(({ version, event }) => [version, event]),
          [
            [2, 'empty'],
            [1, 'request'],
          ],
        );
        assert.deepEqual(await store.claim(['expired'], { owner: 'w', expiresAt: 9000, now: 6000 }), []);
      });

      it('happen as a whole or not at all, each for itself', async function () {
        if (!store.capabilities.atomicGroups) return this.skip();
        await insert(freshUow('taken'));
        const outcomes = await store.commit([
          group(jobStart('2015060100'), uowInsert('a')),
          group(jobStart('2015060101'), uowInsert('taken')),
          group(jobStart('2015060102'), uowInsert('b'), uowChange('taken', { version: 9 })),
          group(jobStart('2015060103'), uowChange('taken')),
        ]);
        assert.deepEqual(outcomes, ['applied', 'conflict', 'conflict', 'applied']);
        const timeperiods = ['2015060100', '2015060101', '2015060102', '2015060103'];
        const jobs = await Promise.all(
          timeperiods.map((timeperiod) => store.job({ processName: 'SiteHourly', timeperiod })),
        );
        assert.deepEqual(
          jobs.map((job) => job?.version),
          [1, undefined, undefined, 1],
        );
        const uows = await store.uows(['a', 'b', 'taken']);
        assert.deepEqual(
          uows.map(({ id, state }) => `${id} ${state}`),
          ['a REQUESTED', 'taken CANCELED'],
        );
        const journal = await store.journal({ after: 0, limit: 100 });
        assert.deepEqual(
          journal.map((row) => `${row.entityId} ${row.version}`),
          ['taken 1', 'SiteHourly/2015060100 1', 'a 1', 'SiteHourly/2015060103 1', 'taken 2'],
        );
      });

      it('see what the groups before them did', async () => {
        const ended = { from: 'IN_PROGRESS', version: 1, event: 'complete', to: 'PROCESSED' } as const;
        const outcomes = await store.commit([
          group(jobStart('2015060100')),
          group(jobStart('2015060100', ended), uowInsert('a')),
          group(jobStart('2015060100', ended)),
          group(jobStart('2015060101'), uowInsert('b')),
          group(uowChange('a', { version: 9 })),
          group(uowChange('a')),
        ]);
        assert.deepEqual(outcomes, ['applied', 'applied', 'conflict', 'applied', 'conflict', 'applied']);
        const job = await store.job({ processName: 'SiteHourly', timeperiod: '2015060100' });
        assert.deepEqual([job?.state, job?.version], ['PROCESSED', 2]);
        const uows = await store.uows(['a', 'b']);
        assert.deepEqual(
          uows.map(({ id, state, version }) => `${id} ${state} ${String(version)}`),
          ['a CANCELED 2', 'b REQUESTED 1'],
        );
        assert.equal((await store.journal({ after: 0, limit: 100 })).length, 6);
      });

      it('do not suffer from conflicts in commits made at the same time', async () => {
        await insert(freshUow('taken'));
        const commits = Array.from({ length: 50 }, (_, index) => {
          const timeperiod = String(2015060000 + index);
          const second = uowInsert(index % 10 === 5 ? 'taken' : `u${String(index)}`);
          return store.commit([group(jobStart(timeperiod), second)]);
        });
        const outcomes = (await Promise.all(commits)).flat();
        assert.deepEqual(
          outcomes,
          Array.from({ length: 50 }, (_, index) => (index % 10 === 5 ? 'conflict' : 'applied')),
        );
      });

      it('leave nothing to repair', async () => {
        await store.commit([group(jobStart('2015060100'), uowInsert('a')), group(uowInsert('b'))]);
        await store.claim(['a'], claimOf('box/w1'));
        assert.equal(await store.repair(), 0);
      });

      it('may be empty', async () => {
        assert.deepEqual(await store.commit([]), []);
        assert.deepEqual(await store.commit([group()]), ['applied']);
      });

      it('from two connections at once are all there afterwards, each once', async () => {
        const other = await fixture.connect();
        const rounds = 40;
        const run = async (connection: Store, prefix: string): Promise<void> => {
          for (let round = 0; round < rounds; round++) {
            const timeperiod = String(2015060000 + round);
            const started = jobStart(timeperiod, { processName: prefix });
            const shared = jobStart(timeperiod, { processName: 'Shared' });
            await connection.commit([group(started, uowInsert(`${prefix}${String(round)}`)), group(shared)]);
          }
        };
        await Promise.all([run(store, 'A'), run(other, 'B')]);
        const journal = await store.journal({ after: 0, limit: 1000 });
        assert.equal(new Set(journal.map((row) => `${row.entityId} ${row.version}`)).size, journal.length);
        const count = (prefix: string): number =>
          journal.filter((row) => row.entityId.startsWith(prefix)).length;
        assert.deepEqual([count('A'), count('B'), count('Shared')], [2 * rounds, 2 * rounds, rounds]);
      });
    });

    it('tells its size, which what is stored adds to', async () => {
      const begun = store.workedFor();
      const before = await store.size();
      const documents = Array.from({ length: 100 }, (_, i) => ({
        ...{ timeperiod: '2015060100', key: `${i}` },
        value: `${i}`.repeat(10_000),
      }));
      await store.data.replaceDocuments('page', '2015060100', documents);
      const { bytes, freeBytes } = await store.size();
      assert.ok(bytes - before.bytes > 1_000_000, `from ${before.bytes} to ${bytes}`);
      assert.ok(freeBytes === null || (freeBytes >= 0 && freeBytes < bytes));
      while (await store.shrink());
      assert.ok(store.workedFor() >= begun, 'its stopwatch goes forwards');
      assert.equal(
        (await store.data.documents('page', { start: '2015060100', end: '2015060101' })).length,
        100,
      );
    });

    epochCases(() => fixture);
    memberCases(() => fixture);
    expiryCases(() => fixture);

    describe('units of work', () => {
      it('come back as they were inserted', async () => {
        const text = fc.string({ unit: 'grapheme', minLength: 1 });
        const instant = fc.maxSafeNat();
        const uow = fc.record({
          processName: text,
          entryName: fc.option(text),
          sequence: fc.nat(),
          startId: fc.option(fc.maxSafeInteger()),
          endId: fc.option(fc.maxSafeInteger()),
          source: fc.option(text),
          arguments: fc.dictionary(text, fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<Json>, {
            noNullPrototype: true,
          }),
          createdAt: instant,
          submittedAt: instant,
          error: fc.option(text),
        });
        let count = 0;
        await fc.assert(
          fc.asyncProperty(uow, async (fields) => {
            const expected = freshUow(`u${String(++count)}`, fields);
            await insert(expected);
            assert.deepEqual(await store.uows([expected.id]), [JSON.parse(JSON.stringify(expected))]);
          }),
          { numRuns: 60 },
        );
      });

      it('are journaled as requested', async () => {
        await insert(freshUow('u1'));
        const row = only(await store.journal({ entityId: 'u1', limit: 10 }));
        assert.deepEqual(
          [row.entityKind, row.version, row.from, row.to, row.event, row.actor, row.attempt],
          ['uow', 1, null, 'REQUESTED', 'request', 'scheduler', 0],
        );
      });

      it('with an id that is taken are a conflict', async () => {
        await insert(freshUow('u1', { sink: 'first' }));
        assert.deepEqual(await store.commit([group(uowInsert('u1', { sink: 'second' }))]), ['conflict']);
        assert.equal(only(await store.uows(['u1'])).sink, 'first');
        assert.equal((await store.journal({ limit: 10 })).length, 1);
      });

      it('are read in the order of the ids, unknown ones left out', async () => {
        await insert(freshUow('a'), freshUow('b'));
        assert.deepEqual(
          (await store.uows(['b', 'unknown', 'a'])).map(({ id }) => id),
          ['b', 'a'],
        );
      });

      it('change what a change sets and keep the rest', async () => {
        const uow = await claimed('u1');
        const set = {
          endId: 9,
          lease: null,
          token: null,
          submittedAt: 6000,
          finishedAt: null,
          crashes: 1,
          retryAt: 7000,
          error: 'lease lost',
        };
        const repost = uowChange('u1', {
          from: 'IN_PROGRESS',
          version: 2,
          event: 'repost',
          to: 'REQUESTED',
          set,
        });
        assert.deepEqual(await store.commit([group(repost)]), ['applied']);
        assert.deepEqual(only(await store.uows(['u1'])), { ...uow, ...set, state: 'REQUESTED', version: 3 });
        const row = only(
          await store.journal({ entityId: 'u1', after: 0, limit: 10 }).then((rows) => rows.slice(2)),
        );
        assert.deepEqual(
          [row.version, row.from, row.to, row.event, row.attempt],
          [3, 'IN_PROGRESS', 'REQUESTED', 'repost', 1],
        );
      });

      it('can be given a lease by a change', async () => {
        await insert(freshUow('u1'));
        const lease = { owner: 'box/w9', expiresAt: 77 };
        await store.commit([group(uowChange('u1', { event: 'claim', to: 'IN_PROGRESS', set: { lease } }))]);
        assert.deepEqual(only(await store.uows(['u1'])).lease, lease);
      });

      it('refuse a change of another state or version, and of an unknown id', async () => {
        await insert(freshUow('u1'));
        const stale = [
          uowChange('u1', { version: 2 }),
          uowChange('u1', { from: 'INVALID' }),
          uowChange('u2'),
        ];
        assert.deepEqual(
          await store.commit(stale.map((change) => group(change))),
          stale.map(() => 'conflict'),
        );
        assert.equal(only(await store.uows(['u1'])).version, 1);
        assert.equal((await store.journal({ limit: 10 })).length, 1);
      });

      it('take notes only in the state the note is about, without a version', async () => {
        await insert(freshUow('u1'));
        const note = { kind: 'uow-note', id: 'u1' } as const;
        await store.commit([
          group({ ...note, state: 'REQUESTED', set: { submittedAt: 2000, endId: 5 } }),
          group({ ...note, state: 'INVALID', set: { submittedAt: 3000 } }),
          group({ ...note, state: 'REQUESTED', set: {} }),
        ]);
        const uow = only(await store.uows(['u1']));
        assert.deepEqual([uow.submittedAt, uow.endId, uow.version], [2000, 5, 1]);
        assert.equal((await store.journal({ limit: 10 })).length, 1);
      });

      it('are found by process, timeperiod, entry and state', async () => {
        const freerun = { kind: 'freerun', processName: 'Report' } as const;
        await insert(
          freshUow('h0#1', { timeperiod: '2015060100' }),
          freshUow('h1#1', { timeperiod: '2015060101' }),
          freshUow('h1#2', { timeperiod: '2015060101' }),
          freshUow('d1', { processName: 'SiteDaily' }),
          freshUow('r1', { ...freerun, entryName: 'a', timeperiod: '20150601000000' }),
          freshUow('r2', { ...freerun, entryName: 'b', timeperiod: '20150601000100' }),
        );
        await store.commit([group(uowChange('h1#1'))]);
        const found = async (filter: Parameters<Store['findUows']>[0]): Promise<string> =>
          (await store.findUows(filter)).map(({ id }) => id).join(' ');

        assert.equal(await found({}), 'r2 r1 d1 h1#2 h1#1 h0#1');
        assert.equal(await found({ limit: 2 }), 'r2 r1');
        assert.equal(await found({ processName: 'SiteHourly' }), 'h1#2 h1#1 h0#1');
        assert.equal(await found({ processName: 'SiteHourly', timeperiod: '2015060101' }), 'h1#2 h1#1');
        assert.equal(await found({ processName: 'Report', entryName: 'a' }), 'r1');
        assert.equal(await found({ states: ['REQUESTED', 'IN_PROGRESS', 'INVALID'] }), 'h0#1 h1#2 d1 r1 r2');
        assert.equal(await found({ processName: 'SiteHourly', states: ['REQUESTED'], limit: 1 }), 'h0#1');
        assert.equal(await found({ states: ['CANCELED', 'PROCESSED'] }), 'h1#1');
        assert.equal(await found({ states: [] }), '');
        assert.equal(await found({ processName: 'Nobody' }), '');
      });

      it('are found in the order in which they were made, whatever their timeperiods, page by page', async () => {
        await insert(
          freshUow('h2#1', { timeperiod: '2015060102' }),
          freshUow('other', { processName: 'Other', timeperiod: '2015060102' }),
          freshUow('h0#1', { timeperiod: '2015060100' }),
          freshUow('h1#1', { timeperiod: '2015060101' }),
        );
        // That of a reprocess is the newest.
        await insert(freshUow('h0#2', { timeperiod: '2015060100' }));
        await store.commit([group(uowChange('h1#1'))]);
        const found = async (filter: Parameters<Store['findUows']>[0]): Promise<string> =>
          (await store.findUows(filter)).map(({ id }) => id).join(' ');
        const own = { processName: 'SiteHourly' };
        const requested = { states: ['REQUESTED'] } as const;
        assert.equal(await found(own), 'h0#2 h1#1 h0#1 h2#1');
        assert.equal(await found({ ...own, ...requested }), 'h2#1 h0#1 h0#2');
        assert.equal(await found({ after: 'h1#1', limit: 2 }), 'h0#1 other');
        assert.equal(await found({ ...own, after: 'h0#2', limit: 1 }), 'h1#1');
        assert.equal(await found({ ...own, after: 'h0#1' }), 'h2#1');
        assert.equal(await found({ ...own, after: 'h2#1' }), '');
        assert.equal(await found({ ...requested, after: 'other' }), 'h0#1 h0#2');
        assert.equal(await found({ ...requested, after: 'h1#1' }), 'h0#2', 'behind one that fits no more');
        assert.equal(await found({ after: 'unknown' }), '');
      });

      it('are found by the instant at which they were made, in either order', async () => {
        await insert(
          freshUow('late', { createdAt: 3000 }),
          freshUow('early', { createdAt: 1000 }),
          freshUow('first', { createdAt: 2000 }),
          freshUow('second', { createdAt: 2000, processName: 'Other' }),
        );
        await store.commit([group(uowChange('early'))]);
        const found = async (filter: Parameters<Store['findUows']>[0]): Promise<string> =>
          (await store.findUows(filter)).map(({ id }) => id).join(' ');
        const oldest = { order: 'oldest' } as const;
        assert.equal(await found({}), 'late second first early');
        assert.equal(await found(oldest), 'early first second late');
        assert.equal(await found({ from: 2000 }), 'late second first');
        assert.equal(await found({ to: 2000 }), 'early');
        assert.equal(await found({ ...oldest, from: 1001, to: 3000 }), 'first second');
        assert.equal(await found({ from: 3001 }), '');
        assert.equal(await found({ processName: 'SiteHourly', from: 1000, to: 3000 }), 'first early');
        const requested = { states: ['REQUESTED'] } as const;
        assert.equal(await found({ ...requested, order: 'newest', to: 3000 }), 'second first');
        assert.equal(await found({ ...requested, from: 2001 }), 'late');
        // The unit that a page goes on behind may be out of the span.
        assert.equal(await found({ ...oldest, after: 'early', from: 2000, to: 3000 }), 'first second');
        assert.equal(await found({ ...oldest, after: 'first', from: 2000, to: 3000 }), 'second');
        assert.equal(await found({ after: 'late', from: 2000, to: 3000 }), 'second first');
        assert.equal(await found({ after: 'second', from: 2000, to: 3000 }), 'first');
        assert.equal(await found({ after: 'early', from: 2000 }), '');
      });

      it('are found on one page each, in either order, whatever they are asked for by, while others come in', async () => {
        const freerun = { kind: 'freerun', processName: 'Report' } as const;
        const unit = (index: number): UowRecord =>
          freshUow(`u${index}`, {
            createdAt: 1000 + Math.floor(index / 4),
            ...(index % 2 === 0 ? { ...freerun, entryName: `e${index % 4}` } : { timeperiod: '2015060100' }),
          });
        const ids = Array.from({ length: 24 }, (_, index) => `u${index}`);
        await insert(...ids.map((_, index) => unit(index)));
        const [first, second, third] = await store.claim(['u3', 'u8', 'u16'], claimOf('box/w1'));
        assert.ok(first && second && third);
        const fail = { event: 'fail', error: 'no' } as const;
        await store.report(
          'box/w1',
          [toReport(first), toReport(second, fail), toReport(third, { ...fail, retryAt: 1 })],
          6000,
        );
        await store.commit(['u0', 'u4', 'u9', 'u17'].map((id) => group(uowChange(id))));
        const { processName } = freshUow('any');
        const filters = [
          {},
          { from: 1002, to: 1005 },
          { processName },
          { processName, timeperiod: '2015060100' },
          { ...{ processName: 'Report', entryName: 'e0' }, from: 1001 },
          { states: ['CANCELED'] },
          { states: ['REQUESTED', 'CANCELED', 'PROCESSED', 'INVALID'] },
          { states: uowStates },
          { processName, states: ['CANCELED', 'INVALID', 'REQUESTED'], to: 1005 },
          { processName: 'Report', entryName: 'e0', states: ['CANCELED', 'INVALID'] },
          { processName, timeperiod: '2015060100', states: ['CANCELED', 'REQUESTED'] },
          { quarantined: true },
        ] as const satisfies Parameters<Store['findUows']>[0][];
        let next = 24;
        for (const order of ['newest', 'oldest'] as const)
          for (const filter of filters) {
            const there = new Set(ids);
            const known = (found: readonly UowRecord[]) =>
              found.map(({ id }) => id).filter((id) => there.has(id));
            const all = known(await store.findUows({ ...filter, order }));
            assert.ok(all.length > 0);
            const walked: string[] = [];
            for (let after: string | undefined; ;) {
              const page = await store.findUows({ ...filter, order, limit: 3, ...(after && { after }) });
              walked.push(...known(page));
              if (page.length < 3) break;
              after = page.at(-1)?.id;
              if (next < 40) await insert(unit(next++));
            }
            assert.deepEqual(walked, all, JSON.stringify({ ...filter, order }));
          }
        const turned = await store.findUows({ states: ['CANCELED', 'INVALID'], order: 'newest' });
        assert.deepEqual(
          turned.map(({ id }) => id),
          ['u17', 'u16', 'u9', 'u8', 'u4', 'u0'],
        );
      });

      it('are found and counted without those whose ids are in some ranges, page by page', async () => {
        const events = { kind: 'freerun', processName: 'Events' } as const;
        const owners = ['ann', 'ann-b', 'ann0', 'bob', 'cleo'];
        const ids = Array.from({ length: 20 }, (_, i) => `Events:${owners[i % 5]}/t/${i}#1`);
        await insert(
          freshUow('Event/1#1'),
          ...ids.map((id, i) => freshUow(id, { ...events, entryName: `${owners[i % 5]}/t` })),
          freshUow('Eventual/1#1'),
        );
        const claimed = await store.claim([...ids.slice(0, 10), 'Event/1#1'], claimOf('box/w1'));
        const fail = { event: 'fail', error: 'no' } as const;
        await store.report(
          'box/w1',
          claimed.map((uow, i) =>
            toReport(uow, i % 3 === 0 ? {} : { ...fail, retryAt: i % 3 === 1 ? null : 9000 }),
          ),
          6000,
        );
        for (const filter of [
          {},
          { processName: 'Events' },
          { states: uowStates },
          { states: ['INVALID'] },
        ] as const)
          for (const order of ['newest', 'oldest'] as const) {
            const all = (await store.findUows({ ...filter, order })).filter(({ id }) => isSeen(id));
            assert.ok(all.length > 0);
            const walked: UowRecord[] = [];
            for (let size = 2; size === 2;) {
              const after = walked.at(-1)?.id;
              const page = await store.findUows({
                ...{ ...filter, order, except, limit: 2 },
                ...(after && { after }),
              });
              walked.push(...page);
              size = page.length;
            }
            assert.deepEqual(walked, all, JSON.stringify({ ...filter, order }));
          }
        const seen = (await store.findUows({})).filter(({ id }) => isSeen(id));
        const counts = Object.fromEntries(uowStates.map((state) => [state, 0]));
        for (const { state } of seen) counts[state] = (counts[state] ?? 0) + 1;
        assert.deepEqual(await store.countUows(except), counts);
        const failed = seen.filter(({ state }) => state === 'INVALID');
        const retrying = failed.filter(({ retryAt }) => retryAt !== null).length;
        assert.deepEqual(await store.countFailed(except), {
          ...{ retrying, quarantined: failed.length - retrying },
        });
        assert.ok(retrying > 0 && failed.length > retrying);

        const journal = await store.journal({ limit: 1000 });
        const rows = journal.filter(({ entityId }) => isSeen(entityId));
        assert.ok(rows.length > 5 && rows.length < journal.length);
        assert.deepEqual(await store.journal({ except, limit: 5 }), rows.slice(0, 5));
        const before = rows[4]?.sequence ?? 0;
        assert.deepEqual(await store.journal({ except, before, limit: 1000 }), rows.slice(5));
        assert.deepEqual(await store.journal({ except, after: before, limit: 2 }), [rows[3], rows[2]]);
        const ofProcess = { entityPrefixes: ['Events/', 'Events:'] };
        assert.deepEqual(
          await store.journal({ ...ofProcess, except, limit: 1000 }),
          rows.filter(({ entityId }) => entityId.startsWith('Events:')),
        );
        const ofBob = { entityId: 'Events:bob/t', entityPrefixes: ['Events:bob/t/'] };
        assert.equal((await store.journal({ ...ofBob, limit: 1000 })).length > 0, true);
        assert.deepEqual(await store.journal({ ...ofBob, except, limit: 1000 }), []);
        const [bobs = '', anns = ''] = [ids[3], ids[0]];
        assert.deepEqual(await store.journal({ entityId: bobs, except, limit: 9 }), []);
        assert.equal((await store.journal({ entityId: anns, except, limit: 9 })).length, 3);
      });

      it('are counted by state', async () => {
        await insert(freshUow('a'), freshUow('b'), freshUow('c'));
        const [b, c] = await store.claim(['b', 'c'], claimOf('box/w1'));
        assert.ok(b && c);
        await store.report('box/w1', [toReport(b), toReport(c, { event: 'fail', error: 'no' })], 6000);
        assert.deepEqual(await store.countUows(), {
          REQUESTED: 1,
          IN_PROGRESS: 0,
          PROCESSED: 1,
          NOOP: 0,
          CANCELED: 0,
          INVALID: 1,
        });
      });

      it('are in quarantine while INVALID without a retry', async () => {
        await insert(freshUow('a'), freshUow('b', { processName: 'Other' }), freshUow('c'), freshUow('d'));
        const units = await store.claim(['a', 'b', 'c', 'd'], claimOf('box/w1'));
        const [a, b, c, d] = units;
        assert.ok(a && b && c && d);
        const fail = { event: 'fail', error: 'no' } as const;
        const failures = [toReport(a, fail), toReport(b, fail), toReport(c, { ...fail, retryAt: 9000 })];
        await store.report('box/w1', [...failures, toReport(d, { event: 'cancel', error: 'no' })], 6000);
        const found = async (processName?: string): Promise<string[]> => {
          const more = processName === undefined ? {} : { processName };
          return (await store.findUows({ quarantined: true, ...more })).map(({ id }) => id);
        };
        assert.deepEqual(await found(), ['a', 'b']);
        assert.deepEqual(await found('Other'), ['b']);
        assert.deepEqual(await store.countFailed(), { retrying: 1, quarantined: 2 });
        const released = { attempt: 1, at: 7000 };
        const release = { from: 'INVALID', version: 3, event: 'repost', to: 'REQUESTED' } as const;
        await store.commit([group(uowChange('a', { ...release, set: { retryAt: null, released } }))]);
        assert.deepEqual(await found(), ['b']);
        assert.deepEqual(only(await store.uows(['a'])).released, released);
        assert.deepEqual(only(await store.claim(['a'], claimOf('box/w1'))).released, released);
      });

      it('are overdue by ring, lease or retry', async () => {
        await insert(
          freshUow('rung', { submittedAt: 1000 }),
          freshUow('leased'),
          freshUow('failed'),
          freshUow('stuck'),
          freshUow('done'),
        );
        const units = await store.claim(['leased', 'failed', 'stuck', 'done'], claimOf('box/w1'));
        const [, failed, stuck, done] = units;
        assert.ok(failed && stuck && done);
        await store.report(
          'box/w1',
          [
            toReport(failed, { event: 'fail', retryAt: 20_001 }),
            toReport(stuck, { event: 'fail' }),
            toReport(done),
          ],
          6000,
        );
        const overdue = async (state: OverdueQuery['state'], before: number): Promise<string[]> =>
          (await store.overdueUows({ state, before, limit: 10 })).map(({ id }) => id);
        assert.deepEqual(await overdue('REQUESTED', 1000), []);
        assert.deepEqual(await overdue('REQUESTED', 1001), ['rung']);
        assert.deepEqual(await overdue('IN_PROGRESS', 20_000), []);
        assert.deepEqual(await overdue('IN_PROGRESS', 20_001), ['leased']);
        assert.deepEqual(await overdue('INVALID', 20_001), []);
        assert.deepEqual(await overdue('INVALID', 20_002), ['failed']);
      });

      it('are overdue in the order of what was due first, page by page', async () => {
        const due = { z: 1000, m: 1000, a: 1000, y: 500, b: 2000, late: 9000 };
        await insert(...Object.entries(due).map(([id, submittedAt]) => freshUow(id, { submittedAt })));
        const inOrder = ['y', 'a', 'm', 'z', 'b'];
        for (const limit of [1, 2, 3, 5, 6]) {
          const seen: string[] = [];
          let query: OverdueQuery | undefined = { state: 'REQUESTED', before: 9000, limit };
          while (query !== undefined) {
            const page: UowRecord[] = await store.overdueUows(query);
            seen.push(...page.map(({ id }) => id));
            const last = page.at(-1);
            query = last && { ...query, after: { dueAt: last.submittedAt, id: last.id } };
          }
          assert.deepEqual(seen, inOrder, `pages of ${limit}`);
        }
      });
    });

    describe('claims', () => {
      it('win the requested units only, each with a token of its own', async () => {
        await insert(freshUow('a'), freshUow('b'), freshUow('canceled'));
        await store.commit([group(uowChange('canceled'))]);
        const units = await store.claim(['b', 'unknown', 'canceled', 'a', 'b'], claimOf('box/w1'));
        assert.deepEqual(
          units.map(({ id }) => id),
          ['b', 'a'],
        );
        assert.deepEqual(units, await store.uows(['b', 'a']));
        for (const uow of units) {
          assert.deepEqual([uow.state, uow.version, uow.attempt, uow.startedAt], ['IN_PROGRESS', 2, 1, 5000]);
          assert.deepEqual(uow.lease, { owner: 'box/w1', expiresAt: 20_000 });
          assert.match(uow.token ?? '', /^\w{22,}$/);
        }
        assert.notEqual(units[0]?.token, units[1]?.token);
        assert.deepEqual(await store.claim(['a', 'b'], claimOf('box/w2')), []);
        const row = only(
          await store.journal({ entityId: 'a', after: 0, limit: 10 }).then((rows) => rows.slice(1)),
        );
        assert.deepEqual(
          [row.version, row.from, row.to, row.event, row.actor, row.at, row.epoch, row.attempt],
          [2, 'REQUESTED', 'IN_PROGRESS', 'claim', 'worker box/w1', 5000, 3, 1],
        );
      });

      it('ahead of an instant start on it', async () => {
        const instants = {
          prepared: 5020,
          past: 4000,
          far: 9000,
          none: null,
        };
        await insert(...Object.entries(instants).map(([id, notBefore]) => freshUow(id, { notBefore })));
        const ids = Object.keys(instants);
        const units = await store.claim(ids, claimOf('box/w1'));
        assert.deepEqual(
          units.map(({ startedAt }) => startedAt),
          [5020, 5000, 5000 + FIRING_LEAD, 5000],
        );
        assert.deepEqual(units, await store.uows(ids));
        assert.deepEqual(
          units.map(({ notBefore }) => notBefore),
          Object.values(instants),
        );
      });

      it('are journaled under the epoch of the last change of the unit', async () => {
        const uow = await claimed('a');
        const set = { lease: null, token: null };
        const repost = {
          from: 'IN_PROGRESS',
          version: uow.version,
          event: 'repost',
          to: 'REQUESTED',
          set,
        } as const;
        await store.commit([{ cause: { ...cause, epoch: 4 }, writes: [uowChange('a', repost)] }]);
        const again = only(await store.claim(['a'], claimOf('box/w2')));
        await store.report('box/w2', [toReport(again)], 7000);
        const epochs = (await store.journal({ entityId: 'a', after: 0, limit: 10 })).map(
          ({ epoch }) => epoch,
        );
        assert.deepEqual(epochs, [3, 3, 4, 4, 4]);
      });

      it('of two workers at once never win the same unit', async () => {
        const other = await fixture.connect();
        const ids = Array.from({ length: 60 }, (_, index) => `u${String(index)}`);
        await insert(...ids.map((id) => freshUow(id)));
        const run = async (connection: Store, owner: string): Promise<string[]> => {
          const batches = Array.from({ length: 20 }, (_, index) => ids.slice(index * 3, index * 3 + 3));
          const won = [];
          for (const batch of batches) won.push(...(await connection.claim(batch, claimOf(owner))));
          return won.map(({ id }) => id);
        };
        const [first, second] = await Promise.all([run(store, 'box/w1'), run(other, 'box/w2')]);
        assert.deepEqual([...first, ...second].sort(), [...ids].sort());
      });

      it('are renewed for their owner only, who hears what it still holds', async () => {
        await claimed('a', 'box/w1');
        await claimed('b', 'box/w2');
        const gone = await claimed('c', 'box/w1');
        await store.commit([group(uowChange('c', { from: 'IN_PROGRESS', version: gone.version }))]);
        assert.deepEqual(await store.renewLeases('box/w1', 30_000), ['a']);
        const expiries = (await store.uows(['a', 'b'])).map(({ lease }) => lease?.expiresAt);
        assert.deepEqual(expiries, [30_000, 20_000]);
        assert.deepEqual(await store.renewLeases('box/w3', 30_000), []);
      });

      it('are renewed for callers that show the tokens, and for no other unit that is named', async () => {
        const a = await claimed('a', 'box/w1');
        const b = await claimed('b', 'box/w1');
        const done = await claimed('c', 'box/w1');
        await store.report('box/w1', [toReport(done)], 6000);
        const shown = [a, { id: 'b', token: '0'.repeat(32) }, done, { id: 'unknown', token: b.token }];
        const held = shown.map(({ id, token }) => ({ id, token: token ?? '' }));
        assert.deepEqual(await store.renewHeld(held, 30_000), ['a']);
        const leases = (await store.uows(['a', 'b', 'c'])).map(({ lease }) => lease?.expiresAt);
        assert.deepEqual(leases, [30_000, 20_000, undefined]);
        assert.equal(only(await store.uows(['a'])).lease?.owner, 'box/w1');
        assert.deepEqual(await store.renewHeld([], 40_000), []);
      });

      it('end at once when their owner is released', async () => {
        await claimed('a', 'box/w1');
        await claimed('b', 'box/w2');
        assert.equal(await store.releaseLeases('box/w1'), 1);
        const overdue = await store.overdueUows({ state: 'IN_PROGRESS', before: 1, limit: 10 });
        assert.deepEqual(
          overdue.map(({ id }) => id),
          ['a'],
        );
      });

      it('show progress while they last', async () => {
        const uow = await claimed('a');
        await store.progress('a', uow.token ?? '', { done: 3, total: 9 });
        assert.deepEqual(only(await store.uows(['a'])).progress, { done: 3, total: 9 });
        await store.progress('a', 'another token', { done: 4, total: 9 });
        assert.deepEqual(only(await store.uows(['a'])).progress, { done: 3, total: 9 });
      });
    });

    describe('reports', () => {
      const ends = [
        { event: 'complete', state: 'PROCESSED', error: null, retryAt: null },
        { event: 'empty', state: 'NOOP', error: null, retryAt: null },
        { event: 'fail', state: 'INVALID', error: 'it broke', retryAt: 9000 },
        { event: 'cancel', state: 'CANCELED', error: 'gave up', retryAt: null },
      ] as const;
      for (const { event, state, error, retryAt } of ends) {
        it(`of '${event}' end a unit in ${state}`, async () => {
          const uow = await claimed('a');
          assert.deepEqual(await store.report('box/w1', [toReport(uow, { event, error, retryAt })], 6000), [
            'applied',
          ]);
          assert.deepEqual(only(await store.uows(['a'])), {
            ...uow,
            state,
            version: 3,
            lease: null,
            finishedAt: 6000,
            processed: 7,
            aggregated: 2,
            error,
            retryAt,
          });
          const row = only(await store.journal({ entityId: 'a', limit: 1 }));
          assert.deepEqual(
            [row.version, row.from, row.to, row.event, row.at, row.actor, row.reason, row.epoch, row.attempt],
            [3, 'IN_PROGRESS', state, event, 6000, 'worker box/w1', error, 3, 1],
          );
          assert.deepEqual(await store.rejectedReports(10), []);
        });
      }

      it('of a worker that was replaced are recorded and never applied', async () => {
        const uow = await claimed('a');
        const reports = [
          toReport(uow, { token: 'guessed' }),
          toReport(uow, { attempt: 2 }),
          toReport(uow, { id: 'unknown' }),
          toReport(uow),
          toReport(uow, { event: 'fail', error: 'twice', retryAt: 1 }),
        ];
        assert.deepEqual(await store.report('box/w1', reports, 6000), [
          'rejected',
          'rejected',
          'rejected',
          'applied',
          'rejected',
        ]);
        const after = only(await store.uows(['a']));
        assert.deepEqual([after.state, after.version, after.error], ['PROCESSED', 3, null]);
        const rejected = await store.rejectedReports(10);
        assert.deepEqual(
          rejected.map((report) => ({ ...report, because: '', sequence: 0 })),
          [4, 2, 1, 0].map((index) => ({
            ...reports[index],
            at: 6000,
            owner: 'box/w1',
            because: '',
            earlier: 0,
            sequence: 0,
          })),
        );
        assert.equal(new Set(rejected.map(({ because }) => because)).size, 4);
        assert.deepEqual(await store.rejectedReports(1), rejected.slice(0, 1));
        const oldest = rejected.toReversed();
        assert.deepEqual(await store.rejectedReports(10, { order: 'oldest' }), oldest);
        assert.deepEqual(await store.rejectedReports(1, { order: 'oldest' }), oldest.slice(0, 1));
        for (const [i, { sequence: after }] of rejected.entries()) {
          assert.deepEqual(await store.rejectedReports(10, { after }), rejected.slice(i + 1));
          const newer = await store.rejectedReports(10, { after, order: 'oldest' });
          assert.deepEqual(newer, rejected.slice(0, i).reverse());
        }
        const ofUnit = rejected.filter(({ id }) => id === 'a');
        const [first] = ofUnit;
        assert.deepEqual(await store.rejectedReports(10, { uowId: 'a' }), ofUnit);
        const behind = { uowId: 'a', after: first?.sequence ?? 0 };
        assert.deepEqual(await store.rejectedReports(10, behind), ofUnit.slice(1));
        assert.deepEqual(await store.rejectedReports(10, { uowId: 'b' }), []);
        assert.equal((await store.journal({ entityId: 'a', limit: 10 })).length, 3);
      });

      it('are found without those on units whose ids are in some ranges', async () => {
        const ids = [
          'Events:ann/t/1#1',
          'Events:bob/t/1#1',
          'Daily/1#1',
          'Events:ann-b/t/1#1',
          'Events:ann/t/2#1',
        ];
        const forged = { ...(await claimed('a')), token: 'guessed' };
        await store.report(
          'box/w1',
          ids.map((id) => toReport(forged, { id })),
          6000,
        );
        const found = async (filter: Parameters<Store['rejectedReports']>[1], limit = 10) =>
          store.rejectedReports(limit, { ...filter, except });
        const seen = ids.filter(isSeen).toReversed();
        const first = await found({}, 2);
        assert.deepEqual(
          first.map(({ id }) => id),
          seen.slice(0, 2),
        );
        const rest = await found({ after: first[1]?.sequence ?? 0 }, 2);
        assert.deepEqual(
          rest.map(({ id }) => id),
          seen.slice(2),
        );
        assert.equal((await found({ order: 'oldest' })).length, seen.length);
        assert.deepEqual(await found({ uowId: 'Events:bob/t/1#1' }), []);
      });

      it('are kept when they are rejected, the newest of every unit, with a count of the rest', async () => {
        const uow = await claimed('a');
        await claimed('b');
        const forged = (id: string, index: number) =>
          toReport({ ...uow, id }, { token: 'x', processed: index });
        const all = Array.from({ length: KEPT_REJECTED + 5 }, (_, index) => forged('a', index));
        await store.report('box/w1', all.slice(0, 3), 6000);
        await store.report('box/w1', [forged('b', 0), ...all.slice(3)], 6000);
        const kept = await store.rejectedReports(1000);
        const ofUnit = kept.filter(({ id }) => id === 'a');
        assert.deepEqual(
          ofUnit.map(({ processed }) => processed),
          Array.from({ length: KEPT_REJECTED }, (_, index) => KEPT_REJECTED + 4 - index),
        );
        assert.equal(ofUnit[0]?.earlier, 5);
        assert.deepEqual(
          kept.filter(({ id }) => id === 'b').map(({ earlier }) => earlier),
          [0],
        );
      });

      it('give a unit back, with its crashes in a row', async () => {
        const uow = await claimed('a');
        const crash = toReport(uow, {
          event: 'repost',
          error: 'its process died',
          retryAt: null,
          crashes: 2,
        });
        assert.deepEqual(await store.report('box/w1', [crash, crash], 6000), ['applied', 'rejected']);
        const given = only(await store.uows(['a']));
        assert.deepEqual(given, {
          ...uow,
          state: 'REQUESTED',
          version: 3,
          lease: null,
          submittedAt: 6000,
          finishedAt: null,
          processed: 7,
          aggregated: 2,
          error: 'its process died',
          crashes: 2,
        });
        const row = only(await store.journal({ entityId: 'a', limit: 1 }));
        assert.deepEqual(
          [row.version, row.from, row.to, row.event, row.at, row.actor, row.reason],
          [3, 'IN_PROGRESS', 'REQUESTED', 'repost', 6000, 'worker box/w1', 'its process died'],
        );
        const overdue = { state: 'REQUESTED', before: 6001, limit: 10 } as const;
        assert.deepEqual(await store.overdueUows(overdue), [given]);
        assert.equal(only(await store.claim(['a'], claimOf('box/w2'))).attempt, 2);
      });

      it('that give a unit back may say which attempts do not count; others leave it as it is', async () => {
        const released = { attempt: 1, at: 1000 };
        const uow = await claimed('a');
        const back = toReport(uow, { event: 'repost', error: 'stopped', retryAt: null, released });
        assert.deepEqual(await store.report('box/w1', [back], 6000), ['applied']);
        assert.deepEqual(only(await store.uows(['a'])).released, released);
        const again = only(await store.claim(['a'], claimOf('box/w1')));
        assert.deepEqual(again.released, released);
        await store.report('box/w1', [toReport(again)], 7000);
        assert.deepEqual(only(await store.uows(['a'])).released, released);
      });

      it('reset the count of crashes in a row', async () => {
        const uow = await claimed('a');
        const repost = {
          from: 'IN_PROGRESS',
          version: uow.version,
          event: 'repost',
          to: 'REQUESTED',
        } as const;
        await store.commit([
          group(uowChange('a', { ...repost, set: { crashes: 2, lease: null, token: null } })),
        ]);
        const again = only(await store.claim(['a'], claimOf('box/w2')));
        assert.deepEqual([again.crashes, again.attempt], [2, 2]);
        await store.report('box/w2', [toReport(again)], 7000);
        assert.equal(only(await store.uows(['a'])).crashes, 0);
      });
    });

    describe('journal', () => {
      beforeEach(async () => {
        await insert(freshUow('a'), freshUow('b'));
        await store.commit([group(uowChange('a')), group(uowChange('b'))]);
      });
      const texts = async (filter: Parameters<Store['journal']>[0]): Promise<string[]> =>
        (await store.journal(filter)).map((row) => `${row.entityId} ${row.version}`);

      it('is read newest first, or oldest first after a position', async () => {
        assert.deepEqual(await texts({ limit: 3 }), ['b 2', 'a 2', 'b 1']);
        assert.deepEqual(await texts({ after: 0, limit: 3 }), ['a 1', 'b 1', 'a 2']);
      });

      it('goes on before and after a position', async () => {
        const [newest, next] = await store.journal({ limit: 2 });
        assert.ok(newest && next && newest.sequence > next.sequence);
        assert.deepEqual(await texts({ before: next.sequence, limit: 10 }), ['b 1', 'a 1']);
        assert.deepEqual(await texts({ after: next.sequence, limit: 10 }), ['b 2']);
        assert.deepEqual(await texts({ after: newest.sequence, limit: 10 }), []);
      });

      it('tells how far it goes: to its newest row, or beyond numbers that lie in open places', async () => {
        const [newest] = await store.journal({ limit: 1 });
        const before = await store.journalReach();
        assert.ok(newest && before.end >= newest.sequence);
        await insert(freshUow('c'));
        const rows = await store.journal({ after: newest.sequence, limit: 9 });
        const { end, open } = await store.journalReach();
        assert.equal(rows.length, 1);
        for (const { sequence } of rows) assert.ok(before.end < sequence && sequence <= end);
        for (const span of open) assert.ok(0 < span.first && span.first < span.end && span.end <= end + 1);
        assert.ok(!store.capabilities.atomicGroups || open.length === 0);
      });

      it('counts how often jobs ended in a span of time, whatever happened beside', async () => {
        const hour = (n: number): string => `20150601${String(n).padStart(2, '0')}`;
        const moves = [
          [100, { timeperiod: hour(1) }],
          [200, { timeperiod: hour(1), version: 1, from: 'IN_PROGRESS', event: 'complete', to: 'PROCESSED' }],
          [201, { timeperiod: hour(2), event: 'skip', to: 'SKIPPED' }],
          [299, { timeperiod: hour(3), event: 'empty', to: 'NOOP' }],
          [
            250,
            { timeperiod: hour(1), version: 2, from: 'PROCESSED', event: 'reprocess', to: 'IN_PROGRESS' },
          ],
          [300, { timeperiod: hour(1), version: 3, from: 'IN_PROGRESS', event: 'complete', to: 'PROCESSED' }],
        ] as const;
        for (const [at, move] of moves)
          assert.deepEqual(
            await store.commit([
              { cause: { ...cause, at }, writes: [{ ...jobStart(move.timeperiod), ...move }] },
            ]),
            ['applied'],
          );
        const count = (from: number, to: number): Promise<number> => store.countFinishedJobs({ from, to });
        assert.deepEqual(
          [await count(0, 1_000), await count(200, 300), await count(201, 301), await count(301, 400)],
          [4, 3, 3, 0],
        );
      });

      it('is read for one entity', async () => {
        assert.deepEqual(await texts({ entityId: 'a', limit: 10 }), ['a 2', 'a 1']);
        assert.deepEqual(await texts({ entityId: 'a', after: 0, limit: 1 }), ['a 1']);
        assert.deepEqual(await texts({ entityId: 'nobody', limit: 10 }), []);
      });

      it('is read for one entity page by page, also behind a row of another', async () => {
        const rows = await store.journal({ entityId: 'a', limit: 10 });
        const [b] = await store.journal({ entityId: 'b', after: 0, limit: 1 });
        const oldest = rows.toReversed();
        for (const [i, { sequence }] of oldest.entries()) {
          assert.deepEqual(
            await store.journal({ entityId: 'a', after: sequence, limit: 10 }),
            oldest.slice(i + 1),
          );
          assert.deepEqual(
            await store.journal({ entityId: 'a', before: sequence, limit: 10 }),
            oldest.slice(0, i).reverse(),
          );
        }
        assert.deepEqual(await texts({ entityId: 'a', before: b?.sequence ?? 0, limit: 10 }), ['a 1']);
        assert.deepEqual(await texts({ entityId: 'a', after: b?.sequence ?? 0, limit: 10 }), ['a 2']);
      });

      it('is read for all whose ids begin alike', async () => {
        const ids = ['A/2015060100#1', 'A:e/20150601001500#1', 'A0/2015060100#1', 'AA/2015060100#1'];
        await insert(...ids.map((id) => freshUow(id)));
        const process = { entityPrefixes: ['A/', 'A:'] };
        assert.deepEqual(await texts({ ...process, limit: 10 }), [`${ids[1] ?? ''} 1`, `${ids[0] ?? ''} 1`]);
        const [newest] = await store.journal({ ...process, limit: 1 });
        assert.ok(newest);
        assert.deepEqual(await texts({ ...process, before: newest.sequence, limit: 10 }), [
          `${ids[0] ?? ''} 1`,
        ]);
        assert.deepEqual(await texts({ ...process, after: 0, limit: 1 }), [`${ids[0] ?? ''} 1`]);
        assert.deepEqual(await texts({ entityPrefixes: ['A:e/'], limit: 10 }), [`${ids[1] ?? ''} 1`]);
        assert.deepEqual(await texts({ entityPrefixes: ['A:f/'], limit: 10 }), []);
      });

      it('is read for a freerun entry and its units together', async () => {
        const entry = freerunEntry({ processName: 'A', entryName: 'e' });
        await insert(freshUow('A:e/20150601001500#1'));
        await store.commit([group(entryChange(undefined, entry, 'create'))]);
        await insert(freshUow('A:f/20150601001500#1'), freshUow('A:e/20150601003000#1'));
        const history = { entityId: 'A:e', entityPrefixes: ['A:e/'] };
        const all = ['A:e/20150601003000#1 1', 'A:e 1', 'A:e/20150601001500#1 1'];
        assert.deepEqual(await texts({ ...history, limit: 10 }), all);
        const [newest] = await store.journal({ ...history, limit: 1 });
        assert.deepEqual(await texts({ ...history, before: newest?.sequence ?? 0, limit: 1 }), ['A:e 1']);
      });
    });

    describe('captured output', () => {
      const line = (parentId: string, sequence: number, extra: Partial<LogRecord> = {}): LogRecord => ({
        parentId,
        sequence,
        attempt: 1,
        at: 1000 + sequence,
        stream: 'stdout',
        line: `line ${String(sequence)}`,
        ...extra,
      });

      it('is read in order, after a position, up to a limit', async () => {
        await store.appendLog([
          line('a', 2),
          line('a', 1, { stream: 'stderr', line: 'ü\n' }),
          line('b', 1),
          line('a', 3),
        ]);
        const all = await store.log('a', 0, 10);
        assert.deepEqual(all, [line('a', 1, { stream: 'stderr', line: 'ü\n' }), line('a', 2), line('a', 3)]);
        assert.deepEqual(await store.log('a', 1, 1), [line('a', 2)]);
        assert.deepEqual(await store.log('nobody', 0, 10), []);
      });

      it('is not cut short by odd characters', async () => {
        await store.appendLog([line('a', 1, { line: 'a\u0000b\u001b[1m\ud83d\ude00c' })]);
        const { line: text } = only(await store.log('a', 0, 10));
        // A store that cannot keep a NUL shows something else in its place.
        assert.deepEqual([text.slice(0, 1), text.slice(2)], ['a', 'b\u001b[1m\ud83d\ude00c']);
      });

      it('keeps a line that is sent again once, and equal numbers of two attempts both', async () => {
        await store.appendLog([line('a', 1)]);
        await store.appendLog([line('a', 1), line('a', 1, { attempt: 2 })]);
        assert.deepEqual(await store.log('a', 0, 10), [line('a', 1), line('a', 1, { attempt: 2 })]);
      });

      it('expires by age, in batches', async () => {
        await store.appendLog([1, 2, 3, 4, 5].map((sequence) => line('a', sequence)));
        assert.equal(await store.expireLogs(1004, 2), 2);
        assert.equal(await store.expireLogs(1004, 2), 1);
        assert.equal(await store.expireLogs(1004, 2), 0);
        assert.deepEqual(await store.log('a', 0, 10), [line('a', 4), line('a', 5)]);
      });
    });

    describe('entries', () => {
      it('of managed processes are put and read', async () => {
        const hourly = {
          processName: 'SiteHourly',
          on: false,
          trigger: 'every 5m',
          arguments: { a: [1] },
          updatedAt: 1,
        };
        const daily = { processName: 'SiteDaily', on: true, trigger: null, arguments: null, updatedAt: 2 };
        await store.collection(managedSpec).put(hourly);
        await store.collection(managedSpec).put(daily);
        await store.collection(managedSpec).put({ ...hourly, on: true });
        assert.deepEqual(await store.collection(managedSpec).list(), [daily, { ...hourly, on: true }]);
      });

      it('of freerun processes are put, read and removed', async () => {
        const entry: FreerunEntryRecord = {
          processName: 'Report',
          entryName: 'weekly',
          trigger: 'at 0-08:00',
          arguments: { to: 'all' },
          on: true,
          overlap: 'buffer-one',
          missed: 'last',
          description: 'the week',
          origin: 'user',
          ...freshEntry,
          createdAt: 1,
          updatedAt: 2,
        };
        const fired = { ...entry, lastFiredAt: 3, relatedUow: 'u1', buffered: true, owedArguments: { a: 1 } };
        const other = { ...entry, entryName: 'daily' };
        await store.collection(freerunSpec).put(entry);
        await store.collection(freerunSpec).put(fired);
        await store.collection(freerunSpec).put(other);
        assert.deepEqual(await store.collection(freerunSpec).list(), [other, fired]);
        assert.equal(
          await store.collection(freerunSpec).remove({ processName: 'Report', entryName: 'daily' }),
          true,
        );
        assert.equal(
          await store.collection(freerunSpec).remove({ processName: 'Report', entryName: 'daily' }),
          false,
        );
        assert.deepEqual(await store.collection(freerunSpec).list(), [fired]);
      });
    });

    describe('versioned entries', () => {
      const entry = freerunEntry();
      const firing = (before: FreerunEntryRecord, id: string): WriteGroup =>
        group(entryChange(before, { ...before, relatedUow: id }, 'fire'), uowInsert(id));
      const created = async (): Promise<FreerunEntryRecord> => {
        const change = entryChange(undefined, entry, 'create');
        assert.deepEqual(await store.commit([group(change)]), ['applied']);
        return change.record;
      };
      const stored = () => store.collection(freerunSpec).get(entry);

      it('get a record and a row of the journal with each change', async () => {
        const first = await created();
        assert.deepEqual(await stored(), { ...entry, version: 1 });
        const off = entryChange(first, { ...first, on: false }, 'switch-off');
        assert.deepEqual(await store.commit([group(off)]), ['applied']);
        assert.deepEqual(await stored(), { ...entry, on: false, version: 2 });
        const rows = await store.journal({ entityId: 'Report:weekly', limit: 9 });
        assert.deepEqual(
          rows.map(({ entityKind, version, from, event, to, actor }) => [
            entityKind,
            version,
            from,
            event,
            to,
            actor,
          ]),
          [
            ['entry', 2, 'ON', 'switch-off', 'OFF', 'scheduler'],
            ['entry', 1, null, 'create', 'ON', 'scheduler'],
          ],
        );
      });

      it('fire with their unit, in one step', async () => {
        const first = await created();
        assert.deepEqual(await store.commit([firing(first, 'u1')]), ['applied']);
        assert.equal((await stored())?.relatedUow, 'u1');
        const [unit] = await store.uows(['u1']);
        assert.equal(unit?.state, 'REQUESTED');
      });

      it('that were switched off meanwhile do not fire: nothing of the group is written', async () => {
        const seen = await created();
        const other = await fixture.connect();
        const off = entryChange(seen, { ...seen, on: false }, 'switch-off');
        assert.deepEqual(await other.commit([group(off)]), ['applied']);
        assert.deepEqual(await store.commit([firing(seen, 'u1')]), ['conflict']);
        assert.deepEqual(await store.uows(['u1']), []);
        assert.deepEqual(await stored(), { ...entry, on: false, version: 2 });
        assert.equal((await store.journal({ limit: 9 })).length, 2);
      });

      it('do not fire when the unit of the firing is there already', async () => {
        const seen = await created();
        await store.commit([group(uowInsert('u1'))]);
        assert.deepEqual(await store.commit([firing(seen, 'u1')]), ['conflict']);
        assert.equal((await stored())?.version, 1);
      });

      it('are made once, by the faster of two', async () => {
        const other = await fixture.connect();
        const make = (by: Store, description: string) =>
          by.commit([group(entryChange(undefined, { ...entry, description }, 'create'))]);
        const outcomes = (await Promise.all([make(store, 'a'), make(other, 'b')])).flat();
        assert.deepEqual(outcomes.toSorted(), ['applied', 'conflict']);
        assert.equal((await stored())?.description, outcomes[0] === 'applied' ? 'a' : 'b');
      });

      it('go on from what a program stored that kept no versions', async () => {
        await store.collection(freerunSpec).put(entry);
        assert.deepEqual(await store.commit([firing(entry, 'u1')]), ['applied']);
        assert.deepEqual(await stored(), { ...entry, relatedUow: 'u1', version: 1 });
        assert.deepEqual(await store.commit([firing(entry, 'u2')]), ['conflict']);
      });

      it('change several times in one commit, each change upon the one before', async () => {
        const first = await created();
        const second = { ...first, version: 2 };
        assert.deepEqual(
          await store.commit([firing(first, 'u1'), firing(second, 'u2'), firing(second, 'u3')]),
          ['applied', 'applied', 'conflict'],
        );
        assert.equal((await stored())?.relatedUow, 'u2');
        assert.equal((await store.uows(['u1', 'u2', 'u3'])).length, 2);
      });

      it('are refused with values that could not be read back, with nothing written', async () => {
        const change = entryChange(undefined, { ...entry, lastFiredAt: NaN }, 'create');
        await assert.rejects(store.commit([group(uowInsert('u1'), change)]), { code: 'UNFIT_VALUE' });
        assert.deepEqual(await store.uows(['u1']), []);
      });

      it('of a burst are written by the hundred in one commit', async () => {
        const records = Array.from({ length: 500 }, (_, i) => freerunEntry({ entryName: `e${i}` }));
        const made = records.map((record) => entryChange(undefined, record, 'create'));
        await store.commit(made.map((change) => group(change)));
        const outcomes = await store.commit(
          made.map(({ record }) => firing(record, `of ${record.entryName}`)),
        );
        assert.ok(outcomes.every((outcome) => outcome === 'applied'));
        const entries = await store.collection(freerunSpec).list();
        assert.deepEqual(
          entries.map(({ entryName, relatedUow, version }) => [relatedUow, version, entryName]),
          entries.map(({ entryName }) => [`of ${entryName}`, 2, entryName]),
        );
        assert.equal((await store.findUows({ states: ['REQUESTED'] })).length, 500);
      });
    });

    describe('commands', () => {
      const command = (id: string, createdAt: number): CommandRecord => ({
        id,
        kind: 'skip',
        arguments: { timeperiod: '2015060100' },
        ...noSubject,
        actor: 'user ann',
        reason: 'late',
        createdAt,
        state: 'open',
        finishedAt: null,
        result: null,
      });

      it('are stored once under their id', async () => {
        assert.equal(await store.collection(commandSpec).insertNew(command('c1', 1)), true);
        assert.equal(
          await store.collection(commandSpec).insertNew({ ...command('c1', 2), kind: 'reprocess' }),
          false,
        );
        assert.deepEqual(await store.collection(commandSpec).get({ id: 'c1' }), command('c1', 1));
        assert.equal(await store.collection(commandSpec).get({ id: 'c2' }), undefined);
      });

      it('are finished with a result', async () => {
        await store.collection(commandSpec).insertNew(command('c1', 1));
        const outcome = { state: 'refused', result: { because: 'no' }, finishedAt: 9 } as const;
        await finishCommand(store, 'c1', outcome);
        assert.deepEqual(await store.collection(commandSpec).get({ id: 'c1' }), {
          ...command('c1', 1),
          ...outcome,
        });
      });

      it('end once, whatever comes from one who was slower', async () => {
        await store.collection(commandSpec).insertNew(command('c1', 1));
        await finishCommand(store, 'c1', { state: 'open', result: { plan: 1 }, finishedAt: null });
        const outcome = { state: 'done', result: { plan: 2 }, finishedAt: 9 } as const;
        await finishCommand(store, 'c1', outcome);
        await finishCommand(store, 'c1', { state: 'open', result: { plan: 3 }, finishedAt: null });
        await finishCommand(store, 'c1', { state: 'refused', result: null, finishedAt: 10 });
        assert.deepEqual(await store.collection(commandSpec).get({ id: 'c1' }), {
          ...command('c1', 1),
          ...outcome,
        });
      });

      it('are listed newest first, those of a state oldest first', async () => {
        for (const [index, id] of ['c1', 'c2', 'c3'].entries())
          await store.collection(commandSpec).insertNew(command(id, index));
        await finishCommand(store, 'c2', { state: 'done', result: null, finishedAt: 9 });
        const ids = async (filter: CommandQuery): Promise<string[]> =>
          (await listCommands(store, filter)).map(({ id }) => id);
        assert.deepEqual(await ids({ limit: 2 }), ['c3', 'c2']);
        assert.deepEqual(await ids({ state: 'open', limit: 10 }), ['c1', 'c3']);
        assert.deepEqual(await ids({ state: 'open', limit: 1 }), ['c1']);
      });

      it('are found by what they are about, also those of earlier versions', async () => {
        const commands = store.collection(commandSpec);
        const [job, unit] = ['A/2015060100', 'A/2015060100#2'];
        const [entry, ofEntry] = ['B:e', 'B:e/20150601001500#1'];
        const given: readonly CommandRecord['arguments'][] = [
          { processName: 'A', timeperiod: '2015060100' },
          { uowId: unit },
          { processName: 'B', entryName: 'e' },
          { uowId: ofEntry },
          { processName: 'A' },
        ];
        for (const [index, args] of given.entries()) {
          const subject = index % 2 === 0 ? noSubject : commandSubject(args);
          await commands.insertNew({ ...command(`c${index}`, index), arguments: args, ...subject });
        }
        const ids = async (filter: Partial<CommandQuery>): Promise<string> =>
          (await listCommands(store, { limit: 10, ...filter })).map(({ id }) => id).join(' ');
        assert.equal(await ids({ entity: 'A' }), 'c4 c1 c0');
        assert.equal(await ids({ entity: job }), 'c1 c0');
        assert.equal(await ids({ entity: unit }), 'c1');
        assert.equal(await ids({ entity: entry }), 'c3 c2');
        assert.equal(await ids({ entity: ofEntry }), 'c3');
        assert.equal(await ids({ entity: 'C' }), '');
        assert.equal(await ids({ entity: 'A', order: 'oldest' }), 'c0 c1 c4');
        assert.equal(await ids({ entity: 'A', after: 'c4', limit: 1 }), 'c1');
        assert.equal(await ids({ entity: 'A', order: 'oldest', after: 'c0' }), 'c1 c4');
        assert.equal(await ids({ kind: 'skip', order: 'oldest', limit: 2 }), 'c0 c1');
        assert.equal((await commands.get({ id: 'c0' }))?.belongsTo, job);
      });

      it('are found without those about what has its key in some ranges', async () => {
        const commands = store.collection(commandSpec);
        const put = (...owners: string[]) => ({
          triggers: owners.map((owner) => ({ owner, triggerId: 't' })),
        });
        const given: readonly CommandRecord['arguments'][] = [
          { owner: 'ann', triggerId: 't' },
          { owner: 'bob', triggerId: 't' },
          { uowId: 'Events:ann-b/t/1#1' },
          { processName: 'A' },
          put('ann', 'ann'),
          put('bob'),
          put('ann', 'bob'),
        ];
        for (const [index, args] of given.entries()) {
          // Those of earlier versions do not say what they are about.
          const subject = index % 2 === 0 ? noSubject : commandSubject(args);
          await commands.insertNew({ ...command(`c${index}`, index), arguments: args, ...subject });
        }
        const ids = async (filter: Partial<CommandQuery>): Promise<string> =>
          (await listCommands(store, { limit: 10, except, ...filter })).map(({ id }) => id).join(' ');
        assert.equal(await ids({}), 'c4 c3 c0');
        assert.equal(await ids({ limit: 2 }), 'c4 c3');
        assert.equal(await ids({ limit: 2, after: 'c3' }), 'c0');
        assert.equal(await ids({ order: 'oldest', after: 'c1' }), 'c3 c4');
        assert.equal(await ids({ entity: 'Events:bob/t' }), '');
        assert.equal(await ids({ entity: 'Events' }), 'c4 c0');
      });

      it('go on behind one of them', async () => {
        for (const [index, id] of ['c3', 'c1', 'c2'].entries())
          await store.collection(commandSpec).insertNew(command(id, index));
        const ids = async (filter: CommandQuery): Promise<string[]> =>
          (await listCommands(store, filter)).map(({ id }) => id);
        assert.deepEqual(await ids({ after: 'c2', limit: 10 }), ['c1', 'c3']);
        assert.deepEqual(await ids({ after: 'c2', limit: 1 }), ['c1']);
        assert.deepEqual(await ids({ after: 'c3', limit: 10 }), []);
        assert.deepEqual(await ids({ state: 'open', after: 'c3', limit: 10 }), ['c1', 'c2']);
        assert.deepEqual(await ids({ after: 'c9', limit: 10 }), []);
      });
    });

    it('keeps what runs on boxes', async () => {
      const box = {
        boxId: 'b1',
        unit: 'worker',
        desired: 'on',
        actual: 'running',
        pid: 12,
        startedAt: 3,
        restarts: 0,
        lastExit: null,
        rssBytes: 1_000_000,
        cpuPercent: 0.25,
        updatedAt: 4,
      } as const;
      await store.collection(boxSpec).put(box);
      await store.collection(boxSpec).put({ ...box, unit: 'scheduler', pid: null });
      await store
        .collection(boxSpec)
        .put({ ...box, actual: 'backing-off', restarts: 1, lastExit: 'signal SIGKILL' });
      assert.deepEqual(await store.collection(boxSpec).list(), [
        { ...box, unit: 'scheduler', pid: null },
        { ...box, actual: 'backing-off', restarts: 1, lastExit: 'signal SIGKILL' },
      ]);
    });

    it('keeps facts, of whatever value', async () => {
      assert.equal(await getFact(store, 'address'), undefined);
      for (const value of ['http://127.0.0.1:1/', 0, null, false, { a: [1, 'b'] }]) {
        await putFact(store, 'address', value);
        assert.deepEqual(await getFact(store, 'address'), value);
      }
    });

    describe('data', () => {
      const row = (id: number, timeperiod: string) => ({
        id,
        timeperiod,
        value: { n: id, text: `row ${String(id)}` },
      });
      const day = { start: '2015060100', end: '2015060200' };

      it('adds rows once under their id', async () => {
        assert.equal(await store.data.appendRows('visits', [row(1, '2015060100'), row(2, '2015060101')]), 2);
        const again = { ...row(2, '2015060101'), value: { changed: true } };
        assert.equal(await store.data.appendRows('visits', [again, row(3, '2015060123')]), 1);
        assert.equal(await store.data.appendRows('others', [row(1, '2015060100')]), 1);
        assert.equal(await store.data.appendRows('others', []), 0);
        const all = await store.data.rows('visits', day, { from: 0, to: 99 }, 10);
        assert.deepEqual(all, [row(1, '2015060100'), row(2, '2015060101'), row(3, '2015060123')]);
      });

      it('adds many rows at a time', async () => {
        const rows = Array.from({ length: 1234 }, (_, index) => row(index + 1, '2015060100'));
        assert.equal(await store.data.appendRows('visits', rows), 1234);
        assert.deepEqual(await store.data.extent('visits', day), { lowest: 1, highest: 1234 });
      });

      it('reads rows of a period by their ids, up to a limit', async () => {
        const periods = ['2015060100', '2015060101', '2015060100', '2015060102', '2015060200'];
        await store.data.appendRows(
          'visits',
          periods.map((timeperiod, index) => row(index + 1, timeperiod)),
        );
        const ids = async (end: string, range: IdRange, limit: number): Promise<number[]> =>
          (await store.data.rows('visits', { start: '2015060100', end }, range, limit)).map(({ id }) => id);
        assert.deepEqual(await ids('2015060102', { from: 0, to: 99 }, 10), [1, 2, 3]);
        assert.deepEqual(await ids('2015060200', { from: 2, to: 4 }, 10), [2, 3, 4]);
        assert.deepEqual(await ids('2015060200', { from: 2, to: 4 }, 2), [2, 3]);
      });

      it('knows the extent of a period', async () => {
        await store.data.appendRows('visits', [
          row(5, '2015060100'),
          row(9, '2015060103'),
          row(2, '2015060200'),
        ]);
        assert.deepEqual(await store.data.extent('visits', day), { lowest: 5, highest: 9 });
        assert.deepEqual(await store.data.extent('visits', { start: '2015060101', end: '2015060103' }), {});
        assert.deepEqual(await store.data.extent('nothing', day), {});
      });

      it('has a watermark that never falls', async () => {
        assert.equal(await store.data.watermark('visits'), undefined);
        await store.data.setWatermark('visits', 5000);
        await store.data.setWatermark('visits', 4000);
        assert.equal(await store.data.watermark('visits'), 5000);
        assert.deepEqual(await store.data.extent('visits', day), { watermark: 5000 });
      });

      it('has a watermark that is taken back, and raised again', async () => {
        await store.data.setWatermark('visits', 5000);
        await store.data.lowerWatermark('visits', 1000);
        assert.equal(await store.data.watermark('visits'), 1000);
        await store.data.lowerWatermark('visits', 2000);
        assert.deepEqual(await store.data.extent('visits', day), { watermark: 1000 });
        await store.data.setWatermark('visits', 3000);
        assert.equal(await store.data.watermark('visits'), 3000);
        await store.data.lowerWatermark('new', 4000);
        assert.equal(await store.data.watermark('new'), 4000);
        assert.equal(await store.data.watermark('others'), undefined);
      });

      it('replaces documents along with rows, and without any', async () => {
        const counts = (count: number) => ({ timeperiod: '2015060100', key: 'count', value: count });
        const along = (count: number) => ({
          collection: 'counts',
          timeperiod: '2015060100',
          documents: [counts(count)],
        });
        const rows = Array.from({ length: 1234 }, (_, index) => row(index + 1, '2015060100'));
        assert.equal(await store.data.appendRows('visits', rows, along(1234)), 1234);
        assert.deepEqual(await store.data.documents('counts', day), [counts(1234)]);
        assert.equal(await store.data.appendRows('visits', rows.slice(0, 1), along(1)), 0);
        assert.equal(await store.data.appendRows('visits', [], along(2)), 0);
        assert.deepEqual(await store.data.documents('counts', day), [counts(2)]);
        assert.deepEqual(await store.data.extent('visits', day), { lowest: 1, highest: 1234 });
      });

      it('replaces the documents of a timeperiod', async () => {
        const document = (timeperiod: string, key: string, value: Json) => ({ timeperiod, key, value });
        await store.data.replaceDocuments('site', '2015060100', [
          document('2015060100', 'b', 1),
          document('2015060100', 'a', { hits: 2 }),
        ]);
        await store.data.replaceDocuments('site', '2015060101', [document('2015060101', 'a', null)]);
        await store.data.replaceDocuments('site', '2015060100', [
          document('2015060100', 'c', 'text'),
          document('2015060100', 'a', [3]),
        ]);
        assert.deepEqual(await store.data.documents('site', day), [
          document('2015060100', 'a', [3]),
          document('2015060100', 'c', 'text'),
          document('2015060101', 'a', null),
        ]);
        await store.data.replaceDocuments('site', '2015060100', []);
        assert.deepEqual(await store.data.documents('site', { start: '2015060100', end: '2015060101' }), []);
      });
    });

    collectionCases(() => fixture);
    valueCases(() => store);

    describe('locks', () => {
      it('are held by one until released', async () => {
        const other = await fixture.connect();
        const lock = await store.tryLock('scheduler');
        assert.ok(lock);
        assert.equal(await store.tryLock('scheduler'), undefined);
        assert.equal(await other.tryLock('scheduler'), undefined);
        const another = await other.tryLock('collector');
        assert.ok(another);
        await lock.release();
        await lock.release();
        const next = await other.tryLock('scheduler');
        assert.ok(next);
        await Promise.all([next.release(), another.release()]);
      });
    });

    describe('closing', () => {
      it('finishes what was begun and refuses what comes after', async () => {
        const other = await fixture.connect();
        const begun = store.commit([group(jobStart('2015060100'))]);
        await Promise.all([store.close(), store.close()]);
        assert.deepEqual(await begun, ['applied']);
        await assert.rejects(store.commit([group(jobStart('2015060101'))]), { code: 'STOPPED' });
        assert.equal((await other.job({ processName: 'SiteHourly', timeperiod: '2015060100' }))?.version, 1);
      });

      it('leaves everything for the next to open it', async () => {
        await insert(freshUow('u1'));
        await putFact(store, 'a', 1);
        await store.close();
        const next = await fixture.connect();
        assert.equal((await next.uows(['u1'])).length, 1);
        assert.equal(await getFact(next, 'a'), 1);
        assert.equal((await next.journal({ limit: 10 })).length, 1);
      });
    });
  });
};
