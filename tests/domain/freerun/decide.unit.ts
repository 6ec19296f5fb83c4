import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decideFiring, isClear } from '../../../domain/freerun/decide.ts';
import { fireDue, catchUp, goOn } from '../../../domain/freerun/due.ts';
import type { DueRequests } from '../../../domain/freerun/due.ts';
import { afterReport, asStored, fallenBehind, liveOf, planOf } from '../../../domain/freerun/entry.ts';
import type { FiringRequest, LiveEntry } from '../../../domain/freerun/entry.ts';
import { firingFor, firingUow } from '../../../domain/freerun/firing.ts';
import type { Firing } from '../../../domain/freerun/firing.ts';
import { isUowHolding } from '../../../domain/machine/transition.ts';
import type { FreerunEntryRecord, UowRecord } from '../../../domain/model/record.ts';
import { parseSchedule } from '../../../domain/schedule/schedule.ts';
import { EIGHT, HOUR, entryOf, uowOf } from './facts.ts';

const NINE = EIGHT + HOUR;
const none = { own: undefined, last: undefined };
const time = { now: NINE, replay: undefined };
const firingOf = (entry: LiveEntry, event: FiringRequest): Firing => {
  const firing = firingFor(entry, event, time);
  assert.ok(firing);
  return firing;
};
const due = { kind: 'due', at: NINE } as const;
const ended = { kind: 'unit-ended' } as const;
const byHand = { kind: 'by-hand', commandId: 'c1', arguments: { a: 1 } } as const;

describe('what becomes of a firing', () => {
  it('is a unit of its own with nothing in its way, and the entry has seen to its schedule', () => {
    const entry = entryOf({ relatedUow: 'a', buffered: true }, { unit: 'ended' });
    const firing = firingOf(entry, due);
    assert.deepEqual(decideFiring(entry, firing, none), {
      do: 'fire',
      isWritten: false,
      cancels: undefined,
      entry: {
        ...entry,
        unit: 'open',
        record: {
          ...entry.record,
          relatedUow: firing.id,
          buffered: false,
          lastFiredAt: NINE,
          seenUntil: NINE,
        },
      },
    });
  });

  it('is as the overlap policy says, with the last unit in its way', () => {
    const last = uowOf('a', { state: 'IN_PROGRESS' });
    const decisionOf = (overlap: FreerunEntryRecord['overlap']) => {
      const entry = entryOf({ overlap, relatedUow: 'a' });
      return decideFiring(entry, firingOf(entry, due), { own: undefined, last });
    };
    const dropped = decisionOf('skip');
    assert.deepEqual([dropped.do, dropped.entry.record.seenUntil], ['drop', NINE]);
    const { do: what, entry } = decisionOf('buffer-one');
    const { buffered, lastFiredAt, seenUntil, relatedUow } = entry.record;
    assert.deepEqual([what, buffered, lastFiredAt, seenUntil, relatedUow], ['buffer', true, NINE, NINE, 'a']);
    const canceling = decisionOf('cancel-other');
    assert.deepEqual(
      [canceling.do, 'cancels' in canceling && canceling.cancels, canceling.entry.record.lastFiredAt],
      ['cancel-and-fire', last, NINE],
    );
  });

  it('asked for by a user is owed with the arguments of that user, until its unit is written', () => {
    const entry = entryOf({ overlap: 'buffer-one', relatedUow: 'a' });
    const last = uowOf('a', { state: 'IN_PROGRESS' });
    const owing = decideFiring(entry, firingOf(entry, byHand), { own: undefined, last });
    assert.deepEqual([owing.do, owing.entry.record.owedArguments], ['buffer', { a: 1 }]);
    const owed = firingOf(owing.entry, ended);
    assert.deepEqual(owed.arguments, { a: 1 });
    const fired = decideFiring(owing.entry, owed, {
      own: undefined,
      last: uowOf('a', { state: 'PROCESSED' }),
    });
    assert.deepEqual([fired.do, fired.entry.record.owedArguments], ['fire', null]);
    const again = decideFiring(owing.entry, owed, { own: uowOf(owed.id), last });
    assert.equal(again.entry.record.owedArguments, null);
  });

  it('asked for by a user says nothing of the schedule, nor of a record that is as it was', () => {
    const entry = entryOf({ relatedUow: 'a' });
    const rung = decideFiring(entry, firingOf(entry, byHand), { own: undefined, last: uowOf('a') });
    assert.deepEqual([rung.do, rung.entry.record === entry.record], ['ring', true]);
    assert.equal(decideFiring(entry, firingOf(entry, byHand), none).entry.record.seenUntil, EIGHT);
  });

  it('takes the place of a unit that waits for its retry, never of one that waits for a person', () => {
    const entry = entryOf({ relatedUow: 'a' });
    const cancels = (retryAt: number | null): UowRecord | undefined => {
      const last = uowOf('a', { state: 'INVALID', retryAt });
      const decision = decideFiring(entry, firingOf(entry, due), { own: undefined, last });
      assert.ok(decision.do === 'fire');
      return decision.cancels;
    };
    assert.deepEqual([cancels(NINE)?.id, cancels(null)], ['a', undefined]);
  });

  it('waits for the last unit, retries included, when it is owed or was missed', () => {
    for (const entry of [
      entryOf({ relatedUow: 'a', buffered: true, overlap: 'buffer-one' }),
      entryOf({ relatedUow: 'a', missed: 'all' }, { missed: [EIGHT, NINE] }),
    ]) {
      const firing = firingOf(entry, ended);
      const decide = (set: Partial<UowRecord>) =>
        decideFiring(entry, firing, { own: undefined, last: uowOf('a', set) });
      for (const state of ['REQUESTED', 'IN_PROGRESS', 'INVALID'] as const)
        assert.deepEqual(decide({ state, retryAt: NINE }), { do: 'wait', entry });
      const fired = decide({ state: 'PROCESSED' });
      assert.equal(fired.do, 'fire');
      assert.deepEqual(fired.entry.missed, entry.missed.slice(1));
      assert.equal(decide({ state: 'INVALID', retryAt: null }).do, 'fire');
    }
  });

  it('leaves the schedule unseen to while an earlier instant is to be made up for', () => {
    const entry = entryOf({ missed: 'all' }, { missed: [EIGHT + 1] });
    assert.equal(decideFiring(entry, firingOf(entry, due), none).entry.record.seenUntil, EIGHT);
    assert.equal(decideFiring(entry, firingOf(entry, ended), none).entry.record.seenUntil, EIGHT + 1);
  });

  describe('that was carried out before', () => {
    const entry = entryOf({ relatedUow: 'a', buffered: true });
    const firing = firingOf(entry, due);
    const own = uowOf(firing.id, { createdAt: 20 });

    it('is believed by an entry that did not know of it', () => {
      const last = uowOf('a', { createdAt: 10, submittedAt: 30 });
      for (const units of [
        { own, last },
        { own, last: undefined },
      ]) {
        const decision = decideFiring(entry, firing, units);
        assert.deepEqual(
          [decision.do, 'isWritten' in decision && decision.isWritten, decision.entry.record.relatedUow],
          ['fire', true, firing.id],
        );
      }
    });

    it('is past for an entry that has fired again, or owes a firing since', () => {
      const last = uowOf('a', { createdAt: 20 });
      assert.deepEqual(decideFiring(entry, firing, { own, last }).entry.record, {
        ...entry.record,
        seenUntil: NINE,
      });
      const knowing = { ...entry, record: { ...entry.record, relatedUow: firing.id } };
      const { record } = decideFiring(knowing, firing, { own, last: own }).entry;
      assert.deepEqual([record.relatedUow, record.buffered], [firing.id, true]);
    });

    it('is owed no more, once its unit is found', () => {
      const owing = entryOf({ overlap: 'buffer-one', relatedUow: 'a', buffered: true, lastFiredAt: NINE });
      const owed = firingOf(owing, ended);
      assert.equal(owed.occasion, 'owed');
      const found = uowOf(owed.id, { createdAt: 20, state: 'IN_PROGRESS' });
      const knowing = { ...owing, record: { ...owing.record, relatedUow: owed.id } };
      for (const last of [found, uowOf('b', { createdAt: 30 })]) {
        const { record } = decideFiring(knowing, owed, { own: found, last }).entry;
        assert.deepEqual([record.relatedUow, record.buffered], [owed.id, false]);
      }
    });
  });

  it('needs no look at the store when the last unit has ended, unless its own unit may exist', () => {
    const free = entryOf({ relatedUow: 'a' }, { unit: 'ended' });
    assert.equal(isClear(free, firingOf(free, due)), true);
    assert.equal(isClear(free, firingOf(free, byHand)), false);
    assert.equal(isClear(entryOf({ relatedUow: 'a' }), firingOf(free, due)), false);
  });
});

/** An entry, its units, and a scheduler that dies, may fail to write, and hears of ends or not. */
class World {
  readonly units: UowRecord[] = [];
  /** Instants whose firing was dropped or is owed: nothing more comes of them by themselves. */
  readonly ruled = new Set<number>();
  entry: LiveEntry;
  now = EIGHT;
  #alarm = NINE;
  #commands = 0;
  readonly #schedule = parseSchedule('every 1h');

  constructor(set: Partial<FreerunEntryRecord>) {
    this.entry = entryOf(set);
  }

  get holding(): UowRecord[] {
    return this.units.filter(({ state }) => isUowHolding(state));
  }

  /** So much time passes before the scheduler looks. */
  pass(ms: number): void {
    this.now += ms;
    if (this.now < this.#alarm) return;
    const at = this.#alarm;
    this.#alarm = this.#schedule.next(this.now) ?? Infinity;
    this.#follow(fireDue(this.entry, this.#schedule, { at, now: this.now }));
  }

  /** It dies, and another one starts after a while: what was in memory only is gone. */
  restart(ms: number): void {
    this.now += ms;
    this.entry = asStored(this.#stored());
    this.#alarm = this.#schedule.next(this.now) ?? Infinity;
    this.#follow(catchUp(this.entry, this.#schedule, this.now));
  }

  fire(): void {
    this.pass(1);
    this.#handle({ kind: 'by-hand', commandId: String(this.#commands++), arguments: null });
  }

  /** The first unit that holds something up goes on, and the scheduler hears of it or not. */
  work(state: 'IN_PROGRESS' | 'PROCESSED' | 'INVALID', isHeard: boolean): void {
    const index = this.units.findIndex((uow) => isUowHolding(uow.state));
    const uow = this.units[index];
    if (uow === undefined) return;
    this.units[index] = { ...uow, state, retryAt: null };
    if (isHeard) this.hear(this.units[index]);
  }

  hear(uow: UowRecord): void {
    this.entry = liveOf(afterReport(planOf(this.entry), uow), this.entry.record);
    this.fireWaiting();
  }

  /** What the collector does now and then. */
  fireWaiting(): void {
    this.#follow(goOn(this.entry, this.#schedule, this.now));
  }

  #follow({ entry, requests }: DueRequests): void {
    this.entry = entry;
    for (const request of requests) this.#handle(request);
  }

  /** As the scheduler does it. `failing`: the unit is written, the entry is not. */
  #handle(event: FiringRequest, failing = false): void {
    const firing = firingFor(this.entry, event, { now: this.now, replay: undefined });
    if (firing === undefined) return;
    const { relatedUow } = this.entry.record;
    const of = (id: string | null): UowRecord | undefined => this.units.find((uow) => uow.id === id);
    const units = { own: of(firing.id), last: of(relatedUow) };
    const decision = decideFiring(this.entry, firing, units);
    if (isClear(this.entry, firing)) assert.deepEqual(decision, decideFiring(this.entry, firing, none));
    if (decision.do === 'fire' || decision.do === 'cancel-and-fire') {
      const { cancels, isWritten } = decision;
      if (cancels !== undefined) this.units[this.units.indexOf(cancels)] = { ...cancels, state: 'CANCELED' };
      if (!isWritten)
        this.units.push(
          firingUow(firing, { record: this.entry.record, arguments: {}, now: this.now, ahead: 0 }),
        );
    } else if (decision.do !== 'wait') this.ruled.add(firing.at);
    if (!failing) this.entry = decision.entry;
    else this.entry = liveOf(fallenBehind(planOf(this.entry)), this.#stored());
  }

  /** The record as the store has it once it has been repaired. */
  #stored(): FreerunEntryRecord {
    const relatedUow = this.holding.at(-1)?.id ?? this.entry.record.relatedUow;
    return { ...this.entry.record, relatedUow };
  }

  /** The store takes the unit of a user's firing and not the entry. */
  fireAndFail(): void {
    this.pass(1);
    this.#handle({ kind: 'by-hand', commandId: String(this.#commands++), arguments: null }, true);
  }
}

const overlaps = fc.constantFrom('skip', 'buffer-one', 'allow', 'cancel-other');
const policies = fc.constantFrom('all', 'last', 'none');
const step = fc.oneof(
  fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 1, max: 3 * HOUR }) }),
  fc.record({ do: fc.constant('restart'), ms: fc.integer({ min: 1, max: 5 * HOUR }) }),
  fc.record({ do: fc.constantFrom('fire', 'fireAndFail', 'fireWaiting') }),
  fc.record({
    do: fc.constant('work'),
    state: fc.constantFrom('IN_PROGRESS', 'PROCESSED', 'INVALID'),
    heard: fc.boolean(),
  }),
);

const take = (world: World, given: Record<string, unknown>): void => {
  switch (given['do']) {
    case 'pass':
      return world.pass(given['ms'] as number);
    case 'restart':
      return world.restart(given['ms'] as number);
    case 'work':
      return world.work(given['state'] as 'PROCESSED', given['heard'] as boolean);
    case 'fire':
      return world.fire();
    case 'fireWaiting':
      return world.fireWaiting();
    default:
      return world.fireAndFail();
  }
};

describe('whatever happens to a freerun entry', () => {
  const given = fc.record({ overlap: overlaps, missed: policies, steps: fc.array(step, { maxLength: 40 }) });
  const forAll = (check: (world: World, before: LiveEntry) => void, atEnd?: (world: World) => void): void =>
    fc.assert(
      fc.property(given, ({ steps, ...set }) => {
        const world = new World(set);
        for (const taken of steps) {
          const before = world.entry;
          take(world, taken);
          check(world, before);
        }
        atEnd?.(world);
      }),
    );

  it('its units do not overlap unless they may, and each firing has one', () => {
    forAll((world) => {
      const ids = world.units.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      if (world.entry.record.overlap !== 'allow') assert.ok(world.holding.length <= 1);
    });
  });

  it('what it was seen to is never taken back, and nothing that was missed waits behind it', () => {
    forAll((world, before) => {
      const { record, missed } = world.entry;
      assert.ok((record.seenUntil ?? 0) >= (before.record.seenUntil ?? 0));
      for (const at of missed) assert.ok(at > (record.seenUntil ?? 0));
    });
  });

  it('with `all` every instant fires in the end, unless the overlap policy ruled it out', () => {
    forAll(
      () => undefined,
      (world) => {
        const { missed, overlap } = world.entry.record;
        if (missed !== 'all' || overlap === 'cancel-other') return;
        world.restart(1);
        for (let rounds = 0; world.entry.missed.length > 0 || world.holding.length > 0; rounds++) {
          assert.ok(rounds < 1_000, 'it comes to an end');
          world.work('PROCESSED', true);
          world.fireWaiting();
        }
        const last = Math.floor(world.now / HOUR) * HOUR;
        for (let at = Math.max(NINE, last - 23 * HOUR); at <= last; at += HOUR) {
          const id = firingOf(world.entry, { kind: 'due', at }).id;
          assert.ok(world.units.some((uow) => uow.id === id) || world.ruled.has(at), id);
        }
      },
    );
  });
});
