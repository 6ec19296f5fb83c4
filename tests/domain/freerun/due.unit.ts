import assert from 'node:assert/strict';
import { fireDue, catchUp, goOn, nextFirings } from '../../../domain/freerun/due.ts';
import { parseSchedule } from '../../../domain/schedule/schedule.ts';
import { EIGHT, HOUR, entryOf } from './facts.ts';

const schedule = parseSchedule('every 1h');
const hours = (...numbers: number[]): number[] => numbers.map((number) => EIGHT + number * HOUR);
const dueAt = (...numbers: number[]) => hours(...numbers).map((at) => ({ kind: 'due', at }));

describe('instants of a freerun entry', () => {
  it('are shown ahead of time, none while it is off', () => {
    assert.deepEqual(nextFirings(entryOf().record, EIGHT, 2), hours(1, 2));
    assert.equal(nextFirings(entryOf().record, EIGHT).length, 5);
    assert.deepEqual(nextFirings(entryOf({ on: false }).record, EIGHT), []);
  });

  it('are due one by one', () => {
    for (const missed of ['all', 'last', 'none'] as const) {
      const entry = entryOf({ missed });
      const late = { at: EIGHT + HOUR, now: EIGHT + 1.9 * HOUR };
      assert.deepEqual(fireDue(entry, schedule, late), { entry, requests: dueAt(1) });
    }
  });

  it('that have passed while the scheduler stood still were missed', () => {
    const late = { at: EIGHT + HOUR, now: EIGHT + 3.5 * HOUR };
    const eventsBy = (missed: 'last' | 'none') => fireDue(entryOf({ missed }), schedule, late).requests;
    assert.deepEqual([eventsBy('last'), eventsBy('none')], [dueAt(3), []]);
    const entry = entryOf({ missed: 'all' }, { missed: hours(0) });
    assert.deepEqual(fireDue(entry, schedule, late), {
      entry: { ...entry, missed: hours(0, 1, 2, 3) },
      requests: [{ kind: 'unit-ended' }],
    });
  });

  it('are made up for after an absence, at once where units may run beside each other', () => {
    const now = EIGHT + 2.5 * HOUR;
    const allow = entryOf({ missed: 'all', overlap: 'allow' });
    assert.deepEqual(catchUp(allow, schedule, now), { entry: allow, requests: dueAt(1, 2) });
    assert.deepEqual(catchUp(entryOf(), schedule, now).requests, dueAt(2));
    const all = entryOf({ missed: 'all' });
    assert.deepEqual(catchUp(all, schedule, now).entry.missed, hours(1, 2));
    assert.deepEqual(catchUp(all, schedule, EIGHT), { entry: all, requests: [] });
  });

  it('are found anew, from the record, for an entry that has fallen behind', () => {
    const now = EIGHT + 2.5 * HOUR;
    const ended = { kind: 'unit-ended' };
    const behind = (missed: 'all' | 'last' | 'none') => entryOf({ missed }, { isBehind: true });
    const next = { at: EIGHT + 3 * HOUR, now: EIGHT + 3 * HOUR };
    assert.deepEqual(goOn(behind('last'), schedule, now), {
      entry: entryOf({ missed: 'last' }),
      requests: [...dueAt(2), ended],
    });
    assert.deepEqual(fireDue(behind('last'), schedule, next).requests, dueAt(2, 3));
    assert.deepEqual(fireDue(behind('none'), schedule, next).requests, dueAt(3));
    assert.deepEqual(fireDue(behind('all'), schedule, next), {
      entry: entryOf({ missed: 'all' }, { missed: hours(1, 2) }),
      requests: [ended, ...dueAt(3)],
    });
    assert.deepEqual(goOn(entryOf(), schedule, now), { entry: entryOf(), requests: [ended] });
  });

  it('are made up for a day back, and not before the entry was first seen to', () => {
    const later = EIGHT + 48.5 * HOUR;
    assert.equal(catchUp(entryOf({ missed: 'all' }), schedule, later).entry.missed.length, 24);
    assert.deepEqual(catchUp(entryOf({ missed: 'all', seenUntil: null }), schedule, later).requests, []);
  });
});
