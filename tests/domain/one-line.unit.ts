import assert from 'node:assert/strict';
import { oneLine } from '../../domain/one-line.ts';

describe('one line of a text', () => {
  it('is the first with something on it, clipped', () => {
    assert.equal(oneLine('\n  \nfirst\r\nsecond'), 'first');
    assert.equal(oneLine(' \n'), 'no reason given');
    assert.equal(oneLine('x'.repeat(5000)).length, 1000);
  });
});
