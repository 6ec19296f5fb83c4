import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { entryChange } from '../../../db/collections.ts';
import { defineContext, freerunProcess } from '../../../domain/model/define.ts';
import { freshEntry } from '../../../domain/model/entity.ts';
import type { FreerunEntryRecord } from '../../../domain/model/record.ts';
import type { SchedulerApi } from '../../../scheduler/api/api.ts';
import { TimerQueue } from '../../../lib/timer-queue.ts';
import { FreerunEntries } from '../../../scheduler/freerun/entries.ts';
import { EntryBook } from '../../../scheduler/freerun/entry-book.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const processOf = (name: string, entries: readonly string[]) =>
  freerunProcess({
    name,
    identity: true,
    entries: entries.map((entry) => ({ name: entry, trigger: 'every 1h' })),
  });

const contextOf = (...processes: ReturnType<typeof processOf>[]) => defineContext({ processes, trees: [] });

const namesOf = async (api: SchedulerApi, page: { limit: number; after?: string }): Promise<string[]> =>
  (await api.freerun(page)).map(({ processName, entryName }) => `${processName}:${entryName}`);

describe('the pages of freerun entries', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('are in the order of the names, behind a key that need not be that of an entry', async () => {
    rig = await openRig(contextOf(processOf('A-b', ['x', 'y']), processOf('A', ['b', 'a'])));
    const all = ['A:a', 'A:b', 'A-b:x', 'A-b:y'];
    assert.deepEqual(await namesOf(rig.api, { limit: 10 }), all);
    assert.deepEqual(await namesOf(rig.api, { limit: 2 }), all.slice(0, 2));
    assert.deepEqual(await namesOf(rig.api, { limit: 2, after: 'A:b' }), all.slice(2));
    assert.deepEqual(await namesOf(rig.api, { limit: 2, after: 'A:aa' }), all.slice(1, 3));
    assert.deepEqual(await namesOf(rig.api, { limit: 9, after: 'A-b' }), all.slice(2));
    assert.deepEqual(await namesOf(rig.api, { limit: 9, after: 'B:' }), []);
  });

  it('pass over what was removed, and show what is declared and not stored yet', async () => {
    const many = Array.from({ length: 1_100 }, (_, i) => `e${String(i).padStart(4, '0')}`);
    rig = await openRig(contextOf(processOf('Mail', many)));
    rig = await rig.restart(contextOf(processOf('Mail', [...many.slice(0, 1), ...many.slice(1_090)])));
    const shown = ['Mail:e0000', 'Mail:e1090', 'Mail:e1091'];
    assert.deepEqual(await namesOf(rig.api, { limit: 3 }), shown);
    const { shared, turnLoop } = rig.services;
    const book = new EntryBook({ shared, turnLoop, onMoved: () => undefined });
    await book.load([processOf('Mail', ['e0000', 'e0500', 'e1090', 'later'])]);
    const page = async (limit: number, after?: string): Promise<string[]> =>
      (await book.page({ limit, ...(after !== undefined && { after }) })).map(({ entryName }) => entryName);
    assert.deepEqual(await page(9), ['e0000', 'e0500', 'e1090', 'later']);
    assert.deepEqual(await page(2), ['e0000', 'e0500']);
    assert.deepEqual(await page(2, 'Mail:e0100'), ['e0500', 'e1090']);
  });
});

describe('freerun entries in memory', function () {
  this.timeout(60_000);
  const COUNT = 15_000;
  /** With schedules of all grammars, as those have whose entries are many. */
  const triggerOf = (i: number): string =>
    [`at ${String(i % 24).padStart(2, '0')}:30`, `every ${3_600 + (i % 500)}`, `cron ${i % 60} 4 * * *`][
      i % 3
    ] ?? '';
  const recordOf = (i: number): FreerunEntryRecord => ({
    ...freshEntry,
    ...{ processName: 'Many', entryName: `entry-${i}`, trigger: triggerOf(i), arguments: { i } },
    ...{ on: true, overlap: 'skip', missed: 'none', description: `the entry ${i}`, origin: 'user' },
    ...{
      relatedUow: `Many:entry-${i}/20150601000000#1`,
      lastFiredAt: 1,
      seenUntil: 1,
      createdAt: 1,
      updatedAt: 1,
    },
  });
  const used = async (): Promise<number> => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // What the first pass lets go of, the next one takes.
    for (let pass = 0; pass < 3; pass++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return process.memoryUsage().heapUsed;
  };

  it('take 400 bytes each at most, while all wait for their units too', async () => {
    let rig = await openRig(contextOf(processOf('Many', [])));
    const cause = { actor: 'ann', reason: null, at: 1, epoch: 9 };
    const groups = Array.from({ length: COUNT }, (_, i) => ({
      cause,
      writes: [entryChange(undefined, recordOf(i), 'create')],
    }));
    await rig.store.commit(groups);
    groups.length = 0;
    // What the first one has had made stays: statements, classes, schedules.
    rig = await rig.restart();
    await rig.services.freerun.start();
    const { shared, turnLoop, alarms } = rig.services;
    alarms.stop();
    const before = await used();
    const second = new TimerQueue(rig.clock);
    const entries = new FreerunEntries({ shared, turnLoop, alarms: second });
    await entries.load();
    await entries.start();
    const bytes = ((await used()) - before) / COUNT;
    assert.equal(second.size, COUNT);
    assert.ok(bytes > 100 && bytes <= 400, `${bytes} bytes`);
    second.stop();
    await rig.close();
  });
});
