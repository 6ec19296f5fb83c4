import assert from 'node:assert/strict';
import { giveBackWork, releaseWork } from '../../../boot/box/release-work.ts';
import { openAdapters } from '../../../boot/adapters.ts';
import type { Adapters } from '../../../boot/adapters.ts';
import { loadSettings } from '../../../boot/load-settings.ts';
import { brokenOff } from '../../../domain/model/given-back.ts';
import { COLLECTOR_QUEUE, UOW_STATUS_QUEUE } from '../../../domain/model/queue-name.ts';
import { uowInsert } from '../../support/records.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('the work of a worker that is gone', () => {
  let adapters: Adapters;
  const ids = ['a', 'b'];

  beforeEach(async () => {
    adapters = await openAdapters(
      await loadSettings({ folder: tempFolder(), environment: {}, options: {}, now: Date.now() }),
    );
    const { store, queue, clock } = adapters;
    await queue.declare([COLLECTOR_QUEUE, UOW_STATUS_QUEUE]);
    const cause = { actor: 'test', reason: null, at: 1000, epoch: 1 };
    await store.commit([{ cause, writes: ids.map((id) => uowInsert(id, { crashes: 1 })) }]);
    const now = clock.now();
    await store.claim(ids, { owner: 'box/w1', expiresAt: now + 60_000, now });
  });
  afterEach(() => adapters.close());

  it('is lost at once where it died, and the collector is told to look', async () => {
    assert.equal(await releaseWork(adapters, 'box/w1'), 2);
    const uows = await adapters.store.uows(ids);
    assert.deepEqual(
      uows.map(({ state, lease }) => [state, lease?.expiresAt]),
      ids.map(() => ['IN_PROGRESS', 0]),
    );
    assert.equal((await adapters.queue.depth(COLLECTOR_QUEUE)).ready, 1);
  });

  it('is given back where it was stopped: no crash, and an attempt that does not count', async () => {
    assert.equal(await giveBackWork(adapters, 'box/w1'), 2);
    const uows = await adapters.store.uows(ids);
    assert.deepEqual(
      uows.map(({ state, lease, error, crashes, attempt, released }) => [
        [state, lease, error],
        [crashes, attempt, released],
      ]),
      ids.map(() => [
        ['REQUESTED', null, brokenOff],
        [1, 1, { attempt: 1, at: 1000 }],
      ]),
    );
    assert.equal((await adapters.queue.depth(UOW_STATUS_QUEUE)).ready, 2);
    assert.equal(await giveBackWork(adapters, 'box/w1'), 0);
  });
});
