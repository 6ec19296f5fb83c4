import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import {
  boxSpec,
  commandSpec,
  expiredJobSpec,
  expiredJournalSpec,
  freerunSpec,
  getFact,
  listCommands,
  managedSpec,
  putFact,
} from '../../db/collections.ts';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import { migrations } from '../../sqlite/schema.ts';
import { startChild } from '../support/child.ts';
import { jobStart } from '../support/records.ts';
import { tempFolder } from '../support/temp-folder.ts';

const clock = { now: () => Date.now() };
const open = (dataDir: string): Promise<Store> => openStore('embedded', { dataDir, clock });

describe('store registry', () => {
  it('opens a store by its name, made when it is new', async () => {
    const dataDir = join(tempFolder(), 'data');
    const store = await open(dataDir);
    assert.equal(store.name, 'embedded');
    assert.deepEqual(store.capabilities, {
      atomicGroups: true,
      shared: false,
      commitLog: join(dataDir, 'synergy.db'),
    });
    await store.close();
  });

  for (const url of ['embeded', 'oracle://host/name', 'constructor', '']) {
    it(`refuses '${url}' and says what there is`, async () => {
      const expected = { code: 'INVALID_SETTING', message: /'.*' is unknown: expected .*embedded/ };
      await assert.rejects(openStore(url, { dataDir: tempFolder(), clock }), expected);
    });
  }

  it('guesses what was meant', async () => {
    const opening = openStore('embeded', { dataDir: tempFolder(), clock });
    await assert.rejects(opening, { message: /did you mean 'embedded'\?$/ });
  });
});

describe('embedded store', () => {
  it('keeps entries, commands, boxes and facts of a version that had tables by hand for them', async () => {
    const dataDir = tempFolder();
    const before = new DatabaseSync(join(dataDir, 'synergy.db'));
    before.exec(`${migrations.slice(0, 6).join(';')}; PRAGMA user_version = 6;
      INSERT INTO managed_process VALUES ('Hour', 0, NULL, '{"a":1}', 7);
      INSERT INTO freerun_process (process_name, entry_name, trigger, arguments, "on", overlap, missed, description, origin,
        last_fired_at, seen_until, related_uow, buffered, created_at, updated_at)
        VALUES ('Mail', 'daily', 'every 1h', '{}', 1, 'skip', 'last', '', 'user', 4000, 5000, NULL, 0, 1, 2);
      INSERT INTO command VALUES ('z', 'fire-managed', '{"processName":"Hour"}', 'ann', 'why', 3, 'done', 4, '{"id":"x"}');
      INSERT INTO command VALUES ('a', 'fire-managed', '{"processName":"Hour"}', 'ann', NULL, 5, 'open', NULL, NULL);
      INSERT INTO box VALUES ('one', 'worker', 'on', 'running', 12, 1, 2, NULL, 3, 4.5, 6);
      INSERT INTO fact VALUES ('mx/address', '"here"');`);
    before.close();
    const store = await open(dataDir);
    assert.deepEqual(await store.collection(managedSpec).list(), [
      { processName: 'Hour', on: false, trigger: null, arguments: { a: 1 }, updatedAt: 7 },
    ]);
    const [entry] = await store.collection(freerunSpec).list();
    assert.deepEqual([entry?.entryName, entry?.on, entry?.seenUntil], ['daily', true, 5000]);
    const commands = await listCommands(store, { limit: 10 });
    assert.deepEqual(
      commands.map(({ id, state, result }) => [id, state, result]),
      [
        ['a', 'open', null],
        ['z', 'done', { id: 'x' }],
      ],
    );
    const ofHour = await listCommands(store, { entity: 'Hour', limit: 10 });
    assert.deepEqual(
      ofHour.map(({ id, entity }) => [id, entity]),
      [
        ['a', 'Hour'],
        ['z', 'Hour'],
      ],
    );
    const box = await store.collection(boxSpec).get({ boxId: 'one', unit: 'worker' });
    assert.deepEqual([box?.pid, box?.cpuPercent, box?.lastExit], [12, 4.5, null]);
    assert.equal(await getFact(store, 'mx/address'), 'here');
    await putFact(store, 'mx/address', 'there');
    assert.equal(await getFact(store, 'mx/address'), 'there');
    assert.equal(await store.collection(commandSpec).insertNew({ ...commands[1]!, id: 'a' }), false);
    await store.close();
  });

  it('lists units of a version that had other indexes for them', async () => {
    const dataDir = tempFolder();
    const before = new DatabaseSync(join(dataDir, 'synergy.db'));
    const unit = (id: string, state: string, createdAt: number): string => `
      INSERT INTO unit_of_work (id, kind, process_name, entry_name, timeperiod, sequence, start_timeperiod, end_timeperiod,
        state, version, attempt, arguments, created_at, submitted_at, processed, aggregated, crashes, epoch)
      VALUES ('${id}', 'freerun', 'Mail', 'daily', '1', 1, '1', '1', '${state}', 1, 0, '{}', ${createdAt}, 1, 0, 0, 0, 1);`;
    before.exec(`${migrations.slice(0, 10).join(';')}; PRAGMA user_version = 10;
      ${unit('a', 'PROCESSED', 10)} ${unit('b', 'REQUESTED', 20)} ${unit('c', 'PROCESSED', 30)}`);
    before.close();
    const store = await open(dataDir);
    const entry = { processName: 'Mail', entryName: 'daily' };
    const found = async (filter: Parameters<Store['findUows']>[0]): Promise<string> =>
      (await store.findUows(filter)).map(({ id }) => id).join(' ');
    assert.equal(await found(entry), 'c b a');
    assert.equal(await found({ ...entry, states: ['PROCESSED', 'REQUESTED'], from: 20 }), 'b c');
    assert.deepEqual(await store.entriesWithUows(), [entry]);
    await store.close();
  });

  it('keeps what retention deleted of jobs by a version that kept a place for their journal', async () => {
    const dataDir = tempFolder();
    const before = new DatabaseSync(join(dataDir, 'synergy.db'));
    const step = migrations.findIndex((migration) => migration.includes('DROP COLUMN head'));
    before.exec(`${migrations.slice(0, step).join(';')}; PRAGMA user_version = ${step};
      INSERT INTO expired_job VALUES ('Hour', '2015060100', 2, NULL, '1-1-1');`);
    before.close();
    const store = await open(dataDir);
    assert.deepEqual(await store.collection(expiredJobSpec).list(), [
      { processName: 'Hour', timeperiod: '2015060100', uows: 2, step: '1-1-1' },
    ]);
    assert.deepEqual(await store.collection(expiredJournalSpec).list(), []);
    await store.close();
  });

  it('adds no row where what is replaced along with it will not do', async () => {
    const store = await open(tempFolder());
    const timeperiod = '2015060100';
    const day = { start: timeperiod, end: '2015060200' };
    const replace = (value: unknown) =>
      store.data.appendRows('visits', [{ id: 1, timeperiod, value: {} }], {
        collection: 'counts',
        timeperiod,
        documents: [{ timeperiod, key: 'count', value: value as number }],
      });
    await assert.rejects(replace(1n), { code: 'UNFIT_VALUE' });
    assert.deepEqual(await store.data.extent('visits', day), {});
    assert.equal(await replace(1), 1);
    assert.equal((await store.data.documents('counts', day)).length, 1);
    await store.close();
  });

  it('loads more jobs than fit a page, each once and in order', async function () {
    this.timeout(60_000);
    const store = await open(tempFolder());
    const cause = { actor: 'scheduler', reason: null, at: 1, epoch: 1 };
    const count = 40_001;
    const timeperiods = Array.from({ length: count }, (_, index) => String(1_000_000_000 + index));
    const groups = timeperiods.map((timeperiod) => ({ cause, writes: [jobStart(timeperiod)] }));
    await store.commit([...groups, { cause, writes: [jobStart('1', { processName: 'SiteDaily' })] }]);
    const loaded = new Map<string, string[]>();
    let pages = 0;
    for await (const page of store.loadJobs()) {
      pages++;
      loaded.set(page.processName, [...(loaded.get(page.processName) ?? []), ...page.timeperiods]);
    }
    assert.equal(pages, 4);
    assert.deepEqual([...loaded.keys()], ['SiteDaily', 'SiteHourly']);
    assert.deepEqual(loaded.get('SiteHourly'), timeperiods);
    await store.close();
  });

  it('holds a lock for as long as its process lives, and no longer', async () => {
    const dataDir = tempFolder();
    const store = await open(dataDir);
    const holder = startChild(new URL('children/hold-lock.ts', import.meta.url), dataDir, 'scheduler');
    assert.equal(await holder.message(), 'held');
    assert.equal(await store.tryLock('scheduler'), undefined);
    await holder.kill();
    const lock = await store.tryLock('scheduler');
    assert.ok(lock);
    const second = startChild(new URL('children/hold-lock.ts', import.meta.url), dataDir, 'scheduler');
    assert.equal(await second.message(), 'taken');
    await second.kill();
    await lock.release();
    await store.close();
  });

  it('keeps every acknowledged write when its writers are killed in the middle', async function () {
    this.timeout(120_000);
    const dataDir = tempFolder();
    // Leaves them time for some more writes than the one that was heard of, a different one each round.
    for (const patience of [1, 7, 40, 150]) {
      const names = ['a', 'b'].map((name) => `${name}${String(patience)}`);
      const writers = names.map((name) =>
        startChild(new URL('children/commit-forever.ts', import.meta.url), dataDir, name),
      );
      const heard = await Promise.all(
        writers.map(async (writer) => {
          const ids: string[] = [];
          while (ids.length < patience) ids.push(String(await writer.message()));
          await writer.kill();
          return [...ids, ...writer.rest().map(String)];
        }),
      );
      await checkKilled(dataDir, heard.flat());
    }
  });
});

/** What was heard of is there, whatever is there is whole, and the file is sound. */
const checkKilled = async (dataDir: string, ids: readonly string[]): Promise<void> => {
  const store = await open(dataDir);
  const uows = await store.uows(ids);
  assert.equal(uows.length, ids.length);
  const journal = await store.journal({ after: 0, limit: 1_000_000 });
  const entities = (kind: string): string[] =>
    journal.filter((row) => row.entityKind === kind).map((row) => row.entityId.replace('Killed/', ''));
  assert.deepEqual(entities('job'), entities('uow'));
  const journaled = new Set(entities('uow'));
  assert.ok(ids.every((id) => journaled.has(id)));
  const stored = await store.findUows({});
  assert.deepEqual(stored.map(({ id }) => id).reverse(), entities('uow'));
  await store.close();
  const database = new DatabaseSync(join(dataDir, 'synergy.db'));
  assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  database.close();
};
