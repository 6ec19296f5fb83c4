import assert from 'node:assert/strict';
import { checkInvariants } from '../../../boot/check/invariants.ts';
import {
  commandSpec,
  entryChange,
  expiredJobSpec,
  expiredJournalSpec,
  expiredSpec,
  freerunSpec,
  getFact,
  retentionRoundSpec,
} from '../../../db/collections.ts';
import type { Store } from '../../../db/store.ts';
import { openStore } from '../../../db/registry.ts';
import type { MovableStore } from '../../../db/transfer.ts';
import { defineContext, freerunProcess } from '../../../domain/model/define.ts';
import { firingUow } from '../../../domain/freerun/firing.ts';
import { EXPIRED_COMMANDS } from '../../../domain/retention/commands.ts';
import { DAY, HOUR } from '../../../domain/time/calendar.ts';
import type { CommandRecord, FreerunEntryRecord, UowRecord } from '../../../domain/model/record.ts';
import { declaredRecord } from '../../../scheduler/freerun/declared-entry.ts';
import { buildTimetable, nodeOf } from '../../../domain/timetable/timetable.ts';
import { expireHistory } from '../../../scheduler/maintenance/expire-history.ts';
import { casesContext } from '../../support/context.ts';
import { manualClock, openRig, testLimits } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';
import { noSubject } from '../../support/records.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NOW = Date.UTC(2026, 5, 1);

/** An entry as the context declares it. */
const entryRecord = (processName: string, name: string): FreerunEntryRecord => {
  const process = freerunProcess({
    name: processName,
    identity: true,
    entries: [{ name, trigger: 'every 1h' }],
  });
  const [entry] = process.entries;
  const record = entry && declaredRecord({ process, entry, known: undefined, now: NOW, timetableNow: NOW });
  assert.ok(record);
  return record;
};

describe('retention', () => {
  const clock = manualClock(NOW);
  const context = defineContext({
    processes: [
      freerunProcess({ name: 'Report', identity: true }),
      freerunProcess({ name: 'Rare', identity: true, retention: { ttlDays: 100, keepUnits: 3 } }),
    ],
  });
  const timetable = buildTimetable(context, { start: NOW, now: NOW });
  let store: MovableStore;
  let epoch: number;

  beforeEach(async () => {
    store = await openStore('embedded', { dataDir: tempFolder(), clock });
    epoch = await store.beginEpoch();
  });
  afterEach(() => store.close());

  /** A unit of an entry that was fired `days` ago, and has ended unless it is `open`. */
  const fire = async (days: number, extra: { entry?: string; process?: string; open?: true } = {}) => {
    const { entry = 'hourly', process = 'Report', open } = extra;
    const at = NOW - days * DAY;
    const record = entryRecord(process, entry);
    const id = `${process}:${entry}/${at}#1`;
    const uow = firingUow({ id, at, pass: 1 }, { record, arguments: {}, now: at, ahead: 0 });
    const cause = { actor: 'scheduler', reason: null, at, epoch };
    await store.commit([{ cause, writes: [{ kind: 'uow-insert', uow }] }]);
    const [claimed] = await store.claim([id], { owner: 'w', expiresAt: NOW + HOUR, now: at });
    assert.ok(claimed);
    const ended = { attempt: 1, token: claimed.token ?? '', processed: 1, aggregated: 0, retryAt: null };
    if (open) await store.report('w', [{ ...ended, id, event: 'fail', error: 'poison' }], at);
    else await store.report('w', [{ ...ended, id, event: 'complete', error: null }], at);
    await store.appendLog([{ parentId: id, sequence: 1, attempt: 1, at, stream: 'stdout', line: 'a line' }]);
    return id;
  };
  const retain = (on: Store = store, stopping = new AbortController().signal, keepUnits = 2) =>
    expireHistory(
      {
        // It rests no longer than it has to.
        ...{ store: { ...on, workedFor: () => 0 }, clock, timetableClock: clock, context, timetable },
        limits: { ...testLimits, retention: { ...testLimits.retention, keepUnits } },
        leader: { isAtWork: () => true, epoch: () => epoch },
      },
      stopping,
    );
  const left = async (): Promise<string[]> =>
    (await store.findUows({})).map(({ id }: UowRecord) => id).reverse();
  const assertSound = async (): Promise<void> =>
    assert.deepEqual((await checkInvariants(store)).violations, []);

  it('deletes what ended before the time to live, with all that belongs to it, and puts on record what', async () => {
    for (const days of [50, 40, 31]) await fire(days);
    const young = [await fire(29), await fire(1)];
    assert.deepEqual(await retain(), { uows: 3, transitions: 9, lines: 3, reports: 0 });
    assert.deepEqual(await left(), young);
    const deleted = {
      ...{ uows: 3, transitions: 9, lines: 3, reports: 0 },
      ...{ from: NOW - 50 * DAY, to: NOW - 31 * DAY },
    };
    const [record] = await store.collection(expiredSpec).list();
    assert.deepEqual(record, { entity: 'Report:hourly', ...deleted, step: `${epoch}-${NOW}-1` });
    assert.deepEqual(await store.collection(retentionRoundSpec).list(), [
      { id: `${epoch}-${NOW}`, begunAt: NOW, endedAt: NOW, ...deleted },
    ]);
    await assertSound();
  });

  it('keeps the newest of each entry, however old', async () => {
    const kept = [await fire(60), await fire(50)];
    await fire(70, { entry: 'daily' });
    const ofDaily = [await fire(45, { entry: 'daily' }), await fire(44, { entry: 'daily' })];
    await retain();
    assert.deepEqual(await left(), [...kept, ...ofDaily]);
  });

  it('keeps the unit that the entry names, and one that is unfinished', async () => {
    const named = await fire(90);
    const quarantined = await fire(80, { open: true });
    await fire(70);
    const newest = [await fire(60), await fire(50)];
    await store.collection(freerunSpec).put({ ...entryRecord('Report', 'hourly'), relatedUow: named });
    assert.equal((await retain()).uows, 1);
    assert.deepEqual(await left(), [named, quarantined, ...newest]);
    await assertSound();
  });

  it('reads entries page by page, since there may be hundreds of thousands', async () => {
    await fire(50);
    await store.collection(freerunSpec).put(entryRecord('Report', 'hourly'));
    const limits: (number | undefined)[] = [];
    const watched: Store = {
      ...store,
      collection: (spec) => {
        const collection = store.collection(spec);
        const list: typeof collection.list = (query) => {
          if (spec.name === freerunSpec.name) limits.push(query?.limit);
          return collection.list(query);
        };
        return { ...collection, list };
      },
    };
    await retain(watched);
    assert.ok(limits.length > 0);
    assert.ok(
      limits.every((limit) => limit !== undefined),
      `limits ${limits.join(', ')}`,
    );
  });

  it('goes by what the process says of itself', async () => {
    const rare = { process: 'Rare' };
    await fire(130, rare);
    const kept = [await fire(120, rare), await fire(90, rare), await fire(31, rare)];
    await retain();
    assert.deepEqual(await left(), kept);
  });

  it('passes over old ones that stay, in as many steps as it takes', async () => {
    const quarantined = [];
    for (let i = 0; i < 20; i++) quarantined.push(await fire(100 - i / 100, { open: true }));
    for (let i = 0; i < 600; i++) await fire(90 - i / 100);
    const newest = [await fire(50), await fire(40)];
    const steps: number[] = [];
    const watched: Store = {
      ...store,
      expireUows: (step) => {
        steps.push(step.uows.length);
        return store.expireUows(step);
      },
    };
    assert.equal((await retain(watched)).uows, 600);
    assert.deepEqual(steps.slice(0, 3), [16, 32, 64]);
    assert.deepEqual(await left(), [...quarantined, ...newest]);
    await assertSound();
  });

  it('takes no smaller steps for what they wait for others', async () => {
    for (let i = 0; i < 60; i++) await fire(90 - i / 100);
    const steps: number[] = [];
    const waiting: Store = {
      ...store,
      expireUows: (step) => {
        steps.push(step.uows.length);
        clock.advance(1_000);
        return store.expireUows(step);
      },
    };
    assert.equal((await retain(waiting)).uows, 58);
    clock.set(NOW);
    assert.deepEqual(steps, [16, 32, 10]);
  });

  it('ends with the step under way when the scheduler stops, and goes on with the next round', async () => {
    for (let i = 0; i < 40; i++) await fire(90 - i / 100);
    const stopping = new AbortController();
    const stopped: Store = {
      ...store,
      expireUows: (step) => {
        stopping.abort();
        return store.expireUows(step);
      },
    };
    assert.equal((await retain(stopped, stopping.signal)).uows, 16);
    assert.equal((await retain()).uows, 22);
    await assertSound();
  });

  it('deletes old rows of the journal of an entry but for the newest, and says where it begins', async () => {
    let record: FreerunEntryRecord | undefined;
    const change = async (days: number): Promise<void> => {
      const after = entryRecord('Report', 'hourly');
      const written = entryChange(record, after, record === undefined ? 'create' : 'change');
      const cause = { actor: 'scheduler', reason: null, at: NOW - days * DAY, epoch };
      assert.deepEqual(await store.commit([{ cause, writes: [written] }]), ['applied']);
      record = written.record;
    };
    const rows = async (): Promise<number[]> =>
      (await store.journal({ entityId: 'Report:hourly', after: 0, limit: 999 })).map(
        ({ version }) => version,
      );
    for (let i = 0; i < 530; i++) await change(90 - i / 100);
    for (let i = 0; i < 10; i++) await change(29);
    const counts = { uows: 0, transitions: 524, lines: 0, reports: 0 };
    assert.deepEqual(await retain(), counts);
    assert.deepEqual(
      await rows(),
      Array.from({ length: 16 }, (_, i) => 525 + i),
    );
    const [begin] = await store.collection(expiredJournalSpec).list();
    assert.deepEqual([begin?.entity, begin?.version], ['Report:hourly', 524]);
    assert.deepEqual(
      (await store.collection(retentionRoundSpec).list()).map(({ transitions, from, to }) => [
        transitions,
        from,
        to,
      ]),
      [[524, NOW - 90 * DAY, NOW - (90 - 5.23) * DAY]],
    );
    await assertSound();
    for (let i = 0; i < 20; i++) await change(28);
    assert.equal((await retain()).transitions, 6);
    assert.equal((await rows()).length, 30);
    await assertSound();
  });

  it('has the store shrink by what was deleted, and stops with the scheduler', async () => {
    for (let i = 0; i < 40; i++) {
      const parentId = await fire(90 - i / 100);
      const lines = Array.from({ length: 300 }, (_, n) => ({ sequence: n + 2, line: 'x'.repeat(1_000) }));
      const rest = { parentId, attempt: 1, at: NOW, stream: 'stdout' } as const;
      await store.appendLog(lines.map((line) => ({ ...rest, ...line })));
    }
    const { bytes } = await store.size();
    assert.ok(bytes > 12_000_000, `${bytes} bytes`);
    const stopping = new AbortController();
    let steps = 0;
    const stopped: Store = {
      ...store,
      shrink: () => {
        if (++steps === 3) stopping.abort();
        return store.shrink();
      },
    };
    // In steps of 16 and 22.
    assert.equal((await retain(stopped, stopping.signal)).uows, 38);
    assert.equal(steps, 3);
    await retain();
    const { bytes: after, freeBytes } = await store.size();
    assert.ok(
      after < 2_500_000 && (freeBytes ?? after) < after / 2,
      `${after} bytes, ${freeBytes} of them free`,
    );
    await assertSound();
  });

  it('deletes an entry that was removed, once its units and its journal are old, and it may be made anew', async () => {
    const at = (days: number) => ({ actor: 'scheduler', reason: null, at: NOW - days * DAY, epoch });
    const write = async (
      days: number,
      change: ReturnType<typeof entryChange>,
    ): Promise<FreerunEntryRecord> => {
      assert.deepEqual(await store.commit([{ cause: at(days), writes: [change] }]), ['applied']);
      return change.record;
    };
    const fresh = entryRecord('Report', 'hourly');
    const created = await write(90, entryChange(undefined, fresh, 'create'));
    for (const days of [80, 60]) await fire(days);
    const last = await fire(35);
    const fired = await write(35, entryChange(created, { ...created, relatedUow: last }, 'fire'));
    const removed = await write(29, entryChange(fired, { ...fired, removed: true }, 'remove'));
    assert.equal((await retain()).uows, 3);
    await assertSound();
    assert.deepEqual(await store.collection(freerunSpec).list(), [removed]);
    clock.advance(2 * DAY);
    try {
      assert.deepEqual(await retain(), { uows: 0, transitions: 3, lines: 0, reports: 0 });
    } finally {
      clock.advance(-2 * DAY);
    }
    assert.deepEqual(await store.collection(freerunSpec).list(), []);
    assert.deepEqual(await store.journal({ limit: 9 }), []);
    assert.deepEqual(
      (await store.collection(expiredSpec).list()).map(({ entity, uows }) => [entity, uows]),
      [['Report', 3]],
    );
    await assertSound();
    assert.equal((await write(1, entryChange(undefined, fresh, 'create'))).version, 1);
    await assertSound();
  });

  it('deletes commands that were carried out long ago, and takes what they did for explained', async () => {
    const commands = store.collection(commandSpec);
    const give = (id: string, days: number, state: CommandRecord['state'] = 'done') => {
      const at = NOW - days * DAY;
      return commands.insertNew({
        ...{ id, kind: 'set-freerun', arguments: {}, actor: 'ann', reason: null, createdAt: at, state },
        ...{ ...noSubject, result: null },
        finishedAt: state === 'open' ? null : at,
      });
    };
    await give('forgotten', 700, 'open');
    for (let i = 0; i < 150; i++) await give(`old-${i}`, 600 - i);
    await give('refused', 402, 'refused');
    await give('young', 399);
    const created = entryChange(undefined, entryRecord('Report', 'hourly'), 'create');
    const cause = { actor: 'user ann', reason: null, at: NOW - 500 * DAY, epoch };
    assert.deepEqual(await store.commit([{ cause, writes: [created] }]), ['applied']);
    await retain();
    assert.deepEqual(
      (await commands.list()).map(({ id }) => id),
      ['forgotten', 'young'],
    );
    assert.deepEqual(await getFact(store, EXPIRED_COMMANDS), {
      ...{ count: 151, from: NOW - 600 * DAY, to: NOW - 402 * DAY },
    });
    await assertSound();
    await retain();
    assert.equal((await commands.list()).length, 2);
  });

  it('keeps the newest hundred rounds on record', async () => {
    const rounds = store.collection(retentionRoundSpec);
    const empty = { uows: 0, transitions: 0, lines: 0, reports: 0, from: 0, to: 0 };
    for (let i = 0; i < 101; i++) await rounds.put({ id: `old-${i}`, begunAt: i, endedAt: i, ...empty });
    for (const days of [90, 60, 50]) await fire(days);
    assert.equal((await retain()).uows, 1);
    const kept = await rounds.list();
    assert.deepEqual([kept.length, kept.at(0)?.id, kept.at(-1)?.begunAt], [100, 'old-2', NOW]);
  });
});

describe('retention of the history of jobs', () => {
  const timeperiod = '2015053122';
  const hour = { processName: 'SiteHourly', timeperiod };
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(casesContext());
    // Its first unit is canceled, the second one ends it.
    await rig.tick('SiteHourly');
    await rig.api.execute({ kind: 'reprocess', ...hour });
    await rig.quiet();
    await rig.finish('SiteHourly', timeperiod);
  });
  afterEach(() => rig.close());

  const retain = (keepUnits: number) => {
    const { shared } = rig.services;
    const limits = { ...testLimits, retention: { ...testLimits.retention, keepUnits } };
    return expireHistory({ ...shared, limits }, new AbortController().signal);
  };
  const left = async (): Promise<number[]> =>
    (await rig.uows('SiteHourly', timeperiod)).map(({ sequence }) => sequence).reverse();

  it('deletes units that others took the place of, once they are old, and never the one in charge', async () => {
    assert.equal((await retain(1)).uows, 0);
    rig.clock.advance(401 * DAY);
    assert.equal((await retain(1)).uows, 1);
    assert.deepEqual(await left(), [2]);
    assert.equal((await rig.record('SiteHourly', timeperiod))?.uowCount, 2);
    assert.deepEqual(await rig.store.collection(expiredJobSpec).list(), [
      { ...hour, uows: 1, step: `1-${rig.clock.now()}-1` },
    ]);
    assert.equal((await retain(1)).uows, 0);
    assert.deepEqual((await checkInvariants(rig.store as MovableStore)).violations, []);
  });

  it('deletes old rows of its journal but for the newest', async () => {
    for (let i = 0; i < 10; i++) {
      await rig.api.execute({ kind: 'reprocess', ...hour });
      await rig.quiet();
      await rig.api.execute({ kind: 'skip', ...hour });
      await rig.quiet();
    }
    const entityId = `SiteHourly/${timeperiod}`;
    const rows = (): Promise<number> =>
      rig.store.journal({ entityId, after: 0, limit: 999 }).then(({ length }) => length);
    const { version = 0 } = (await rig.record('SiteHourly', timeperiod)) ?? {};
    assert.ok(version > 16);
    await retain(1);
    assert.equal(await rows(), version);
    rig.clock.advance(401 * DAY);
    await retain(1);
    assert.equal(await rows(), 16);
    assert.deepEqual((await checkInvariants(rig.store as MovableStore)).violations, []);
  });

  it('keeps the newest of the process', async () => {
    rig.clock.advance(401 * DAY);
    assert.equal((await retain(9)).uows, 0);
  });

  it('keeps all of a job from which something is being made anew', async () => {
    rig.clock.advance(401 * DAY);
    const { level, index } = nodeOf(rig.services.shared.timetable, {
      ...{ processName: 'SiteDaily', timeperiod: '2015053100' },
    });
    level.set(index, { state: 'EMBRYO', version: 2, uowCount: 1, redo: true });
    assert.equal((await retain(1)).uows, 0);
  });
});
