import assert from 'node:assert/strict';
import { ceilingOf, isWithin } from '../../domain/key-range.ts';

describe('ranges of keys', () => {
  it('hold all that begin with a prefix, and nothing else', () => {
    const range = ['Events:ann/', ceilingOf('Events:ann/')] as const;
    for (const key of ['Events:ann/', 'Events:ann/t', 'Events:ann/t/1#1', 'Events:ann/\u{10FFFF}'])
      assert.equal(isWithin([['a', 'b'], range], key), true, key);
    for (const key of ['', 'Events:', 'Events:ann', 'Events:ann-b/t', 'Events:ann0', 'Events;'])
      assert.equal(isWithin([['a', 'b'], range], key), false, key);
    assert.equal(isWithin([], 'Events:ann/'), false);
  });

  it('go by the bytes of UTF-8, as stores do', () => {
    // Of UTF-16, the second would be below the first.
    assert.equal(isWithin([['\uFFFD', '\u{1F600}z']], '\u{1F600}'), true);
  });
});
