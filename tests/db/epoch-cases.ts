import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { Store, Write, WriteGroup } from '../../db/store.ts';
import { SynergyError } from '../../domain/errors.ts';
import { jobStart, uowInsert } from '../support/records.ts';
import type { StoreFixture } from './store-contract.ts';

const group = (epoch: number, ...writes: Write[]): WriteGroup => ({
  cause: { actor: 'scheduler', reason: null, at: 5000, epoch },
  writes,
});

const cancel = {
  kind: 'uow',
  from: 'REQUESTED',
  version: 1,
  event: 'cancel',
  to: 'CANCELED',
  set: {},
} as const;
const claim = { owner: 'box/w1', expiresAt: 20_000, now: 5000 };
const deposed = { code: 'DEPOSED', message: /^epoch 1 is over: another scheduler leads/ };

/** A period of its own for every number. */
const periodOf = (number: number): string => String(2015060000 + number);

/** Part of what every store has to do: the epochs of schedulers keep one that was replaced from writing. */
export const epochCases = (fixtureOf: () => StoreFixture): void => {
  describe('epochs', () => {
    let store: Store;
    beforeEach(() => {
      store = fixtureOf().store;
    });

    /** All that a commit could have changed. */
    const everything = async (): Promise<unknown> => {
      const pages = [];
      for await (const page of store.loadJobs()) pages.push(page);
      return {
        pages,
        uows: await store.findUows({}),
        journal: await store.journal({ after: 0, limit: 100 }),
      };
    };

    it('begin with 1 and rise, for all connections, and are kept', async () => {
      assert.equal(await store.latestEpoch(), 0);
      assert.equal(await store.beginEpoch(), 1);
      const other = await fixtureOf().connect();
      assert.equal(await other.latestEpoch(), 1);
      assert.equal(await other.beginEpoch(), 2);
      await other.close();
      assert.equal(await store.latestEpoch(), 2);
      assert.equal(await store.beginEpoch(), 3);
    });

    it('are never given to two who begin at once', async () => {
      const other = await fixtureOf().connect();
      const begun = await Promise.all([store, other, store, other].map((each) => each.beginEpoch()));
      assert.equal(new Set(begun).size, 4);
      assert.equal(await store.latestEpoch(), Math.max(...begun));
    });

    it('let groups of the latest through, and of none begun yet', async () => {
      assert.deepEqual(await store.commit([group(0, uowInsert('a'))]), ['applied']);
      const epoch = await store.beginEpoch();
      const groups = [group(epoch, { ...cancel, id: 'a' }), group(epoch + 1, uowInsert('b'))];
      assert.deepEqual(await store.commit(groups), ['applied', 'applied']);
      const rows = await store.journal({ after: 0, limit: 10 });
      assert.deepEqual(
        rows.map((row) => [row.entityId, row.epoch]),
        [
          ['a', 0],
          ['a', epoch],
          ['b', epoch + 1],
        ],
      );
    });

    const refused: Readonly<Record<string, readonly WriteGroup[]>> = {
      'a job': [group(1, jobStart(periodOf(1)))],
      'a job with its unit': [group(1, jobStart(periodOf(1)), uowInsert('new'))],
      'a unit': [group(1, { ...cancel, id: 'a' })],
      'what is noted of a unit': [
        group(1, { kind: 'uow-note', id: 'a', state: 'REQUESTED', set: { submittedAt: 9 } }),
      ],
      'what is noted of a job': [
        group(1, { kind: 'job-note', processName: 'SiteHourly', timeperiod: periodOf(0), failures: 9 }),
      ],
      'one group among others': [
        group(2, jobStart(periodOf(1))),
        group(2, { kind: 'uow-note', id: 'a', state: 'REQUESTED', set: { submittedAt: 9 } }),
        group(1, { ...cancel, id: 'a' }),
      ],
      'what would be a conflict': [group(1, jobStart(periodOf(0)))],
      'a group without writes': [group(1)],
    };
    for (const [what, groups] of Object.entries(refused)) {
      it(`refuse ${what} once the next has begun, and nothing is written`, async () => {
        assert.equal(await store.beginEpoch(), 1);
        await store.commit([group(1, jobStart(periodOf(0)), uowInsert('a'))]);
        assert.equal(await (await fixtureOf().connect()).beginEpoch(), 2);
        const before = await everything();
        await assert.rejects(store.commit(groups), deposed);
        await store.repair();
        assert.deepEqual(await everything(), before);
        assert.deepEqual(await store.commit([group(2, { ...cancel, id: 'a' })]), ['applied']);
      });
    }

    it('are no matter of workers: what was published before goes on under its own', async () => {
      const epoch = await store.beginEpoch();
      await store.commit([group(epoch, uowInsert('a')), group(epoch, uowInsert('b'))]);
      await store.beginEpoch();
      const [unit] = await store.claim(['a'], claim);
      assert.ok(unit?.token);
      const answer = { event: 'complete', processed: 1, aggregated: 0, error: null, retryAt: null } as const;
      const report = { id: 'a', attempt: 1, token: unit.token, ...answer };
      assert.deepEqual(await store.report('box/w1', [report], 6000), ['applied']);
      const rows = await store.journal({ after: 0, limit: 10, entityId: 'a' });
      assert.deepEqual(
        rows.map((row) => row.epoch),
        [epoch, epoch, epoch],
      );
    });

    it('never fall in the journal while two schedulers take the lead from each other at work', async () => {
      const connections = [store, await fixtureOf().connect()];
      const acknowledged: string[] = [];
      let changes = 0;
      /** Takes the lead when the other one has written a little, then writes until it is refused. */
      const serve = async (own: Store, number: number): Promise<void> => {
        const seen = acknowledged.length;
        // After the last change no scheduler writes any more; one that was refused by it may not know yet.
        while (changes > 0 && changes <= 8 && acknowledged.length < seen + 3) await setImmediate();
        const epoch = await own.beginEpoch();
        if (changes++ >= 8) return;
        for (let i = number; ; i++) {
          const id = `u${String(i)}`;
          const [outcome] = await own.commit([group(epoch, jobStart(periodOf(i)), uowInsert(id))]);
          assert.equal(outcome, 'applied');
          acknowledged.push(id);
        }
      };
      const lane = async (own: Store, first: number): Promise<void> => {
        for (let number = first; changes <= 8; number += 1000) {
          await serve(own, number).catch((error: unknown) => {
            assert.ok(error instanceof SynergyError && error.code === 'DEPOSED', String(error));
          });
        }
      };
      await Promise.all(connections.map((own, index) => lane(own, index * 50_000)));
      const rows = await store.journal({ after: 0, limit: 100_000 });
      const epochs = rows.map((row) => row.epoch);
      assert.deepEqual(
        epochs,
        epochs.toSorted((a, b) => a - b),
      );
      // Beginning an epoch waits for no one else, and both may.
      assert.ok(acknowledged.length >= 7 * 3);
      assert.equal((await store.uows(acknowledged)).length, acknowledged.length);
      // What was refused is whole or not there at all.
      const inserted = rows.filter((row) => row.entityKind === 'uow').length;
      assert.equal(rows.length, 2 * inserted);
    });
  });
};
