import assert from 'node:assert/strict';
import { brokenOff, givenBack, isGivenBack, uncounted } from '../../../domain/model/given-back.ts';
import { attemptsOf } from '../../../domain/strategy/retry-delay.ts';

describe('a unit that was given back', () => {
  it('is known by its reason', () => {
    assert.deepEqual([brokenOff, givenBack, 'retry after: x', null].map(isGivenBack), [
      true,
      true,
      false,
      false,
    ]);
  });

  it('has an attempt less that counts, and keeps its age', () => {
    const first = uncounted({ released: null, createdAt: 5 });
    assert.deepEqual(first, { attempt: 1, at: 5 });
    const second = uncounted({ released: { attempt: 3, at: 9 }, createdAt: 5 });
    assert.deepEqual(second, { attempt: 4, at: 9 });
    assert.equal(attemptsOf({ attempt: 6, released: second }), 2);
  });
});
