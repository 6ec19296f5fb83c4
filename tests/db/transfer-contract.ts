import assert from 'node:assert/strict';
import { sessionSpec } from '../../db/account-collections.ts';
import {
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
import { summarize } from '../../db/checksum.ts';
import type { TableSummary } from '../../db/checksum.ts';
import { refuseUnfinishedCopy } from '../../db/copy-mark.ts';
import { copyState } from '../../db/copy.ts';
import type { CopyOptions, CopyProgress } from '../../db/copy.ts';
import { tableNames } from '../../db/transfer.ts';
import type { MovableStore, StateRows, StateTransfer, TableName } from '../../db/transfer.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { jobStart, uowInsert } from '../support/records.ts';
import { fillStore, seenOf } from './full-state.ts';
import type { StoreFixture } from './store-contract.ts';

/** A store that can be moved, with nothing in it, for one test. */
export interface MovableFixture extends StoreFixture {
  readonly store: MovableStore;
}

const cause = { actor: 'scheduler', reason: null, at: 9000, epoch: 4 };

const named = (name: string, store: MovableStore) => ({ name, store });

const isWish = (fact: string): boolean => fact.startsWith('wish/');

/** A store whose rows pass through `write` on their way in. */
const writingThrough = (
  store: MovableStore,
  write: (inner: StateTransfer) => StateTransfer['write'],
): MovableStore => ({ ...store, transfer: { ...store.transfer, write: write(store.transfer) } });

/** Stops at the write of page number `last` + 1, as a lost connection would. */
const breakingAfter = (store: MovableStore, last: number): MovableStore => {
  let pages = 0;
  return writingThrough(store, (inner) => async (table, rows) => {
    if (pages++ === last) throw new Error('cut');
    await inner.write(table, rows);
  });
};

interface FirstRow {
  readonly table: TableName;
  readonly put: (store: MovableStore) => Promise<unknown>;
}

const timeperiod = '2015060100';
const none = { processed: 0, aggregated: 0, error: null, retryAt: null };

/** The least that makes a store not empty. */
const firstRows: readonly FirstRow[] = [
  {
    table: 'job',
    put: (store) =>
      store.commit([{ cause, writes: [{ kind: 'job-note', processName: 'A', timeperiod, failures: 1 }] }]),
  },
  { table: 'unit_of_work', put: (store) => store.commit([{ cause, writes: [uowInsert('u')] }]) },
  {
    table: 'rejected_report',
    put: (store) => store.report('w', [{ id: 'u', attempt: 1, token: 't', event: 'empty', ...none }], 1),
  },
  {
    table: 'log_record',
    put: (store) =>
      store.appendLog([{ parentId: 'u', sequence: 1, attempt: 1, at: 1, stream: 'log', line: 'a' }]),
  },
  {
    table: 'managed_process',
    put: (store) =>
      store
        .collection(managedSpec)
        .put({ processName: 'A', on: true, trigger: null, arguments: null, updatedAt: 1 }),
  },
  { table: 'fact', put: (store) => putFact(store, 'startTimeperiod', timeperiod) },
  { table: 'source_row', put: (store) => store.data.appendRows('log', [{ id: 1, timeperiod, value: {} }]) },
  { table: 'watermark', put: (store) => store.data.setWatermark('log', 1) },
  {
    table: 'sink_document',
    put: (store) => store.data.replaceDocuments('site', timeperiod, [{ timeperiod, key: 'a', value: 1 }]),
  },
];

interface LaterChange {
  readonly table: TableName;
  readonly change: (store: MovableStore) => Promise<unknown>;
}

/** Changes of a state that `fillStore` made, each of one table. */
const laterChanges: readonly LaterChange[] = [
  {
    table: 'unit_of_work',
    change: (store) =>
      store.commit([
        { cause, writes: [{ kind: 'uow-note', id: 'b', state: 'REQUESTED', set: { submittedAt: 1001 } }] },
      ]),
  },
  { table: 'log_record', change: (store) => store.expireLogs(6000, 1) },
  {
    table: 'command',
    change: (store) => finishCommand(store, 'q', { state: 'done', result: null, finishedAt: 1 }),
  },
  {
    table: 'freerun_process',
    change: (store) => store.collection(freerunSpec).remove({ processName: 'Clean', entryName: 'nightly' }),
  },
  { table: 'watermark', change: (store) => store.data.setWatermark('log', 78) },
];

const sums = (store: MovableStore): Promise<TableSummary[]> => {
  const { transfer } = store;
  // Word of the copy is in one of them only.
  async function* pages<T extends TableName>(
    table: T,
    size: number,
  ): AsyncGenerator<StateRows[T][], undefined> {
    if (table !== 'fact') yield* transfer.pages(table, size);
  }
  return summarize({ ...transfer, pages });
};

/** What a copy from the first kind of store to the second has to do; `runs`: number of random states that are tried. */
export const transferContract = (
  name: string,
  openSource: () => Promise<MovableFixture>,
  openTarget: () => Promise<MovableFixture>,
  runs = 25,
): void => {
  describe(`state transfer: ${name}`, function () {
    this.timeout(60_000);
    let source: MovableStore;
    let target: MovableStore;
    let fixtures: MovableFixture[];
    beforeEach(async () => {
      fixtures = await Promise.all([openSource(), openTarget()]);
      [source, target] = fixtures.map(({ store }) => store) as [MovableStore, MovableStore];
    });
    afterEach(() => Promise.all(fixtures.map(({ dispose }) => dispose())));

    const copy = (options: Partial<CopyOptions> = {}) =>
      copyState({
        source: named('old', source),
        target: named('new', target),
        resume: false,
        isOfPlace: isWish,
        progress: () => undefined,
        ...options,
      });
    const refused = (work: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> =>
      assert.rejects(work, { code, message });

    it('carries everything over, in the same order, and sums it up alike', async () => {
      await fillStore(source);
      const seen = await seenOf(source);
      const summaries = await copy();
      assert.deepEqual(await seenOf(target), seen);
      assert.deepEqual(await seenOf(source), seen, 'the source is as it was');
      const sessions = await Promise.all(
        [source, target].map((store) => store.collection(sessionSpec).list()),
      );
      assert.deepEqual(
        sessions.map(({ length }) => length),
        [1, 0],
        'who is signed in at one is not at the other',
      );
      const rows = Object.fromEntries(summaries.map((summary) => [summary.table, summary.rows]));
      assert.deepEqual(rows, {
        job: 4,
        unit_of_work: 6,
        transition: 18,
        rejected_report: 2,
        log_record: 4,
        managed_process: 2,
        freerun_process: 2,
        account: 2,
        api_token: 2,
        audit: 2,
        event_trigger: 2,
        event_secret: 2,
        command: 3,
        fact: 2,
        expired_history: 1,
        expired_job: 2,
        expired_journal: 1,
        retention_round: 2,
        source_row: 3,
        watermark: 1,
        sink_document: 2,
      });
    });

    it('leaves behind what belongs to a place', async () => {
      await fillStore(source);
      await copy();
      assert.deepEqual(await target.collection(boxSpec).list(), []);
      assert.equal(await getFact(target, 'wish/box/worker'), undefined);
      assert.ok(await getFact(source, 'wish/box/worker'));
    });

    it('makes a store that work goes on in: what comes next is newer than what was copied', async () => {
      await fillStore(source);
      await copy();
      const [newest] = await target.journal({ limit: 1 });
      const redo = jobStart('2015060101', { version: 3 });
      assert.deepEqual(
        await target.commit([
          { cause, writes: [redo, uowInsert('after')] },
          { cause, writes: [jobStart('2015060100')] },
        ]),
        ['applied', 'conflict'],
      );
      assert.equal((await target.findUows({ limit: 1 }))[0]?.id, 'after');
      const [b] = await target.claim(['b'], { owner: 'w', expiresAt: 1e6, now: 9000 });
      assert.equal(b?.attempt, 1);
      const rows = await target.journal({ after: newest?.sequence ?? NaN, limit: 10 });
      assert.deepEqual(
        rows.map(({ entityId, version, epoch }) => [entityId, version, epoch]),
        [
          ['SiteHourly/2015060101', 4, 4],
          ['after', 1, 4],
          // Claims are journaled under the epoch that the unit brought along.
          ['b', 2, 3],
        ],
      );
      const late = { attempt: 9, token: 't', event: 'fail', processed: 0, aggregated: 0 } as const;
      await target.report('w', [{ ...late, id: 'late', error: null, retryAt: null }], 9000);
      assert.equal((await target.rejectedReports(1))[0]?.id, 'late');
      const [last] = await listCommands(target, { limit: 1 });
      assert.ok(last && (await target.collection(commandSpec).insertNew({ ...last, id: 'c2' })));
      assert.equal((await listCommands(target, { limit: 1 }))[0]?.id, 'c2');
    });

    it('makes a store whose epochs begin above those that were copied', async () => {
      await fillStore(source);
      await copy();
      assert.equal(await target.latestEpoch(), 3);
      assert.equal(await target.beginEpoch(), 4);
      const late = { ...cause, epoch: 3 };
      await refused(target.commit([{ cause: late, writes: [uowInsert('late')] }]), 'DEPOSED', /epoch 3/);
    });

    it('is refused when there is nothing to copy but what belongs to the place', async () => {
      await putFact(source, 'wish/box/worker', 1);
      await refused(copy(), 'NOT_FOUND', /^'old' has no records to copy/);
      assert.equal(await getFact(target, 'copy'), undefined, 'nothing was begun');
    });

    it('carries any state over', async () => {
      const text = fc.string({ unit: 'grapheme', maxLength: 8 });
      const json = fc.dictionary(
        fc.stringMatching(/^[a-z][a-z.]{0,3}$/),
        fc.oneof(text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)),
      );
      const period = fc.nat({ max: 23 }).map((hour) => `20150601${String(hour).padStart(2, '0')}`);
      const state = fc.record({
        jobs: fc.array(fc.record({ timeperiod: period, processName: fc.constantFrom('A', 'A-B', 'AB') })),
        units: fc.array(fc.record({ id: text, arguments: json, timeperiod: period }), { maxLength: 30 }),
        claimed: fc.nat({ max: 10 }),
        lines: fc.array(fc.record({ line: text, parentId: text, sequence: fc.nat({ max: 5 }) })),
        facts: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), json),
        rows: fc.array(fc.record({ id: fc.integer(), timeperiod: period, value: json })),
        documents: fc.uniqueArray(fc.record({ key: text, value: json }), { selector: ({ key }) => key }),
      });
      await fc.assert(
        fc.asyncProperty(state, async ({ jobs, units, claimed, lines, facts, rows, documents }) => {
          const [old, fresh] = await Promise.all([openSource(), openTarget()]);
          const { store } = old;
          const writes = [
            ...jobs.map((job) => jobStart(job.timeperiod, job)),
            ...units.map((unit) => uowInsert(unit.id, unit)),
          ];
          await store.commit(writes.map((write) => ({ cause, writes: [write] })));
          const won = units.slice(0, claimed).map(({ id }) => id);
          await store.claim(won, { owner: 'w', expiresAt: 9, now: 1 });
          await store.appendLog(lines.map((line) => ({ ...line, attempt: 1, at: 1, stream: 'log' })));
          for (const [fact, value] of Object.entries(facts)) await putFact(store, fact, value);
          await store.data.appendRows('rows', rows);
          await putFact(store, 'any', 1);
          const made = documents.map((document) => ({ ...document, timeperiod: '2015060100' }));
          await store.data.replaceDocuments('sink', '2015060100', made);
          await copy({ source: named('old', store), target: named('new', fresh.store) });
          assert.deepEqual(await seenOf(fresh.store), await seenOf(store));
          await Promise.all([old.dispose(), fresh.dispose()]);
        }),
        { numRuns: runs },
      );
    });

    it('pages through more rows than are read at a time', async () => {
      const instants = Array.from({ length: 1234 }, (_, i) => i);
      await source.commit(
        instants.map((i) => ({ cause, writes: [uowInsert(`u${String(i % 7)}-${String(i)}`)] })),
      );
      const rows = instants.map((id) => ({ id, timeperiod: '2015060100', value: { id } }));
      await source.data.appendRows('rows', rows);
      const seen: CopyProgress[] = [];
      const summaries = await copy({ progress: (progress) => seen.push(progress) });
      assert.deepEqual(await target.findUows({}), await source.findUows({}));
      assert.equal(summaries.find(({ table }) => table === 'source_row')?.rows, 1234);
      for (const step of ['copying', 'verifying'] as const) {
        const last = seen.filter((each) => each.step === step && each.table === 'unit_of_work').at(-1);
        assert.deepEqual(last, { step, table: 'unit_of_work', rows: 1234, total: 1234 });
      }
    });

    describe('interrupted', () => {
      const interrupt = (after: number): Promise<void> =>
        assert.rejects(copy({ target: named('new', breakingAfter(target, after)) }), /cut/);
      /** The target, and a list of the tables that it is given rows of. */
      const watched = (): { store: MovableStore; tables: string[] } => {
        const tables: string[] = [];
        const store = writingThrough(target, (inner) => (table, rows) => {
          tables.push(table);
          return inner.write(table, rows);
        });
        return { store, tables };
      };

      it('goes on where it stopped', async () => {
        await fillStore(source);
        await interrupt(3);
        const { store, tables } = watched();
        await copy({ target: named('new', store) });
        assert.deepEqual(tables, tableNames.slice(3), 'nothing is written twice');
        assert.deepEqual(await seenOf(target), await seenOf(source));
      });

      it('goes on after every page there is', async () => {
        await fillStore(source);
        for (let page = 0; page < tableNames.length; page++) await interrupt(page === 0 ? 0 : 1);
        await copy();
        assert.deepEqual(await seenOf(target), await seenOf(source));
      });

      it('brings over what changed in the meantime', async () => {
        await fillStore(source);
        await interrupt(5);
        await source.commit([{ cause, writes: [jobStart('2015060101', { version: 3 }), uowInsert('new')] }]);
        await copy();
        assert.deepEqual(await seenOf(target), await seenOf(source));
      });

      it('is refused as a source', async () => {
        await fillStore(source);
        await interrupt(5);
        await refused(
          copy({ source: named('new', target), target: named('old', source) }),
          'COPY_UNFINISHED',
          /holds an unfinished copy of 'old'/,
        );
      });

      it('goes on from a store of another name only when told to', async () => {
        await fillStore(source);
        await interrupt(5);
        const moved = named('elsewhere', source);
        await refused(
          copy({ source: moved }),
          'COPY_UNFINISHED',
          /copy of 'old', not of 'elsewhere'.*--resume/,
        );
        await copy({ source: moved, resume: true });
        assert.deepEqual(await seenOf(target), await seenOf(source));
      });
    });

    describe('into a store with something in it', () => {
      for (const { table, put } of firstRows) {
        it(`is refused when that is a ${table}`, async () => {
          await fillStore(source);
          await put(target);
          await refused(
            copy(),
            'STORE_NOT_EMPTY',
            new RegExp(`^'new' has records already, such as ${table} `),
          );
          assert.equal(await getFact(target, 'copy'), undefined, 'nothing was begun');
        });
      }

      it('is refused after a finished copy, with --resume too', async () => {
        await fillStore(source);
        await copy();
        await refused(
          copy({ resume: true }),
          'STORE_NOT_EMPTY',
          /^'new' has records already \(copied from 'old'\)/,
        );
      });

      it('is done when that belongs to the place', async () => {
        await putFact(target, 'wish/there/worker', 1);
        await fillStore(source);
        await copy();
        assert.equal(await getFact(target, 'wish/there/worker'), 1);
      });
    });

    describe('verification', () => {
      const spoiling = (
        spoiled: TableName,
        spoil: (rows: readonly object[]) => readonly object[],
      ): Promise<unknown> => {
        const write =
          (inner: StateTransfer): StateTransfer['write'] =>
          (table, rows) =>
            inner.write(table, table === spoiled ? (spoil(rows) as typeof rows) : rows);
        return copy({ target: named('new', writingThrough(target, write)) });
      };

      beforeEach(() => fillStore(source));

      it('finds a row that got lost', () =>
        refused(
          spoiling('transition', (rows) => rows.slice(1)),
          'COPY_DIFFERS',
          /^'new' is not what 'old' is: 18 rows of transition became 17, the first that differs is transition \d+;/,
        ));

      it('finds a row that changed', () =>
        refused(
          spoiling('job', ([first, ...rows]) => [{ ...first, failures: 9 }, ...rows]),
          'COPY_DIFFERS',
          /4 rows of job became 4, the first that differs is job SiteHourly\/2015060100;/,
        ));

      it('finds a row too many', () =>
        refused(
          spoiling('sink_document', (rows) => [...rows, { ...rows[0], key: 'z' }]),
          'COPY_DIFFERS',
          /2 rows of sink_document became 3, the first that differs is sink_document site\/2015060100\/z;/,
        ));

      it('leaves a copy that failed it unfinished', async () => {
        await assert.rejects(spoiling('job', (rows) => rows.slice(1)));
        await assert.rejects(refuseUnfinishedCopy(target), { code: 'COPY_UNFINISHED' });
        await copy();
        await refuseUnfinishedCopy(target);
      });

      for (const { table, change } of laterChanges) {
        it(`tells apart stores of which one changed afterwards: ${table}`, async () => {
          await copy();
          const before = await sums(source);
          assert.deepEqual(await sums(target), before);
          await change(target);
          const after = await sums(target);
          assert.deepEqual(
            tableNames.filter((name, i) => after[i]?.checksum !== before[i]?.checksum),
            [table],
          );
        });
      }
    });
  });
};
