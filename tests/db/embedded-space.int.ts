import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { copyState } from '../../db/copy.ts';
import { openStore } from '../../db/registry.ts';
import type { MovableStore } from '../../db/transfer.ts';
import { migrations } from '../../sqlite/schema.ts';
import { manualClock } from '../support/rig.ts';
import { tempFolder } from '../support/temp-folder.ts';

const clock = manualClock(1);
const open = (dataDir: string): Promise<MovableStore> => openStore('embedded', { dataDir, clock });

/** Documents of 1 kB, of which each timeperiod has a thousand. */
const fill = async ({ data }: MovableStore, timeperiods: readonly string[]): Promise<void> => {
  for (const timeperiod of timeperiods) {
    const documents = Array.from({ length: 1_000 }, (_, i) => ({
      timeperiod,
      key: `${i}`,
      value: 'x'.repeat(1_000),
    }));
    await data.replaceDocuments('page', timeperiod, documents);
  }
};
const hours = Array.from({ length: 24 }, (_, hour) => String(2015060100 + hour));

describe('the space of the embedded store', function () {
  this.timeout(60_000);
  let dataDir: string;
  let store: MovableStore;
  beforeEach(async () => {
    dataDir = tempFolder();
    store = await open(dataDir);
  });
  afterEach(() => store.close());

  /** What a program beside the store sees of the file. */
  const pagesOf = (
    folder = dataDir,
  ): { readonly pages: number; readonly free: number; readonly mode: number } => {
    const database = new DatabaseSync(join(folder, 'synergy.db'), { readOnly: true });
    const [pages, free, mode] = ['page_count', 'freelist_count', 'auto_vacuum'].map((name) =>
      Number(Object.values(database.prepare(`PRAGMA ${name}`).get() as object)[0]),
    ) as [number, number, number];
    database.close();
    return { pages, free, mode };
  };
  const deleteMost = async (): Promise<void> => {
    await fill(store, hours);
    for (const hour of hours.slice(2)) await store.data.replaceDocuments('page', hour, []);
  };

  it('shrinks in small steps, but for a sixteenth of the file', async () => {
    await deleteMost();
    const before = pagesOf();
    assert.ok(before.free > 2_500, `${before.free} free pages`);
    let known = before.pages;
    for (let more = true; more;) {
      more = await store.shrink();
      const { pages } = pagesOf();
      assert.ok(known - pages <= 130, `${known - pages} pages in one step`);
      known = pages;
    }
    const { pages, free } = pagesOf();
    assert.ok(free <= pages / 16 + 128 && free >= pages / 16, `${free} of ${pages} are free`);
    assert.equal(await store.shrink(), false);
    assert.equal((await store.data.documents('page', { start: hours[0]!, end: hours[5]! })).length, 2_000);
    await store.close();
    assert.ok(statSync(join(dataDir, 'synergy.db')).size < (before.pages * 8_192) / 5);
  });

  it('stays as it is in a file of an earlier version, until a copy of it', async () => {
    const folder = tempFolder();
    const database = new DatabaseSync(join(folder, 'synergy.db'));
    database.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; ${migrations.join(';')};
      PRAGMA user_version = ${migrations.length}`);
    database.close();
    await store.close();
    store = await open(folder);
    await deleteMost();
    const before = pagesOf(folder);
    assert.equal(before.mode, 0);
    assert.equal(await store.shrink(), false);
    assert.deepEqual(pagesOf(folder), before);

    const target = await open(join(folder, 'copy'));
    await copyState({
      source: { name: 'old', store },
      target: { name: 'new', store: target },
      ...{ resume: false, isOfPlace: () => false, progress: () => undefined },
    });
    await target.close();
    const { mode, pages } = pagesOf(join(folder, 'copy'));
    assert.equal(mode, 2);
    assert.ok(pages < before.pages / 5, `${pages} of ${before.pages} pages`);
  });
});
