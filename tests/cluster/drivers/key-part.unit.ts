import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyPart } from '../../../cluster/drivers/key-part.ts';

describe('keyPart', () => {
  it('leaves what is harmless as it is, and writes all else in hexadecimal digits', () => {
    assert.deepEqual(['box-1.example_com~', 'a/b', '*?[]', 'a=b', '..', 'ä', ''].map(keyPart), [
      'box-1.example_com~',
      'a=2Fb',
      '=2A=3F=5B=5D',
      'a=3Db',
      '=2E=2E',
      '=C3=A4',
      '',
    ]);
  });

  it('holds nothing that a server or an address takes for something else, and can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const part = keyPart(name);
        assert.match(part, /^[\w.~=-]*$/);
        assert.doesNotMatch(part, /^\.+$/);
        assert.equal(decodeURIComponent(part.replaceAll('=', '%')), name);
      }),
    );
  });

  it('takes half a character', () => {
    assert.equal(keyPart('\ud800'), '=EF=BF=BD');
  });
});
