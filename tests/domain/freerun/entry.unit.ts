import assert from 'node:assert/strict';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import {
  afterReport,
  afterSetBack,
  isFree,
  hasEndedOrIsHeld,
  isWaiting,
} from '../../../domain/freerun/entry.ts';
import { EIGHT, HOUR, entryOf, uowOf } from './facts.ts';

describe('a freerun entry', () => {
  it('waits while a firing is owed or missed ones are to be made up for', () => {
    assert.equal(isWaiting(entryOf()), false);
    assert.equal(isWaiting(entryOf({ buffered: true })), true);
    assert.equal(isWaiting(entryOf({}, { missed: [EIGHT] })), true);
  });

  it('is free while nothing is known to be in the way of its next firing', () => {
    const fired = { relatedUow: 'a' };
    assert.deepEqual(
      [
        entryOf(),
        entryOf(fired, { unit: 'ended' }),
        entryOf({ ...fired, overlap: 'allow' }),
        entryOf(fired),
        entryOf({}, { unit: 'doubtful' }),
        entryOf({ overlap: 'allow' }, { unit: 'doubtful' }),
        entryOf({ ...fired, buffered: true }, { unit: 'ended' }),
        entryOf(fired, { unit: 'ended', missed: [EIGHT] }),
      ].map(isFree),
      [true, true, true, false, false, false, false, false],
    );
  });

  it('has a unit out of its way that has ended, or that waits for a person', () => {
    const states = uowStates.filter((state) => hasEndedOrIsHeld({ state, retryAt: 1 }));
    assert.deepEqual(states, ['PROCESSED', 'NOOP', 'CANCELED']);
    assert.equal(hasEndedOrIsHeld({ state: 'INVALID', retryAt: null }), true);
  });

  it('knows by a report that its last unit has ended, unless it may have another one', () => {
    const entry = entryOf({ relatedUow: 'a' });
    assert.equal(afterReport(entry, uowOf('a', { state: 'PROCESSED' })).unit, 'ended');
    assert.equal(afterReport(entry, uowOf('a', { state: 'INVALID' })), entry);
    assert.equal(afterReport(entry, uowOf('b', { state: 'PROCESSED' })), entry);
    const doubtful = entryOf({ relatedUow: 'a' }, { unit: 'doubtful' });
    assert.equal(afterReport(doubtful, uowOf('a', { state: 'PROCESSED' })), doubtful);
  });

  it('leaves to the time that comes again what it was seen to and missed, when the clock is set back', () => {
    const set = afterSetBack(entryOf({}, { missed: [EIGHT - 2 * HOUR, EIGHT - HOUR] }), EIGHT - 2 * HOUR);
    assert.deepEqual([set.record.seenUntil, set.missed], [EIGHT - 2 * HOUR, [EIGHT - 2 * HOUR]]);
    for (const seenUntil of [null, EIGHT - HOUR]) {
      const entry = entryOf({ seenUntil });
      assert.equal(afterSetBack(entry, EIGHT).record, entry.record);
    }
  });
});
