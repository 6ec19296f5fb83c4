import assert from 'node:assert/strict';

import fc from 'fast-check';

import { digest } from '../../../domain/cascade/digest.ts';

describe('digest', () => {
  it('is sixteen hexadecimal digits, the same for the same value', () => {
    for (const value of ['', [], { a: 1 }, null, 'ö☃', Array.from({ length: 5000 }, (_, i) => i)]) {
      assert.match(digest(value), /^[0-9a-f]{16}$/);
      assert.equal(digest(value), digest(structuredClone(value)));
    }
  });

  it('tells values apart, however little they differ', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (a, b) => {
        assert.equal(digest(a) === digest(b), a === b);
      }),
    );
    const many = Array.from({ length: 20_000 }, (_, i) =>
      digest(['SiteHourly', String(2_015_060_100 + i), 'EMBRYO']),
    );
    assert.equal(new Set(many).size, many.length);
    assert.equal(new Set(many.map((hash) => hash.slice(0, 8))).size > 19_990, true, 'both halves vary');
    assert.equal(new Set(many.map((hash) => hash.slice(8))).size > 19_990, true);
  });
});
