import assert from 'node:assert/strict';
import { shiftedClock } from '../../domain/clock.ts';

describe('shiftedClock', () => {
  it('goes at the rate of its base, the offset apart', () => {
    let now = 1_000;
    const shifted = shiftedClock({ now: () => now }, -400);
    assert.equal(shifted.now(), 600);
    now += 50;
    assert.equal(shifted.now(), 650);
  });
});
