import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Rate } from '../../scheduler/rate.ts';

describe('Rate', () => {
  it('counts what happened within the last seconds, like a list of all events would', () => {
    const event = fc.record({
      pause: fc.integer({ min: 0, max: 900_000 }),
      count: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 30 }),
        fc.integer({ min: 1, max: 3_600 }),
        (events, seconds) => {
          const rate = new Rate();
          let now = 1_000_000;
          const list: { second: number; count: number }[] = [];
          for (const { pause, count } of events) {
            now += pause;
            rate.add(count, now);
            list.push({ second: Math.floor(now / 1_000), count });
          }
          const oldest = Math.floor(now / 1_000) - seconds;
          const expected = list
            .filter(({ second }) => second > oldest)
            .reduce((sum, { count }) => sum + count, 0);
          assert.equal(rate.within(seconds, now), expected);
        },
      ),
    );
  });
});
