import assert from 'node:assert/strict';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import {
  afterReport,
  afterSetBack,
  asStored,
  fallenBehind,
  hasEndedOrIsHeld,
  inDoubt,
  isFree,
  isWaiting,
  liveOf,
  planOf,
} from '../../../domain/freerun/entry.ts';
import type { LiveEntry } from '../../../domain/freerun/entry.ts';
import type { FreerunEntryRecord } from '../../../domain/model/record.ts';
import { EIGHT, HOUR, entryOf, recordOf, uowOf } from './facts.ts';

const plan = (set: Partial<FreerunEntryRecord> = {}, known: Partial<Omit<LiveEntry, 'record'>> = {}) =>
  planOf(entryOf(set, known));

describe('a freerun entry', () => {
  it('waits while a firing is owed, or some were missed or may have been', () => {
    assert.equal(isWaiting(plan()), false);
    assert.equal(isWaiting(plan({ buffered: true })), true);
    assert.equal(isWaiting(plan({}, { missed: [EIGHT] })), true);
    assert.equal(isWaiting(plan({}, { isBehind: true })), true);
  });

  it('is free while nothing is known to be in the way of its next firing', () => {
    const fired = { relatedUow: 'a' };
    assert.deepEqual(
      [
        plan(),
        plan(fired, { unit: 'ended' }),
        plan({ ...fired, overlap: 'allow' }),
        plan(fired),
        inDoubt(plan()),
        inDoubt(plan({ overlap: 'allow' })),
        fallenBehind(plan()),
        plan({ ...fired, buffered: true }, { unit: 'ended' }),
        plan(fired, { unit: 'ended', missed: [EIGHT] }),
      ].map(isFree),
      [true, true, true, false, false, false, false, false, false],
    );
  });

  it('is read again as it was kept, with what memory adds to its record', () => {
    for (const entry of [
      entryOf({ relatedUow: 'a' }, { unit: 'ended', missed: [EIGHT] }),
      entryOf({ relatedUow: 'a' }, { isBehind: true }),
      asStored(recordOf()),
      asStored(recordOf({ relatedUow: 'a' })),
    ])
      assert.deepEqual(liveOf(planOf(entry), entry.record), entry);
    assert.deepEqual(
      [asStored(recordOf()), asStored(recordOf({ relatedUow: 'a' }))].map(({ unit }) => unit),
      ['ended', 'open'],
    );
  });

  it('may have another unit when its record has changed, or may have', () => {
    const ended = entryOf({ relatedUow: 'a', version: 3 }, { unit: 'ended' });
    const after = { ...ended.record, relatedUow: 'b', version: 4 };
    assert.equal(liveOf(planOf(ended), after).unit, 'open');
    assert.equal(liveOf(inDoubt(planOf(ended)), ended.record).unit, 'open');
  });

  it('finds anew what it missed after a firing that failed', () => {
    const behind = fallenBehind(plan({}, { missed: [EIGHT] }));
    assert.deepEqual([behind.missed, behind.isBehind], [[], true]);
  });

  it('keeps the text of its schedule that is in memory, unless it has another one', () => {
    assert.equal(planOf(entryOf(), 'every 1h').trigger, 'every 1h');
    assert.equal(planOf(entryOf(), 'every 2h').trigger, 'every 1h');
  });

  it('has a unit out of its way that has ended, or that waits for a person', () => {
    const states = uowStates.filter((state) => hasEndedOrIsHeld({ state, retryAt: 1 }));
    assert.deepEqual(states, ['PROCESSED', 'NOOP', 'CANCELED']);
    assert.equal(hasEndedOrIsHeld({ state: 'INVALID', retryAt: null }), true);
  });

  it('knows by a report that its last unit has ended', () => {
    const entry = plan({ relatedUow: 'a' });
    assert.equal(afterReport(entry, uowOf('a', { state: 'PROCESSED' })).openUow, null);
    assert.equal(afterReport(entry, uowOf('a', { state: 'INVALID' })), entry);
    assert.equal(afterReport(entry, uowOf('b', { state: 'PROCESSED' })), entry);
  });

  it('leaves to the time that comes again what it missed, when the clock is set back', () => {
    const set = afterSetBack(plan({}, { missed: [EIGHT - 2 * HOUR, EIGHT - HOUR] }), EIGHT - 2 * HOUR);
    assert.deepEqual(set.missed, [EIGHT - 2 * HOUR]);
  });
});
