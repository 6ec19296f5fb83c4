import assert from 'node:assert/strict';
import {
  entryChange,
  expiredJobSpec,
  expiredJournalSpec,
  expiredSpec,
  freerunSpec,
} from '../../db/collections.ts';
import type { Store } from '../../db/store.ts';
import type { EntryEvent } from '../../domain/machine/entry-machine.ts';
import type { FreerunEntryRecord, LogRecord, UowRecord } from '../../domain/model/record.ts';
import { NEWEST_ROWS } from '../../domain/retention/journal.ts';
import { freerunEntry, jobStart, uowInsert } from '../support/records.ts';
import type { StoreFixture } from './store-contract.ts';

const EPOCH = 3;
const cause = { actor: 'scheduler', reason: null, at: 5000, epoch: EPOCH };
const nothing = { uows: 0, transitions: 0, lines: 0, reports: 0 };

const ofEntry = (entryName: string, processName = 'Report'): Partial<UowRecord> => ({
  kind: 'freerun',
  processName,
  entryName,
});

const line = (parentId: string, sequence: number): LogRecord => ({
  ...{ parentId, sequence, attempt: 1, at: 1, line: 'x' },
  stream: 'stdout',
});

/** Part of what every store has to do: what retention deletes goes with all that belongs to it, and is on record. */
export const expiryCases = (fixtureOf: () => StoreFixture): void => {
  describe('expiry', () => {
    let store: Store;
    beforeEach(() => {
      store = fixtureOf().store;
    });

    const insert = async (id: string, extra: Partial<UowRecord>): Promise<void> => {
      assert.deepEqual(await store.commit([{ cause, writes: [uowInsert(id, extra)] }]), ['applied']);
    };
    /** Its last version is 3. */
    const finished = async (id: string, extra: Partial<UowRecord>, at = 5000): Promise<void> => {
      await insert(id, extra);
      const [uow] = await store.claim([id], { owner: 'w', expiresAt: 9e9, now: 4000 });
      const report = { id, attempt: 1, event: 'complete', processed: 1, aggregated: 0 } as const;
      const ended = { error: null, retryAt: null };
      const reports = ['wrong', uow?.token ?? ''].map((token) => ({ ...report, ...ended, token }));
      assert.deepEqual(await store.report('w', reports, at), ['rejected', 'applied']);
    };
    const expire = (id: string, entity: string, uows: readonly [string, number][], epoch = EPOCH) =>
      store.expireUows({ id, epoch, entity, uows: uows.map(([uow, version]) => ({ id: uow, version })) });
    const idsOf = async (): Promise<string[]> => (await store.findUows({})).map(({ id }) => id);

    it('deletes each with its journal, lines and rejected reports, and nothing else', async () => {
      await finished('a', ofEntry('daily'), 5000);
      await finished('b', ofEntry('daily'), 6000);
      await finished('c', ofEntry('daily'));
      await store.appendLog([line('a', 1), line('a', 2), line('b', 1), line('c', 1)]);
      const counts = { uows: 2, transitions: 6, lines: 3, reports: 2 };
      assert.deepEqual(
        await expire('1', 'Report:daily', [
          ['a', 3],
          ['b', 3],
        ]),
        counts,
      );
      assert.deepEqual(await idsOf(), ['c']);
      assert.deepEqual([...new Set((await store.journal({ limit: 99 })).map((row) => row.entityId))], ['c']);
      assert.deepEqual(await store.log('a', 0, 9), []);
      assert.equal((await store.log('c', 0, 9)).length, 1);
      assert.deepEqual(
        (await store.rejectedReports(9)).map(({ id }) => id),
        ['c'],
      );
      assert.deepEqual(await store.collection(expiredSpec).list(), [
        { entity: 'Report:daily', ...counts, from: 5000, to: 6000, step: '1' },
      ]);
      assert.deepEqual(await store.collection(expiredJobSpec).list(), []);
    });

    it('leaves what is not finished, or not as it was seen', async () => {
      await insert('new', ofEntry('daily'));
      await finished('old', ofEntry('daily'));
      const seen: [string, number][] = [
        ['new', 1],
        ['old', 2],
        ['none', 1],
      ];
      assert.deepEqual(await expire('1', 'Report:daily', seen), nothing);
      assert.deepEqual(await idsOf(), ['old', 'new']);
      assert.deepEqual(await store.collection(expiredSpec).list(), []);
    });

    it('adds to what is on record, by entity and by job', async () => {
      await finished('a', { sequence: 1 }, 5000);
      await finished('b', { sequence: 2 }, 7000);
      await finished('c', { sequence: 1, timeperiod: '2015060101' }, 6000);
      await expire('1', 'SiteHourly', [['a', 3]]);
      await expire('2', 'SiteHourly', [
        ['b', 3],
        ['c', 3],
      ]);
      assert.deepEqual(await store.collection(expiredSpec).list(), [
        ...[{ entity: 'SiteHourly', uows: 3, transitions: 9, lines: 0, reports: 3 }].map((counts) => ({
          ...counts,
          from: 5000,
          to: 7000,
          step: '2',
        })),
      ]);
      const of = { processName: 'SiteHourly', step: '2' };
      assert.deepEqual(await store.collection(expiredJobSpec).list(), [
        { ...of, timeperiod: '2015060100', uows: 2 },
        { ...of, timeperiod: '2015060101', uows: 1 },
      ]);
    });

    it('does a step that is told again once', async () => {
      await finished('a', ofEntry('daily'));
      await expire('1', 'Report:daily', [['a', 3]]);
      const record = await store.collection(expiredSpec).list();
      assert.deepEqual(await expire('1', 'Report:daily', [['a', 3]]), nothing);
      assert.deepEqual(await store.collection(expiredSpec).list(), record);
    });

    it('refuses a scheduler that another one has replaced', async () => {
      await finished('a', ofEntry('daily'));
      while ((await store.latestEpoch()) <= EPOCH) await store.beginEpoch();
      await assert.rejects(expire('1', 'Report:daily', [['a', 3]]), { code: 'DEPOSED' });
      assert.deepEqual(await idsOf(), ['a']);
    });

    describe('of the beginning of a journal', () => {
      const entity = 'SiteHourly/2015060100';
      const cut = (id: string, before: number, epoch = EPOCH) =>
        store.expireTransitions({ id, epoch, entity, before });
      const rowsOf = () => store.journal({ entityId: entity, after: 0, limit: 99 });
      const begins = () => store.collection(expiredJournalSpec).list();

      /** Twenty changes, at 1001 to 1020. */
      beforeEach(async () => {
        for (let version = 0; version < 20; version++) {
          const edge =
            version % 2 === 0
              ? ({ from: 'EMBRYO', event: 'start', to: 'IN_PROGRESS' } as const)
              : ({ from: 'IN_PROGRESS', event: 'reprocess', to: 'EMBRYO' } as const);
          const group = {
            cause: { ...cause, at: 1001 + version },
            writes: [jobStart('2015060100', { version, ...edge })],
          };
          assert.deepEqual(await store.commit([group]), ['applied']);
        }
      });

      it('deletes rows that are old, and keeps on record where it begins', async () => {
        const all = await rowsOf();
        const first = {
          ...{ entity, version: 3, state: 'IN_PROGRESS', epoch: EPOCH, step: '1' },
          ...{ sequence: all[2]?.sequence, published: all[2]?.sequence },
        };
        assert.deepEqual(await cut('1', 1004), { transitions: 3, from: 1001, to: 1003, journal: first });
        assert.deepEqual(await rowsOf(), all.slice(3));
        assert.deepEqual(await begins(), [first]);
        const second = { ...first, version: 4, state: 'EMBRYO', sequence: all[3]?.sequence, step: '2' };
        assert.deepEqual(await cut('2', 1005), { transitions: 1, from: 1004, to: 1004, journal: second });
        assert.deepEqual(await begins(), [second]);
        assert.equal((await store.job({ processName: 'SiteHourly', timeperiod: '2015060100' }))?.version, 20);
      });

      it('leaves the newest, and what is young', async () => {
        assert.equal(await cut('1', 1001), undefined);
        assert.deepEqual(await begins(), []);
        assert.equal((await cut('1', 9000))?.transitions, 20 - NEWEST_ROWS);
        assert.equal(await cut('2', 9000), undefined);
        assert.deepEqual(
          (await rowsOf()).map(({ version }) => version),
          Array.from({ length: NEWEST_ROWS }, (_, i) => 20 - NEWEST_ROWS + 1 + i),
        );
      });

      it('refuses a scheduler that another one has replaced', async () => {
        while ((await store.latestEpoch()) <= EPOCH) await store.beginEpoch();
        await assert.rejects(cut('1', 9000), { code: 'DEPOSED' });
        assert.equal((await rowsOf()).length, 20);
        assert.deepEqual(await begins(), []);
      });
    });

    describe('of an entry that was removed', () => {
      const entity = 'Report:weekly';
      const key = { processName: 'Report', entryName: 'weekly' };
      const write = async (
        known: FreerunEntryRecord | undefined,
        event: EntryEvent,
        set: Partial<FreerunEntryRecord> = {},
      ): Promise<FreerunEntryRecord> => {
        const change = entryChange(known, freerunEntry({ ...key, ...set }), event);
        assert.deepEqual(await store.commit([{ cause, writes: [change] }]), ['applied']);
        return change.record;
      };
      const expireAll = (version: number, before = 9000) =>
        store.expireTransitions({ id: '9', epoch: EPOCH, entity, before, removed: { ...key, version } });
      const rowsOf = async (): Promise<number[]> =>
        (await store.journal({ entityId: entity, after: 0, limit: 99 })).map(({ version }) => version);
      const recordOf = () => store.collection(freerunSpec).get(key);
      let removed: FreerunEntryRecord;
      beforeEach(async () => {
        removed = await write(await write(undefined, 'create'), 'remove', { removed: true });
      });

      it('deletes its record with its journal, and counts its history in with that of its process', async () => {
        await finished('a', ofEntry('weekly'), 4000);
        await expire('1', entity, [['a', 3]]);
        const [history] = await store.collection(expiredSpec).list();
        const cut = await expireAll(2);
        assert.deepEqual([cut?.transitions, cut?.from, cut?.to], [2, 5000, 5000]);
        assert.equal(await recordOf(), undefined);
        assert.deepEqual(await rowsOf(), []);
        assert.deepEqual(await store.collection(expiredJournalSpec).list(), []);
        assert.deepEqual(await store.collection(expiredSpec).list(), [
          { ...history, entity: 'Report', step: '9' },
        ]);
        assert.equal(await expireAll(2), undefined);
      });

      it('begins anew when it is made again', async () => {
        await expireAll(2);
        await assert.rejects(write(removed, 'create'));
        assert.equal((await write(undefined, 'create')).version, 1);
        assert.equal(await expireAll(2), undefined);
        assert.deepEqual(await rowsOf(), [1]);
        assert.deepEqual(await recordOf(), freerunEntry({ ...key, version: 1 }));
      });

      it('leaves one that is young, that was made anew meanwhile, or is there', async () => {
        assert.equal(await expireAll(2, 5000), undefined);
        assert.equal(await expireAll(1), undefined);
        const anew = await write(removed, 'create');
        assert.equal(await expireAll(2), undefined);
        assert.equal(await expireAll(3), undefined);
        assert.deepEqual(await rowsOf(), [1, 2, 3]);
        assert.deepEqual(await recordOf(), anew);
      });
    });

    it('finds the entries that units are of, and the units of each in the order in which they were made', async () => {
      for (const [id, entry, process] of [
        ['m', 'weekly', 'Report'],
        ['c', 'daily', 'Report'],
        ['x', 'daily', 'Clean'],
        ['a', 'daily', 'Report'],
      ] as const)
        await insert(id, ofEntry(entry, process));
      await insert('job', {});
      assert.deepEqual(await store.entriesWithUows(), [
        { processName: 'Clean', entryName: 'daily' },
        { processName: 'Report', entryName: 'daily' },
        { processName: 'Report', entryName: 'weekly' },
      ]);
      const daily = { processName: 'Report', entryName: 'daily' };
      assert.deepEqual(
        (await store.findUows({ ...daily, states: ['REQUESTED'] })).map(({ id }) => id),
        ['c', 'a'],
      );
      assert.deepEqual(
        (await store.findUows({ ...daily, limit: 1 })).map(({ id }) => id),
        ['a'],
      );
    });
  });
};
