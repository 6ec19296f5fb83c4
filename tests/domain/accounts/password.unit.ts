import assert from 'node:assert/strict';
import fc from 'fast-check';
import { comparablePassword, isPassword, passwordRule } from '../../../domain/accounts/password.ts';

describe('a password', () => {
  it('has 12 to 256 characters, whatever they are', () => {
    assert.match(passwordRule, /^12 to 256 characters/);
    assert.ok(!isPassword('elevenchars', 'ann'));
    assert.ok(isPassword('twelve chars', 'ann'));
    assert.ok(isPassword('ab'.repeat(128), 'ann'));
    assert.ok(!isPassword(`${'ab'.repeat(128)}c`, 'ann'));
    assert.ok(!isPassword('👍👎'.repeat(5), 'ann'), 'ten characters, twenty units of UTF-16');
    assert.ok(isPassword('👍👎'.repeat(6), 'ann'));
  });

  it('is not one character again and again', () => {
    assert.ok(!isPassword('a'.repeat(12), 'ann'));
    assert.ok(!isPassword('👍'.repeat(12), 'ann'));
    assert.ok(isPassword(`${'a'.repeat(11)}b`, 'ann'));
  });

  it('is not the name, in upper case either', () => {
    assert.ok(!isPassword('ann@example.org', 'ann@example.org'));
    assert.ok(!isPassword('Ann@Example.ORG', 'ann@example.org'));
    assert.ok(isPassword('ann@example.org', 'ben@example.org'));
  });

  it('is the same however a keyboard composes its letters', () => {
    assert.equal(comparablePassword('e\u0301'), comparablePassword('\u00e9'));
    assert.ok(!isPassword('e\u0301\u00e9'.repeat(6), 'ann'), 'one letter again and again');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(comparablePassword(text.normalize('NFD')), comparablePassword(text.normalize('NFC')));
        assert.equal(isPassword(text.normalize('NFD'), 'ann'), isPassword(text.normalize('NFC'), 'ann'));
      }),
    );
  });
});
