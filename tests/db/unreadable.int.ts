import { freshEntry } from '../../domain/model/entity.ts';
import { DatabaseSync } from '@photostructure/sqlite';
import {
  commandSpec,
  freerunSpec,
  getFact,
  listCommands,
  managedSpec,
  putFact,
} from '../../db/collections.ts';
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { copyState } from '../../db/copy.ts';
import { openStore } from '../../db/registry.ts';
import type { MovableStore } from '../../db/transfer.ts';
import type { CommandRecord, FreerunEntryRecord } from '../../domain/model/record.ts';
import { passOverUnreadable, settleUnreadable } from '../../scheduler/unreadable.ts';
import { uowInsert, noSubject } from '../support/records.ts';
import { tempFolder } from '../support/temp-folder.ts';

const cause = { actor: 'scheduler', reason: null, at: 5000, epoch: 1 };
const day = { start: '2015060100', end: '2015060200' };

const command = (id: string, state: CommandRecord['state']): CommandRecord => ({
  id,
  kind: 'skip',
  arguments: {},
  ...noSubject,
  actor: 'ann',
  reason: null,
  createdAt: 1,
  state,
  finishedAt: state === 'open' ? null : 2,
  result: state === 'open' ? null : {},
});

const entry: FreerunEntryRecord = {
  processName: 'Clean',
  entryName: 'weekly',
  trigger: 'at 03:00',
  arguments: {},
  on: true,
  overlap: 'skip',
  missed: 'last',
  description: '',
  origin: 'user',
  ...freshEntry,
  createdAt: 1,
  updatedAt: 1,
};

/** JSON text of so many levels of objects. */
const nested = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
const deep = nested(1_100);

/** Every column that holds JSON, with a row where it cannot be read back. */
const plants = [
  ['job', 'consumed', `process_name = 'SiteHourly'`],
  ['unit_of_work', 'arguments', `id = 'waiting'`],
  ['unit_of_work', 'arguments', `id = 'retrying'`],
  ['unit_of_work', 'arguments', `id = 'ended'`],
  ['managed_process', 'arguments', 'TRUE'],
  ['freerun_process', 'arguments', 'TRUE'],
  ['command', 'arguments', `id = 'open'`],
  ['command', 'result', `id = 'done'`],
  ['fact', 'value', `name = 'deep'`],
  ['source_row', 'value', 'id = 1'],
  ['sink_document', 'value', 'TRUE'],
] as const;

const fill = async (store: MovableStore): Promise<void> => {
  const uows = [
    uowInsert('waiting'),
    uowInsert('retrying', { timeperiod: '2015060101', state: 'INVALID', retryAt: 9000 }),
    uowInsert('ended', { timeperiod: '2015060102', state: 'PROCESSED' }),
    uowInsert('well', { timeperiod: '2015060103', arguments: { days: 7 } }),
  ];
  const job = { kind: 'job', processName: 'SiteHourly', timeperiod: '2015060100', version: 0 } as const;
  const started = { from: 'EMBRYO', to: 'IN_PROGRESS', event: 'start', set: { consumed: {} } } as const;
  await store.commit([{ cause, writes: [{ ...job, ...started }, ...uows] }]);
  await store.collection(managedSpec).put({
    processName: 'SiteHourly',
    on: true,
    trigger: null,
    arguments: {},
    updatedAt: 1,
  });
  await store.collection(freerunSpec).put(entry);
  await store.collection(commandSpec).insertNew(command('open', 'open'));
  await store.collection(commandSpec).insertNew(command('done', 'done'));
  await store.collection(commandSpec).insertNew(command('well', 'open'));
  await putFact(store, 'deep', 1);
  await putFact(store, 'well', 2);
  const rows = [1, 2].map((id) => ({ id, timeperiod: day.start, value: { id } }));
  const documents = [{ timeperiod: day.start, key: 'a', value: 1 }];
  await store.data.appendRows('visits', rows, { collection: 'counts', timeperiod: day.start, documents });
};

describe('values of the embedded store that cannot be read back', () => {
  let dataDir: string;
  let store: MovableStore;

  const reopen = async (folder = dataDir): Promise<MovableStore> =>
    openStore('embedded', { dataDir: folder, clock: { now: () => Date.now() } });

  const plant = (text: string, places: readonly (readonly [string, string, string])[] = plants): void => {
    const database = new DatabaseSync(join(dataDir, 'synergy.db'));
    for (const [table, column, where] of places) {
      const { changes } = database
        .prepare(`UPDATE ${table} SET "${column}" = ? WHERE ${where}`)
        .run(text) as { changes: number };
      assert.equal(changes, 1, `${table} ${where}`);
    }
    database.close();
  };

  const copy = async (): Promise<void> => {
    const target = await reopen(tempFolder());
    try {
      const names = { source: { name: 'here', store }, target: { name: 'there', store: target } };
      await copyState({ ...names, resume: false, isOfPlace: () => false, progress: () => undefined });
    } finally {
      await target.close();
    }
  };

  beforeEach(async () => {
    dataDir = tempFolder();
    store = await reopen();
    await fill(store);
  });
  afterEach(() => store.close());

  for (const [what, text] of [
    ['too deep', deep],
    ['a level deeper than is taken', nested(901)],
    ['cut off', '{"a":'],
    ['two values in lists', `1],[${'2'.repeat(2_000)}`],
  ] as const) {
    it(`leave all else readable: ${what}`, async () => {
      plant(text);
      assert.deepEqual((await store.findUows({})).map(({ id }) => id).sort(), [
        'ended',
        'retrying',
        'waiting',
        'well',
      ]);
      assert.deepEqual(
        (await store.uows(['well', 'ended'])).map((uow) => uow.arguments),
        [{ days: 7 }, {}],
      );
      assert.equal((await listCommands(store, { limit: 10 })).length, 3);
      assert.equal((await listCommands(store, { state: 'open', limit: 10 })).length, 2);
      assert.equal((await store.job({ processName: 'SiteHourly', timeperiod: day.start }))?.consumed, null);
      assert.equal(await getFact(store, 'well'), 2);
      assert.equal((await store.unreadable('all')).length, plants.length);
    });
  }

  it('are those of more levels than the store takes', async () => {
    plant(nested(900));
    assert.deepEqual(await store.unreadable('all'), []);
    plant(nested(901), [['fact', 'value', `name = 'deep'`]]);
    assert.deepEqual(await store.unreadable('all'), [{ table: 'fact', key: ['deep'], column: 'value' }]);
  });

  it('are told with table and key; of what has ended only when all are asked for', async () => {
    plant(deep);
    const told = (await store.unreadable('open')).map(
      ({ table, key, column }) => `${table} ${key.join('/')} ${column}`,
    );
    assert.deepEqual(told.sort(), [
      'command open arguments',
      'fact deep value',
      'freerun_process Clean/weekly arguments',
      'managed_process SiteHourly arguments',
      'unit_of_work retrying arguments',
      'unit_of_work waiting arguments',
    ]);
  });

  it('are an error where that very value is asked for', async () => {
    plant('{"a":');
    const unreadable = { code: 'VALUE_UNREADABLE' };
    await assert.rejects(store.collection(commandSpec).get({ id: 'open' }), unreadable);
    await assert.rejects(getFact(store, 'deep'), unreadable);
    await assert.rejects(store.data.rows('visits', day, { from: 0, to: 9 }, 9), unreadable);
    await assert.rejects(store.data.documents('counts', day), unreadable);
  });

  it('switch their entries off', async () => {
    plant(deep);
    assert.deepEqual(
      (await store.collection(managedSpec).list()).map(({ on }) => on),
      [false],
    );
    assert.deepEqual(
      (await store.collection(freerunSpec).list()).map(({ on }) => on),
      [false],
    );
  });

  it('keep their unit of work from being claimed', async () => {
    plant(deep);
    const claim = { owner: 'w1', expiresAt: 9000, now: 6000 };
    assert.deepEqual(
      (await store.claim(['waiting', 'well'], claim)).map(({ id }) => id),
      ['well'],
    );
  });

  it('let a scheduler start, which warns, quarantines units and refuses commands', async () => {
    plant(deep);
    const warnings: string[] = [];
    const log = {
      info: () => undefined,
      error: () => undefined,
      warn: (line: string) => warnings.push(line),
    };
    await passOverUnreadable(store, cause, log);
    assert.equal(warnings.length, 6);
    assert.ok(
      warnings.includes(
        `arguments of command open cannot be read back and is left out: run 'synergy stop', then 'synergy db check --repair'`,
      ),
    );
    const quarantined = await store.findUows({ quarantined: true });
    assert.deepEqual(quarantined.map(({ id }) => id).sort(), ['retrying', 'waiting']);
    const journal = await store.journal({ entityId: 'retrying', after: 0, limit: 9 });
    assert.deepEqual(
      journal.map(({ version, event }) => [version, event]),
      [
        [1, 'request'],
        [2, 'repost'],
        [3, 'fail'],
      ],
    );
    const open = await listCommands(store, { state: 'open', limit: 9 });
    assert.deepEqual(
      open.map(({ id }) => id),
      ['well'],
    );
    // Nothing is left to be done at the next start.
    const { length } = await store.journal({ after: 0, limit: 100 });
    await passOverUnreadable(store, cause, log);
    assert.equal((await store.journal({ after: 0, limit: 100 })).length, length);
  });

  it('are set aside: replaced, and kept in a file for its owner alone', async () => {
    plant(deep);
    await assert.rejects(copy(), { code: 'VALUE_UNREADABLE', message: /^'here' has 11 values / });
    await settleUnreadable(store, cause);
    const { file, done } = await store.setUnreadableAside({ ...cause, at: Date.UTC(2015, 5, 1) });
    assert.equal(file, join(dataDir, 'unreadable-2015-06-01T00-00-00.000Z.jsonl'));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const kept = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { table: string; text: string; row?: object });
    assert.deepEqual(kept.map(({ table }) => table).sort(), plants.map(([table]) => table).sort());
    assert.ok(kept.every(({ text }) => text === deep));
    const [removed] = kept.filter(({ table }) => table === 'source_row');
    assert.deepEqual(removed?.row, { collection: 'visits', id: 1, timeperiod: '2015060100', value: deep });
    assert.equal(done.length, plants.length);
    assert.ok(
      done.includes('arguments of freerun_process Clean weekly: replaced by {}, and on is set to false'),
    );
    assert.ok(done.includes('value of source_row visits 1: the row was removed'));
    assert.deepEqual(await store.unreadable('all'), []);
    assert.deepEqual((await store.collection(freerunSpec).list())[0], {
      ...entry,
      on: false,
      version: 1,
    });
    const [row] = await store.journal({ entityId: 'Clean:weekly', limit: 9 });
    assert.deepEqual([row?.from, row?.event, row?.to], ['ON', 'switch-off', 'OFF']);
    assert.equal((await store.collection(commandSpec).get({ id: 'open' }))?.state, 'refused');
    assert.equal(await getFact(store, 'deep'), undefined);
    assert.deepEqual(
      (await store.data.rows('visits', day, { from: 0, to: 9 }, 9)).map(({ id }) => id),
      [2],
    );
    assert.deepEqual(await store.setUnreadableAside({ ...cause, at: Date.UTC(2015, 5, 1) }), {
      file: undefined,
      done: [],
    });
    await copy();
  });
});
