import assert from 'node:assert/strict';
import { boxSpec } from '../../../db/collections.ts';
import { openStore } from '../../../db/registry.ts';
import type { BoxRecord } from '../../../domain/model/record.ts';
import { expireBoxes } from '../../../scheduler/maintenance/expire-boxes.ts';
import { manualClock, testLimits } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const service = (boxId: string, extra: Partial<BoxRecord>): BoxRecord => ({
  ...{ boxId, unit: 'worker', desired: 'on', actual: 'running' },
  ...{ pid: 1, startedAt: 1, restarts: 0, lastExit: null, rssBytes: null, cpuPercent: null },
  ...{ updatedAt: 0, ...extra },
});

describe('the expiry of boxes', () => {
  it('forgets a box that says nothing any more, and none that a user switched off', async () => {
    const clock = manualClock(10_000);
    const store = await openStore('embedded', { dataDir: tempFolder(), clock });
    const boxes = store.collection(boxSpec);
    await boxes.put(service('gone', { updatedAt: 4_999 }));
    await boxes.put(service('stopped', { updatedAt: 4_999, actual: 'stopped' }));
    await boxes.put(service('off', { updatedAt: 4_999, actual: 'stopped', desired: 'off' }));
    await boxes.put(service('here', { updatedAt: 5_000 }));
    assert.equal(await expireBoxes({ store, clock, limits: { ...testLimits, boxTtl: 5_000 } }), 2);
    assert.deepEqual(
      (await boxes.list()).map(({ boxId }) => boxId),
      ['here', 'off'],
    );
    await store.close();
  });
});
