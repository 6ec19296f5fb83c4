import assert from 'node:assert/strict';

import { compareQualifiers, isCoarser, qualifiers } from '../../../domain/time/qualifier.ts';

describe('qualifier', () => {
  it('is ordered from fine to coarse', () => {
    assert.deepEqual(qualifiers, ['hourly', 'daily', 'monthly', 'yearly']);
    assert.deepEqual([...qualifiers].reverse().sort(compareQualifiers), qualifiers);
  });

  it('is coarser than those before it only', () => {
    assert.equal(isCoarser('daily', 'hourly'), true);
    assert.equal(isCoarser('daily', 'daily'), false);
    assert.equal(isCoarser('daily', 'yearly'), false);
  });
});
