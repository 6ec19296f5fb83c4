import assert from 'node:assert/strict';
import { FIRING_LEAD, startOf } from '../../../domain/strategy/freerun.ts';

describe('a unit of work begins', () => {
  const at = (createdAt: number, submittedAt: number): number => startOf({ createdAt, submittedAt }, 5000);

  it('at once when it was not prepared, whichever clock is ahead', () => {
    assert.deepEqual([at(4000, 4000), at(4000, 4990), at(5020, 5020)], [5000, 5000, 5000]);
  });

  it('on the instant that it was prepared for, or late, or after the lead where the clock is far behind', () => {
    assert.deepEqual([at(5020, 4980), at(4990, 4950), at(9000, 8960)], [5020, 5000, 5000 + FIRING_LEAD]);
  });
});
