import assert from 'node:assert/strict';
import fc from 'fast-check';
import { retryDelay } from '../../../domain/strategy/retry-delay.ts';

describe('the delay before a retry', () => {
  const policy = { delay: 30_000, maxDelay: 900_000, maxAttempts: 8 };
  const attempts = fc.integer({ min: 1, max: 100_000 });
  const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('doubles from 30 s to 15 min', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map((attempt) => retryDelay(policy, attempt, 0) / 1000);
    assert.deepEqual(delays, [30, 60, 120, 240, 480, 900, 900]);
  });

  it('is scattered over its last fifth', () => {
    assert.equal(retryDelay(policy, 1, 0.5), 27_000);
    fc.assert(
      fc.property(attempts, randoms, (attempt, random) => {
        const longest = retryDelay(policy, attempt, 0);
        const delay = retryDelay(policy, attempt, random);
        assert.ok(delay <= longest && delay >= longest * 0.8 && delay <= policy.maxDelay);
      }),
    );
  });

  it('never falls from attempt to attempt', () => {
    fc.assert(
      fc.property(attempts, randoms, (attempt, random) => {
        assert.ok(retryDelay(policy, attempt + 1, random) >= retryDelay(policy, attempt, random));
      }),
    );
  });
});
