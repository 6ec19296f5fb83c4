import assert from 'node:assert/strict';
import { expiredJobSpec, expiredSpec } from '../../db/collections.ts';
import type { Store } from '../../db/store.ts';
import type { LogRecord, UowRecord } from '../../domain/model/record.ts';
import { uowInsert } from '../support/records.ts';
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

/** Part of what every store has to do: units of work that retention deletes go with all that belongs to them. */
export const expiryCases = (fixtureOf: () => StoreFixture): void => {
  describe('expiry of units of work', () => {
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
      const of = { processName: 'SiteHourly', head: null, step: '2' };
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
