import assert from 'node:assert/strict';
import { DatabaseSync } from '@photostructure/sqlite';
import { join } from 'node:path';
import { getFact, putFact } from '../../../db/collections.ts';
import { openStore } from '../../../db/registry.ts';
import type { Store } from '../../../db/store.ts';
import { DAY, HOUR } from '../../../domain/time/calendar.ts';
import { SIZE_FACT, readGrowth, sampleSize } from '../../../scheduler/maintenance/store-size.ts';
import { manualClock } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('the size of the store', () => {
  const clock = manualClock(Date.UTC(2026, 5, 1));
  let dataDir: string;
  let store: Store;
  beforeEach(async () => {
    dataDir = tempFolder();
    store = await openStore('embedded', { dataDir, clock });
  });
  afterEach(() => store.close());

  it('is told with its growth once a sample is a day old', async () => {
    const bytes = await sampleSize({ store, clock });
    assert.deepEqual((await readGrowth(store, clock.now())).growthPerDay, null);
    await putFact(store, 'large', 'x'.repeat(1_000_000));
    clock.advance(DAY / 2);
    await sampleSize({ store, clock });
    clock.advance(DAY / 2 + HOUR);
    const { bytes: now, growthPerDay } = await readGrowth(store, clock.now());
    assert.ok(now > bytes + 900_000, `from ${bytes} to ${now}`);
    assert.equal(growthPerDay, ((now - bytes) * 24) / 25);
    assert.equal(((await getFact(store, SIZE_FACT)) as unknown[]).length, 1, 'the first of a day is kept');
  });

  it('is told without what cannot be read back, which the next sample takes the place of', async () => {
    await sampleSize({ store, clock });
    const database = new DatabaseSync(join(dataDir, 'synergy.db'));
    database.exec(`UPDATE fact SET value = '{' WHERE name = '${SIZE_FACT}'`);
    database.close();
    assert.equal((await readGrowth(store, clock.now() + 9 * DAY)).growthPerDay, null);
    await sampleSize({ store, clock });
    assert.equal(((await getFact(store, SIZE_FACT)) as unknown[]).length, 1);
  });
});
