import assert from 'node:assert/strict';
import { FIRING_LEAD, beginsAt } from '../../../domain/freerun/lead.ts';

describe('a unit of work begins', () => {
  const at = (notBefore: number | null): number => beginsAt({ notBefore }, 5000);

  it('at once when it was not prepared', () => {
    assert.deepEqual([at(null), beginsAt({}, 5000)], [5000, 5000]);
  });

  it('on the instant that it was prepared for, or late, or after the lead where the clock is far behind', () => {
    assert.deepEqual([at(5020), at(4990), at(9000)], [5020, 5000, 5000 + FIRING_LEAD]);
  });
});
