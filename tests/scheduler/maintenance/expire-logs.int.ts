import assert from 'node:assert/strict';
import { openStore } from '../../../db/registry.ts';
import type { Store } from '../../../db/store.ts';
import { expireLogs } from '../../../scheduler/maintenance/expire-logs.ts';
import { manualClock, testLimits } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('the expiry of captured output', () => {
  const clock = manualClock(10_000);
  const limits = { ...testLimits, logTtl: 5_000 };
  let store: Store;

  beforeEach(async () => {
    store = await openStore('embedded', { dataDir: tempFolder(), clock });
    const lines = Array.from({ length: 2_501 }, (_, index) => ({
      ...{ parentId: 'u', sequence: index + 1, attempt: 1, at: index === 2_500 ? 5_000 : 4_999 },
      ...({ stream: 'stdout', line: 'x' } as const),
    }));
    await store.appendLog(lines);
  });
  afterEach(() => store.close());

  const left = async (): Promise<number> => (await store.log('u', 0, 5_000)).length;

  it('deletes all that is older than the limit, and lets other writers in between', async () => {
    const steps: number[] = [];
    const watched: Store = {
      ...store,
      expireLogs: async (before, limit) => {
        const deleted = await store.expireLogs(before, limit);
        steps.push(deleted);
        return deleted;
      },
    };
    assert.equal(await expireLogs({ store: watched, clock, limits }, new AbortController().signal), 2_500);
    assert.deepEqual(steps, [1_000, 1_000, 500]);
    assert.equal(await left(), 1);
  });

  it('ends with the step under way when the scheduler stops, and goes on with the next run', async () => {
    const stopping = new AbortController();
    const stopped: Store = {
      ...store,
      expireLogs: (before, limit) => {
        stopping.abort();
        return store.expireLogs(before, limit);
      },
    };
    assert.equal(await expireLogs({ store: stopped, clock, limits }, stopping.signal), 1_000);
    assert.equal(await left(), 1_501);
    assert.equal(await expireLogs({ store, clock, limits }, new AbortController().signal), 1_500);
  });
});
