import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LONGEST_GAP, PROOF, lookAtClock } from '../../../domain/retention/clock.ts';
import type { SeenClock } from '../../../domain/retention/clock.ts';
import { DAY, HOUR } from '../../../domain/time/calendar.ts';

const looks = (...instants: readonly number[]): SeenClock | undefined =>
  instants.reduce<SeenClock | undefined>(lookAtClock, undefined);

describe('the clock that the age of history is told by', () => {
  it('is believed at first, and for as long as it does not leap', () => {
    assert.deepEqual(looks(5), { at: 5, leaptTo: null });
    assert.deepEqual(looks(5, 5 + LONGEST_GAP), { at: 5 + LONGEST_GAP, leaptTo: null });
  });

  it('is in doubt once it has leapt, until it has gone on for a day', () => {
    const leap = 400 * DAY;
    assert.equal(looks(0, leap)?.leaptTo, leap);
    assert.equal(looks(0, leap, leap + PROOF - 1)?.leaptTo, leap);
    assert.equal(looks(0, leap, leap + PROOF)?.leaptTo, null);
  });

  it('is in doubt anew with every leap', () => {
    const [first, second] = [10 * DAY, 20 * DAY];
    assert.equal(looks(0, first, second)?.leaptTo, second);
    assert.equal(looks(0, first, second, second + HOUR)?.leaptTo, second);
  });

  it('is believed once it was set back', () => {
    assert.deepEqual(looks(0, 400 * DAY, HOUR), { at: HOUR, leaptTo: null });
    assert.deepEqual(looks(0, 400 * DAY, 399 * DAY, 400 * DAY), { at: 400 * DAY, leaptTo: null });
    assert.deepEqual(looks(10 * DAY, 2 * DAY), { at: 2 * DAY, leaptTo: null });
  });

  it('is never believed at an instant further ahead than the longest gap, but after a day of looks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10 * DAY), { minLength: 1 }), (steps) => {
        let seen: SeenClock | undefined;
        let now = 0;
        let leap: number | undefined;
        for (const step of steps) {
          if (seen !== undefined && step > LONGEST_GAP) leap = now + step;
          now += step;
          seen = lookAtClock(seen, now);
          const isDoubtful = leap !== undefined && now < leap + PROOF;
          assert.equal(seen.leaptTo, isDoubtful ? leap : null);
        }
      }),
    );
  });
});
