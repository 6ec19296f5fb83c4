import assert from 'node:assert/strict';

import { compareQualifiers, isCoarser, parseQualifier, qualifiers } from '../../../domain/time/qualifier.ts';

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

  it('is read from its name', () => {
    for (const qualifier of qualifiers) assert.equal(parseQualifier(qualifier), qualifier);
  });

  it('refuses other names and lists its own', () => {
    assert.throws(() => parseQualifier('weekly'), {
      code: 'INVALID_ARGUMENT',
      message: "qualifier 'weekly' is unknown: expected one of hourly, daily, monthly, yearly",
    });
  });
});
