import assert from 'node:assert/strict';
import { checkInvariants } from '../../../boot/check/invariants.ts';
import type { CheckOptions, CheckProgress } from '../../../boot/check/invariants.ts';
import { entryChange } from '../../../db/collections.ts';
import { openStore } from '../../../db/registry.ts';
import type { MovableStore } from '../../../db/transfer.ts';
import type { FreerunEntryRecord } from '../../../domain/model/record.ts';
import { freerunEntry, jobStart, uowInsert } from '../../support/records.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const unit = 'SiteHourly/2015060100#1';
const cause = { actor: 'scheduler', reason: null, at: 1000, epoch: 0 };
const jobTo = (event: 'complete' | 'empty', to: 'PROCESSED' | 'NOOP') =>
  jobStart('2015060100', { from: 'IN_PROGRESS', version: 1, event, to });

describe('a check of the invariants', () => {
  let store: MovableStore;
  beforeEach(async () => {
    store = await openStore('embedded', { dataDir: tempFolder(), clock: { now: () => 1000 } });
    const job = jobStart('2015060100', { set: { relatedUow: unit, uowCount: 1 } });
    await store.commit([{ cause, writes: [job, uowInsert(unit)] }]);
  });
  afterEach(() => store.close());

  const finish = async (): Promise<void> => {
    const [uow] = await store.claim([unit], { owner: 'w', expiresAt: 9000, now: 1000 });
    const { attempt, token } = uow ?? { attempt: 0, token: null };
    const answer = { event: 'complete', processed: 0, aggregated: 0, error: null, retryAt: null } as const;
    await store.report('w', [{ id: unit, attempt, token: token ?? '', ...answer }], 2000);
    await store.commit([{ cause, writes: [jobTo('complete', 'PROCESSED')] }]);
  };

  /** Checks while something happens between two of its tables. */
  const checkDuring = async (
    happens: () => Promise<void>,
    situation: CheckOptions['evidence']['situation'],
    after: CheckProgress['table'] = 'transition',
  ): Promise<number[]> => {
    const pages = store.transfer.pages.bind(store.transfer);
    const transfer: MovableStore['transfer'] = {
      ...store.transfer,
      pages: async function* (table, size) {
        yield* pages(table, size);
        if (table === after && !hasHappened) {
          hasHappened = true;
          await happens();
        }
        return undefined;
      },
    };
    let hasHappened = false;
    const watched = new Proxy(store, {
      get: (target, name, receiver) =>
        name === 'transfer' ? transfer : (Reflect.get(target, name, receiver) as unknown),
    });
    const { violations } = await checkInvariants(watched, {
      evidence: { situation, now: 3000 },
      patience: 0,
    });
    assert.ok(hasHappened);
    return violations.map(({ invariant }) => invariant);
  };

  it('calls a report under way no violation while others work', async () => {
    assert.deepEqual(await checkDuring(finish, 'at-work'), []);
  });

  it('calls an entry that fired meanwhile no violation while others work', async () => {
    let record: FreerunEntryRecord | undefined;
    const change = async (event: 'create' | 'fire'): Promise<void> => {
      const fired = `Report:weekly/${record?.version ?? 0}#1`;
      const after = freerunEntry({ relatedUow: event === 'fire' ? fired : null });
      const written = entryChange(record, after, event);
      const uow = uowInsert(fired, { kind: 'freerun', processName: 'Report', entryName: 'weekly' });
      await store.commit([{ cause, writes: [written, ...(event === 'fire' ? [uow] : [])] }]);
      record = written.record;
    };
    await change('create');
    assert.deepEqual(await checkDuring(() => change('fire'), 'at-work'), []);
    assert.deepEqual(await checkDuring(() => change('fire'), 'at-work', 'freerun_process'), []);
    assert.deepEqual(await checkDuring(() => change('fire'), 'stopped'), [3, 3]);
  });

  it('would, of a store at rest', async () => {
    assert.deepEqual(await checkDuring(finish, 'stopped'), [3, 3, 5]);
  });

  it('takes a job that went on behind its unit for what it is', async () => {
    assert.deepEqual(await checkDuring(finish, 'at-work', 'unit_of_work'), []);
  });

  it('looks again at all inputs of a job whose inputs went on', async () => {
    const day = { processName: 'SiteDaily', timeperiod: '2015060100' };
    const hours = ['2015060100', '2015060101'].map((timeperiod) => `SiteHourly/${timeperiod}`);
    await store.commit([{ cause, writes: [jobStart('2015060101')] }]);
    // One input is as the journal was read, the other one is not.
    const consumed = { [String(hours[0])]: 2, [String(hours[1])]: 1 };
    const startOfDay = async (): Promise<void> => {
      await finish();
      await store.commit([{ cause, writes: [jobStart(day.timeperiod, { ...day, set: { consumed } })] }]);
    };
    assert.deepEqual(await checkDuring(startOfDay, 'at-work'), []);
  });

  it('finds at work what does not pass', async () => {
    await store.commit([{ cause, writes: [jobTo('complete', 'PROCESSED')] }]);
    assert.deepEqual(await checkDuring(() => Promise.resolve(), 'at-work'), [9]);
  });

  it('tells how far it is, and how much it read', async () => {
    await finish();
    const told: CheckProgress[] = [];
    const evidence = { situation: 'stopped', now: 3000 } as const;
    const { counts, violations } = await checkInvariants(store, {
      evidence,
      progress: (step) => void told.push(step),
    });
    assert.deepEqual(violations, []);
    assert.deepEqual(counts, { transitions: 5, jobs: 1, uows: 1 });
    assert.deepEqual(
      told.find(({ table }) => table === 'transition'),
      { table: 'transition', rows: 5, total: 5 },
    );
  });

  it('reads captured output only where it is evidence', async () => {
    const tablesOf = async (): Promise<string[]> => {
      const told = new Set<string>();
      const limits = { maxCrashes: 3, resubmitAfter: 1, recovery: 1, killGrace: 1 };
      const evidence = { situation: 'stopped', now: 3000, limits } as const;
      await checkInvariants(store, { evidence, progress: ({ table }) => void told.add(table) });
      return [...told];
    };
    await store.appendLog([{ parentId: unit, sequence: 1, attempt: 1, at: 1000, stream: 'log', line: 'on' }]);
    assert.equal((await tablesOf()).includes('log_record'), false);
    await store.claim([unit], { owner: 'w', expiresAt: 9000, now: 1000 });
    const repost = { event: 'repost', from: 'IN_PROGRESS', to: 'REQUESTED', version: 2 } as const;
    await store.commit([{ cause, writes: [{ kind: 'uow', id: unit, ...repost, set: { lease: null } }] }]);
    await store.claim([unit], { owner: 'w', expiresAt: 9000, now: 1000 });
    assert.equal((await tablesOf()).includes('log_record'), true);
  });
});
