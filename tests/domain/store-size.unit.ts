import assert from 'node:assert/strict';
import { addSample, growthPerDay, growthText } from '../../domain/store-size.ts';
import type { SizeSample } from '../../domain/store-size.ts';
import { DAY, HOUR } from '../../domain/time/calendar.ts';

const NOON = Date.UTC(2026, 5, 1, 12);
const on = (day: number, bytes = 100): SizeSample => ({ at: NOON + day * DAY, bytes });

describe('the size of a store', () => {
  it('is kept once a day, for a week and the day it began', () => {
    let samples: readonly SizeSample[] = [];
    for (let day = 0; day < 20; day++)
      for (const hour of [0, 1, 11])
        samples = addSample(samples, { at: NOON + day * DAY + hour * HOUR, bytes: day });
    assert.deepEqual(
      samples,
      Array.from({ length: 8 }, (_, i) => on(12 + i, 12 + i)),
    );
  });

  it('forgets what a clock that was ahead has kept', () => {
    assert.deepEqual(addSample([on(0), on(5)], on(1)), [on(0), on(1)]);
  });

  it('grows by so much a day since the oldest sample, which has to be a day old', () => {
    assert.equal(growthPerDay([], on(0)), null);
    assert.equal(growthPerDay([on(0)], { at: NOON + DAY - 1, bytes: 500 }), null);
    assert.equal(growthPerDay([on(0)], on(1, 500)), 400);
    assert.equal(growthPerDay([on(0), on(1, 9_000)], on(2, 500)), 200);
    assert.equal(growthPerDay([on(0, 500)], on(4, 100)), -100);
    // Of a clock that was ahead.
    assert.equal(growthPerDay([on(3), on(0)], on(1, 200)), 100);
  });

  it('is told in plain words', () => {
    assert.equal(growthText(3_140_000), 'grows by 3.1 MB a day');
    assert.equal(growthText(-2_000), 'shrinks by 2.0 kB a day');
    assert.equal(growthText(0.4), 'does not grow');
    assert.equal(growthText(null), 'its growth is known after a day');
  });
});
