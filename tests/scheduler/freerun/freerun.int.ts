import assert from 'node:assert/strict';
import { withMethods } from '../../support/collections.ts';
import { entryChange, commandSpec, freerunSpec } from '../../../db/collections.ts';
import { defineContext, freerunProcess } from '../../../domain/model/define.ts';
import type { EntryOptions, JsonObject } from '../../../domain/model/process.ts';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';
import type { CommandRequest } from '../../../scheduler/commands/check-command.ts';

type Extra = Partial<EntryOptions>;

const QUARTER = 15 * 60_000;

const stamp = (instant: number): string => new Date(instant).toISOString().replace(/\D/g, '').slice(0, 14);

const contextWith = (extra: Extra) =>
  defineContext({
    processes: [
      freerunProcess({
        name: 'Mail',
        identity: true,
        entries: [{ name: 'daily', trigger: 'every 1h', ...extra }],
      }),
    ],
    trees: [],
  });

describe('freerun entries', () => {
  let rig: Rig;
  const given = async (extra: Extra = {}): Promise<void> => {
    rig = await openRig(contextWith(extra));
  };
  const entry = { processName: 'Mail', entryName: 'daily' } as const;
  const fire = async (given?: JsonObject): Promise<unknown> => {
    const args = given === undefined ? {} : { arguments: given };
    const { result } = await rig.api.execute({ kind: 'fire-freerun', ...entry, ...args });
    return result?.['outcome'];
  };
  const units = async (): Promise<string[]> =>
    (
      await rig.store.findUows({
        processName: 'Mail',
        states: ['REQUESTED', 'IN_PROGRESS', 'PROCESSED', 'CANCELED', 'INVALID'],
      })
    ).map((uow) => uow.state);
  /** A worker takes the entry's last unit and ends it. */
  const end = async (event: 'complete' | 'fail'): Promise<void> => {
    const { relatedUow } = await rig.services.freerun.get('Mail', 'daily');
    const [uow] = await rig.store.uows([relatedUow ?? '']);
    assert.ok(uow);
    const now = rig.clock.now();
    const claimed = uow.state === 'REQUESTED' ? await rig.claim(uow) : uow;
    const base = {
      id: uow.id,
      attempt: claimed.attempt,
      token: claimed.token ?? '',
      processed: 0,
      aggregated: 0,
    };
    const failure =
      event === 'fail' ? { error: 'broken', retryAt: now + 30_000 } : { error: null, retryAt: null };
    await rig.store.report('hand', [{ ...base, event, ...failure }], now);
    await rig.services.turnLoop.report([uow.id]);
    await rig.quiet();
  };

  afterEach(() => rig.close());

  it('fires, rings again while no worker took it, and drops a firing while it runs', async () => {
    await given();
    assert.equal(await fire(), 'fire');
    assert.equal(await fire(), 'ring');
    const [uow] = await rig.store.findUows({ processName: 'Mail' });
    assert.ok(uow);
    await rig.claim(uow);
    assert.equal(await fire(), 'drop');
    assert.deepEqual(await units(), ['IN_PROGRESS']);
  });

  it('replaces an INVALID unit', async () => {
    await given();
    await fire();
    await end('fail');
    assert.equal(await fire(), 'fire');
    assert.deepEqual(await units(), ['CANCELED', 'REQUESTED']);
  });

  it('allow: fires beside a running unit and leaves it alone', async () => {
    await given({ overlap: 'allow' });
    await fire();
    await fire();
    assert.deepEqual(await units(), ['REQUESTED', 'REQUESTED']);
  });

  it('cancel-other: the running unit makes way', async () => {
    await given({ overlap: 'cancel-other' });
    await fire();
    assert.equal(await fire(), 'cancel-and-fire');
    assert.deepEqual(await units(), ['CANCELED', 'REQUESTED']);
  });

  it('buffer-one: owes one firing until the running unit has finished', async () => {
    await given({ overlap: 'buffer-one' });
    await fire();
    assert.equal(await fire(), 'buffer');
    assert.equal(await fire(), 'drop');
    rig.clock.advance(1_000);
    await end('complete');
    assert.deepEqual(await units(), ['PROCESSED', 'REQUESTED']);
  });

  it('buffer-one: journals an owed firing as such, and forgets it with the entry', async () => {
    await given({ overlap: 'buffer-one' });
    await fire();
    await fire();
    rig.clock.advance(1_000);
    await end('complete');
    const { relatedUow } = await rig.services.freerun.get('Mail', 'daily');
    const [request] = await rig.store.journal({ entityId: relatedUow ?? '', limit: 1 });
    assert.equal(request?.reason, 'owed until the last unit had finished');
    assert.equal(await fire(), 'buffer');
    await rig.api.execute({ kind: 'set-freerun', ...entry, on: false });
    await end('complete');
    assert.deepEqual(await units(), ['PROCESSED', 'PROCESSED']);
  });

  it('fires once for a command that is carried out again, its outcome having been lost', async () => {
    await given({ overlap: 'allow' });
    const command = { id: 'c1', kind: 'fire-freerun', ...entry } as const;
    const collection = rig.store.collection.bind(rig.store);
    const killed = (): Promise<boolean> => Promise.reject(new Error('killed'));
    Object.assign(rig.store, withMethods(rig.store, commandSpec, { compareAndSet: killed }));
    await assert.rejects(rig.api.execute(command));
    rig.store.collection = collection;
    rig.clock.advance(1_000);
    assert.equal((await rig.api.execute(command)).state, 'done');
    assert.deepEqual(await units(), ['REQUESTED']);
    assert.equal((await rig.services.freerun.get('Mail', 'daily')).relatedUow, 'Mail:daily/by-hand#c1');
  });

  it('has fired although its ring was lost', async () => {
    await given();
    rig.queue.publish = () => Promise.reject(new Error('queue away'));
    assert.equal(await fire(), 'fire');
    assert.deepEqual(await units(), ['REQUESTED']);
  });

  it('has no second unit when the scheduler died, or lost the answer of the store, as it fired', async () => {
    await given({ overlap: 'skip' });
    /** The store takes what it is given, and its answer is lost. */
    const fireUnheard = async (): Promise<void> => {
      const commit = rig.store.commit.bind(rig.store);
      rig.store.commit = async (groups) => {
        await commit(groups);
        throw new Error('the store went away');
      };
      await assert.rejects(fire());
      rig.store.commit = commit;
    };
    await fireUnheard();
    rig = await rig.restart();
    assert.equal(await fire(), 'ring');
    assert.deepEqual(await units(), ['REQUESTED']);
    await end('complete');
    await fireUnheard();
    assert.equal(await fire(), 'ring');
    assert.deepEqual(await units(), ['PROCESSED', 'REQUESTED']);
  });

  it('keeps what it fired when it is changed after an answer of the store was lost', async () => {
    await given({ overlap: 'cancel-other' });
    const commit = rig.store.commit.bind(rig.store);
    rig.store.commit = async (groups) => {
      await commit(groups);
      throw new Error('the store went away');
    };
    await assert.rejects(fire());
    rig.store.commit = commit;
    await rig.api.execute({ kind: 'set-freerun', ...entry, description: 'changed' });
    assert.equal(await fire(), 'cancel-and-fire');
    assert.deepEqual(await units(), ['CANCELED', 'REQUESTED']);
  });

  it('stays off when it was switched off by another between the look of the scheduler and its write', async () => {
    await given();
    const commit = rig.store.commit.bind(rig.store);
    rig.store.commit = async (groups) => {
      rig.store.commit = commit;
      const record = await rig.services.freerun.get('Mail', 'daily');
      const change = entryChange(record, { ...record, on: false }, 'switch-off');
      await commit([{ cause: { actor: 'user b', reason: null, at: 1, epoch: 9 }, writes: [change] }]);
      return commit(groups);
    };
    const instant = nextHour();
    await rig.services.freerun.start();
    rig.clock.set(instant);
    rig.services.alarms.set('any', 0, () => undefined);
    while (!rig.services.freerun.isOff('Mail', 'daily'))
      await new Promise((resolve) => setImmediate(resolve));
    await rig.quiet();
    assert.deepEqual(await ids(), []);
    assert.equal(rig.services.alarms.at('Mail:daily'), undefined);
    const stored = await rig.store.collection(freerunSpec).get(entry);
    assert.deepEqual([stored?.on, stored?.relatedUow], [false, null]);
  });

  it('fires on its schedule once, and makes up for the last missed firing only, after a restart', async () => {
    await given();
    await rig.services.freerun.start();
    await rig.quiet();
    assert.deepEqual(await units(), [], 'nothing is due yet');
    await rig.store.collection(freerunSpec).put({
      ...(await rig.services.freerun.get('Mail', 'daily')),
      seenUntil: rig.clock.now(),
    });
    rig.clock.advance(5 * 3_600_000);
    rig = await rig.restart();
    await rig.services.freerun.start();
    await rig.quiet();
    const found = await rig.store.findUows({ processName: 'Mail' });
    assert.deepEqual(
      found.map((uow) => uow.id),
      ['Mail:daily/20150602080000#1'],
    );
    rig = await rig.restart();
    await rig.services.freerun.start();
    await rig.quiet();
    assert.equal((await units()).length, 1);
  });

  const ids = async (): Promise<string[]> =>
    (await rig.store.findUows({ processName: 'Mail', states: uowStates })).map(({ id }) => id);
  /** The scheduler was away: entries are armed, and what was missed is made up for. */
  const restart = async (): Promise<void> => {
    rig = await rig.restart();
    await rig.services.freerun.start();
    await rig.quiet();
  };
  const seenUntil = async (instant: number): Promise<void> =>
    rig.store
      .collection(freerunSpec)
      .put({ ...(await rig.services.freerun.get('Mail', 'daily')), seenUntil: instant });

  it('makes up for its first firing too, having been seen to from its declaration on', async () => {
    await given();
    const { seenUntil: since, lastFiredAt } = await rig.services.freerun.get('Mail', 'daily');
    assert.deepEqual([since, lastFiredAt], [rig.clock.now(), null]);
    rig.clock.advance(3_600_000);
    await restart();
    assert.equal((await ids()).length, 1);
  });

  it('does not make up for a firing that was dropped, nor for those while it was off', async () => {
    await given();
    await seenUntil(rig.clock.now());
    rig.clock.advance(3_600_000);
    await restart();
    const [first] = await rig.store.findUows({ processName: 'Mail' });
    assert.ok(first);
    await rig.claim(first);
    rig.clock.advance(3_600_000);
    await restart();
    assert.equal((await ids()).length, 1, 'dropped, since the first still runs');
    await end('complete');
    await restart();
    assert.equal((await ids()).length, 1, 'and not made up for after the next restart');
    await rig.api.execute({ kind: 'set-freerun', ...entry, on: false });
    rig.clock.advance(3 * 3_600_000);
    await rig.api.execute({ kind: 'set-freerun', ...entry, on: true });
    await restart();
    assert.equal((await ids()).length, 1, 'what passed while it was off is past');
  });

  const nextHour = (): number => (Math.floor(rig.clock.now() / 3_600_000) + 1) * 3_600_000;
  const fired = async (count: number): Promise<void> => {
    while ((await ids()).length < count) await new Promise((resolve) => setImmediate(resolve));
  };

  /** The alarm has rung for all instants up to this one. */
  const armedBeyond = async (instant: number): Promise<void> => {
    while ((rig.services.alarms.at('Mail:daily') ?? 0) <= instant)
      await new Promise((resolve) => setImmediate(resolve));
  };

  /** Entries are armed, and then so many instants pass, a quarter of an hour apart, before an alarm rings; returns the first. */
  const standStillFor = async (instants: number): Promise<number> => {
    const first = (Math.floor(rig.clock.now() / QUARTER) + 1) * QUARTER;
    await rig.services.freerun.start();
    rig.clock.set(first + (instants - 0.5) * QUARTER);
    // An alarm that was due before wakes the others too.
    rig.services.alarms.set('any', 0, () => undefined);
    await armedBeyond(rig.clock.now());
    await rig.quiet();
    return first;
  };

  it('fires ahead what has nothing in its way, to start on the instant, once', async () => {
    await given();
    const instant = nextHour();
    rig.clock.set(instant - 20);
    await rig.services.freerun.start();
    await fired(1);
    const [uow] = await rig.store.findUows({ processName: 'Mail' });
    assert.ok(uow);
    assert.deepEqual([uow.createdAt, uow.notBefore, uow.startedAt], [instant - 20, instant, null]);
    assert.equal((await rig.claim(uow)).startedAt, instant);
    await end('complete');
    // A scheduler that begins anew finds the instant still ahead.
    await restart();
    rig.clock.set(instant);
    await armedBeyond(instant);
    await rig.quiet();
    assert.deepEqual(await units(), ['PROCESSED']);
  });

  it('buffer-one: owes what was asked for between the preparation of a firing and its instant', async () => {
    await given({ overlap: 'buffer-one' });
    const instant = nextHour();
    rig.clock.set(instant - 20);
    await rig.services.freerun.start();
    await fired(1);
    assert.equal(await fire(), 'buffer');
    await restart();
    rig.clock.set(instant);
    await armedBeyond(instant);
    await rig.quiet();
    assert.equal((await rig.services.freerun.get('Mail', 'daily')).buffered, true);
    await end('complete');
    assert.deepEqual((await units()).toSorted(), ['PROCESSED', 'REQUESTED']);
  });

  it('fires once with arguments over those of the entry, also when that firing is owed for a while', async () => {
    await given({ overlap: 'buffer-one', arguments: { a: 1, b: 1 } });
    const seen = async () =>
      (await rig.store.findUows({ processName: 'Mail', order: 'oldest' })).map((uow) => uow.arguments);
    assert.equal(await fire({ b: 2, c: 2 }), 'fire');
    assert.equal(await fire({ b: 3 }), 'buffer');
    assert.equal(await fire({ b: 4 }), 'drop');
    await restart();
    for (let i = 0; i < 2; i++) {
      rig.clock.advance(1_000);
      await end('complete');
    }
    rig.clock.advance(1_000);
    assert.equal(await fire(), 'fire');
    assert.deepEqual(await seen(), [
      { a: 1, b: 2, c: 2 },
      { a: 1, b: 3 },
      { a: 1, b: 1 },
    ]);
  });

  describe('when the clock is set back by an hour', () => {
    const passing = async (instant: number): Promise<void> => {
      rig.clock.set(instant);
      rig.services.alarms.set('any', 0, () => undefined);
      await armedBeyond(instant);
      await rig.quiet();
    };
    /** Here is no clock of chores: that of the triggers notices when it wakes. */
    const setBack = async (): Promise<void> => {
      rig.clock.advance(-3_600_000);
      await new Promise<void>((resolve) => rig.services.alarms.set('any', 0, () => resolve()));
      await rig.quiet();
    };

    it('an interval goes on, and each instant fires once in the time that comes again', async () => {
      await given({ trigger: 'every 15m' });
      await rig.services.freerun.start();
      const first = (Math.floor(rig.clock.now() / QUARTER) + 1) * QUARTER;
      for (const at of [first, first + QUARTER]) {
        await passing(at);
        await end('complete');
      }
      await setBack();
      assert.ok(
        (rig.services.alarms.at('Mail:daily') ?? Infinity) <= rig.clock.now() + QUARTER,
        'armed anew',
      );
      for (const at of [first, first + QUARTER, first + 2 * QUARTER]) {
        await passing(at);
        await end('complete');
      }
      const name = (at: number, pass: number): string =>
        `Mail:daily/${new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)}#${pass}`;
      const expected = [name(first, 1), name(first, 2), name(first + QUARTER, 1), name(first + QUARTER, 2)];
      assert.deepEqual((await ids()).toSorted(), [...expected, name(first + 2 * QUARTER, 1)]);
    });

    it('also after a restart, and when it was set while no scheduler was there', async () => {
      await given({ trigger: 'every 15m', missed: 'none' });
      await rig.services.freerun.start();
      const first = (Math.floor(rig.clock.now() / QUARTER) + 1) * QUARTER;
      await passing(first);
      await end('complete');
      rig.clock.advance(-3_600_000);
      await restart();
      await restart();
      await passing(first);
      await end('complete');
      assert.equal((await ids()).length, 2);
      await restart();
      await passing(first);
      assert.equal((await ids()).length, 2, 'the second pass fires once too');
    });

    it('is on record once, also when the answer of the store was lost', async () => {
      await given({ trigger: 'every 15m' });
      await rig.services.freerun.start();
      await passing((Math.floor(rig.clock.now() / QUARTER) + 1) * QUARTER);
      const { version } = await rig.services.freerun.get('Mail', 'daily');
      const until = rig.clock.now();
      rig.clock.advance(-3_600_000);
      const commit = rig.store.commit.bind(rig.store);
      rig.store.commit = async (groups) => {
        await commit(groups);
        throw new Error('the store went away');
      };
      await assert.rejects(rig.services.freerun.setBack(until));
      rig.store.commit = commit;
      await rig.services.freerun.reconcile();
      const stored = await rig.store.collection(freerunSpec).get(entry);
      assert.deepEqual([stored?.seenUntil, stored?.version], [rig.clock.now(), version + 1]);
      assert.deepEqual(await rig.services.freerun.get('Mail', 'daily'), stored);
    });

    it('a fixed time does not fire again', async () => {
      await given({ trigger: 'cron 0 0,6,12,18 * * *' });
      await rig.services.freerun.start();
      const at = (Math.floor(rig.clock.now() / (6 * 3_600_000)) + 1) * 6 * 3_600_000;
      await passing(at);
      await end('complete');
      await setBack();
      await passing(at);
      assert.equal((await ids()).length, 1);
      await passing(at + 6 * 3_600_000);
      assert.equal((await ids()).length, 2, 'the next one does');
    });
  });

  it('missed: all makes up one by one for what passed while the scheduler stood still', async () => {
    await given({ trigger: 'every 15m', missed: 'all' });
    await standStillFor(3);
    for (let ended = 0; ended < 3; ended++) {
      assert.equal((await ids()).length, ended + 1);
      await end('complete');
    }
    assert.deepEqual(await units(), ['PROCESSED', 'PROCESSED', 'PROCESSED']);
  });

  it('fires on the instant, not ahead of it, what something may be in the way of', async () => {
    await given({ overlap: 'buffer-one' });
    await fire();
    const instant = nextHour();
    rig.clock.set(instant - 20);
    await rig.services.freerun.start();
    while (rig.services.alarms.at('Mail:daily') !== instant)
      await new Promise((resolve) => setImmediate(resolve));
    await end('complete');
    assert.equal((await ids()).length, 1);
    rig.clock.set(instant);
    await fired(2);
    const [, uow] = await rig.store.findUows({ processName: 'Mail', states: uowStates });
    assert.deepEqual([uow?.createdAt, uow?.notBefore], [instant, null]);
  });

  for (const [missed, which] of [
    ['all', [0, 1, 2, 3]],
    ['last', [3]],
    ['none', []],
  ] as const) {
    it(`missed: ${missed} fires ${which.length} of four instants during which the scheduler stood still`, async () => {
      await given({ trigger: 'every 15m', missed, overlap: 'allow' });
      const instant = await standStillFor(4);
      const found = await rig.store.findUows({ processName: 'Mail' });
      assert.deepEqual(
        found.map(({ timeperiod }) => timeperiod).toSorted(),
        which.map((quarters) => stamp(instant + quarters * QUARTER)),
      );
    });
  }

  it('firing by hand while no scheduler ran takes nothing from the schedule', async () => {
    await given();
    await seenUntil(rig.clock.now());
    rig.clock.advance(2 * 3_600_000);
    await fire();
    await end('complete');
    await restart();
    assert.equal((await ids()).length, 2);
  });

  it('missed: all makes up for every firing, one after another, also through another restart', async () => {
    await given({ trigger: 'every 15m', missed: 'all' });
    await seenUntil(rig.clock.now());
    rig.clock.advance(3_600_000);
    await restart();
    assert.deepEqual(await units(), ['REQUESTED']);
    await end('complete');
    assert.deepEqual(await units(), ['PROCESSED', 'REQUESTED']);
    await restart();
    assert.deepEqual(await units(), ['PROCESSED', 'REQUESTED'], 'it waits for the second');
    for (let i = 2; i <= 4; i++) await end('complete');
    assert.deepEqual(await units(), ['PROCESSED', 'PROCESSED', 'PROCESSED', 'PROCESSED']);
    await restart();
    assert.equal((await ids()).length, 4);
  });

  it('missed: all makes up for all at once where they may overlap', async () => {
    await given({ trigger: 'every 15m', missed: 'all', overlap: 'allow' });
    await seenUntil(rig.clock.now());
    rig.clock.advance(3_600_000);
    await restart();
    assert.equal((await ids()).length, 4);
  });

  it('fires what is owed with the next round when the end of the unit was not heard of', async () => {
    await given({ overlap: 'buffer-one' });
    await fire();
    await fire();
    const report = rig.services.turnLoop.report.bind(rig.services.turnLoop);
    rig.services.turnLoop.report = () => Promise.resolve(true);
    await end('complete');
    rig.services.turnLoop.report = report;
    assert.deepEqual(await units(), ['PROCESSED']);
    rig.clock.advance(1_000);
    await rig.sweep();
    assert.deepEqual(await units(), ['PROCESSED', 'REQUESTED']);
  });

  it('fires with the next round what the store did not take', async () => {
    await given();
    await seenUntil(rig.clock.now());
    rig.clock.advance(3_600_000);
    rig = await rig.restart();
    const commit = rig.store.commit.bind(rig.store);
    rig.store.commit = () => Promise.reject(new Error('store away'));
    await rig.services.freerun.start();
    await rig.quiet();
    rig.store.commit = commit;
    assert.deepEqual(await units(), []);
    await rig.sweep();
    assert.deepEqual(await units(), ['REQUESTED']);
  });

  it('makes up for what was due while the store could not be read, as its policy says', async () => {
    await given({ trigger: 'every 15m', missed: 'all' });
    await seenUntil(rig.clock.now());
    const collection = rig.store.collection.bind(rig.store);
    const away = (): Promise<never> => Promise.reject(new Error('store away'));
    await rig.services.freerun.start();
    Object.assign(rig.store, withMethods(rig.store, freerunSpec, { getAll: away }));
    for (let instants = 0; instants < 2; instants++) {
      rig.clock.advance(QUARTER);
      rig.services.alarms.set('any', 0, () => undefined);
      await armedBeyond(rig.clock.now());
      await rig.quiet();
    }
    rig.store.collection = collection;
    assert.deepEqual(await units(), []);
    await rig.sweep();
    assert.deepEqual(await units(), ['REQUESTED']);
    await end('complete');
    assert.deepEqual(await units(), ['PROCESSED', 'REQUESTED']);
    await end('complete');
    assert.deepEqual(await units(), ['PROCESSED', 'PROCESSED']);
  });

  it('adds, changes and removes entries of users, and refuses what makes no sense', async () => {
    await given();
    const add: CommandRequest = { kind: 'add-freerun', ...entry, entryName: 'extra', trigger: 'at 08:00' };
    await rig.api.execute(add);
    assert.deepEqual((await rig.api.freerun({ limit: 10 })).map((view) => view.entryName).sort(), [
      'daily',
      'extra',
    ]);
    await assert.rejects(rig.api.execute(add), { code: 'CONFLICT' });
    await assert.rejects(rig.api.execute({ ...add, entryName: 'a/b' }), { code: 'INVALID_ARGUMENT' });
    await assert.rejects(rig.api.execute({ ...add, entryName: 'b', trigger: 'at 25:00' }), {
      code: 'INVALID_SCHEDULE',
    });
    await assert.rejects(rig.api.execute({ kind: 'remove-freerun', ...entry }), { code: 'CONFLICT' });
    await rig.api.execute({ kind: 'remove-freerun', ...entry, entryName: 'extra' });
    rig = await rig.restart();
    assert.deepEqual(
      (await rig.api.freerun({ limit: 10 })).map((view) => view.entryName),
      ['daily'],
    );
  });
});

describe('1,200 freerun entries due at one instant', () => {
  let rig: Rig;
  const commits: number[] = [];
  const rings: number[] = [];
  /** How many units were written when other work had its turn. */
  let writtenBefore = 0;

  before(async () => {
    const entries = Array.from({ length: 1_200 }, (_, i) => ({ name: `e${i}`, trigger: 'every 1h' }));
    rig = await openRig(
      defineContext({ processes: [freerunProcess({ name: 'Mail', identity: true, entries })], trees: [] }),
    );
    const { queue, store, services } = rig;
    const commit = store.commit.bind(store);
    const publish = queue.publish.bind(queue);
    let other: Promise<void> | undefined;
    store.commit = (groups) => {
      commits.push(groups.length);
      other ??= services.turnLoop.exclusive(() => {
        writtenBefore = commits.reduce((sum, count) => sum + count, 0);
        return Promise.resolve();
      });
      return commit(groups);
    };
    queue.publish = (name, bodies) => {
      rings.push(bodies.length);
      return publish(name, bodies);
    };
    await services.freerun.start();
    rig.clock.set((Math.floor(rig.clock.now() / 3_600_000) + 1) * 3_600_000);
    services.alarms.set('any', 0, () => undefined);
    while (rings.reduce((sum, count) => sum + count, 0) < 1_200)
      await new Promise((resolve) => setImmediate(resolve));
    await other;
    await rig.quiet();
  });
  after(() => rig.close());

  it('are written 500 in a commit, with one ring for their queue', () => {
    assert.deepEqual(commits, [500, 500, 200]);
    assert.deepEqual(rings, [500, 500, 200]);
  });

  it('hold other work up by one commit', () => assert.equal(writtenBefore, 500));

  it('fire once each', async () => {
    const found = await rig.store.findUows({ processName: 'Mail', limit: 2_000 });
    assert.equal(new Set(found.map(({ entryName }) => entryName)).size, 1_200);
    assert.equal(found.length, 1_200);
  });

  it('fire by hand in a burst the same way, under the name of the user', async () => {
    commits.length = 0;
    const fire = (i: number) =>
      rig.api.execute({ kind: 'fire-freerun', processName: 'Mail', entryName: `e${i}` });
    const outcomes = await Promise.all(Array.from({ length: 300 }, (_, i) => fire(i)));
    assert.ok(outcomes.every(({ result }) => result?.['outcome'] === 'ring'));
    assert.equal(
      commits.reduce((sum, count) => sum + count, 0),
      0,
      'what waits for a worker is rung for',
    );
    const { overlap, ...rest } = await rig.services.freerun.get('Mail', 'e0');
    assert.equal(overlap, 'skip');
    assert.equal(rest.version, 2);
    for (let i = 0; i < 300; i++)
      await rig.api.execute({
        kind: 'set-freerun',
        processName: 'Mail',
        entryName: `e${i}`,
        overlap: 'allow',
      });
    commits.length = 0;
    await Promise.all(Array.from({ length: 300 }, (_, i) => fire(i)));
    assert.ok(commits.length <= 60, `${commits.length} commits for 300 firings`);
    const [row] = await rig.store.journal({ entityId: 'Mail:e7', limit: 1 });
    assert.deepEqual([row?.event, row?.actor, row?.reason], ['fire', 'user ann', 'fired by hand']);
  });
});

describe('commands', () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig(contextWith({}));
  });
  after(() => rig.close());

  it('sent twice under one id are carried out once and answered alike', async () => {
    const request = {
      id: 'c1',
      kind: 'fire-freerun',
      processName: 'Mail',
      entryName: 'daily',
    } as const;
    const first = await rig.api.execute(request);
    const second = await rig.api.execute(request);
    assert.deepEqual(second.result, first.result);
    assert.equal((await rig.store.findUows({ processName: 'Mail' })).length, 1);
  });

  it('that are refused leave a record of it', async () => {
    const request = {
      id: 'c2',
      kind: 'fire-freerun',
      processName: 'Mail',
      entryName: 'nobody',
    } as const;
    await assert.rejects(rig.api.execute(request), { code: 'NOT_FOUND' });
    const record = await rig.store.collection(commandSpec).get({ id: 'c2' });
    assert.deepEqual([record?.state, record?.result?.['code']], ['refused', 'NOT_FOUND']);
  });
});
