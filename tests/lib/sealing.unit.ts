import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createSealing, keyIdOf } from '../../lib/sealing.ts';

const sealing = createSealing('a key of some thirty-two characters');
const other = createSealing('another key of thirty-two characters');

describe('sealing', () => {
  it('opens what it sealed, for the same place alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (text, place, elsewhere) => {
        const sealed = sealing.seal(text, place);
        assert.equal(sealing.open(sealed, place), text);
        assert.equal(sealing.open(sealed, elsewhere), elsewhere === place ? text : undefined);
        assert.equal(other.open(sealed, place), undefined);
      }),
    );
  });

  it('opens nothing of which a letter was changed', () => {
    const sealed = sealing.seal('s3cret', 'ann/bill/signing');
    for (let i = 0; i < sealed.length; i++) {
      const changed = `${sealed.slice(0, i)}${sealed[i] === 'x' ? 'y' : 'x'}${sealed.slice(i + 1)}`;
      assert.equal(sealing.open(changed, 'ann/bill/signing'), undefined, changed);
    }
    for (const text of ['', 's3cret', 'sealed.', `sealed.${sealing.id}.`, `sealed.${sealing.id}.AAAA`])
      assert.equal(sealing.open(text, 'ann/bill/signing'), undefined);
  });

  it('seals the same text of the same place alike, and no two others', () => {
    const texts = ['a', 'b'].flatMap((text) => ['p', 'q'].map((place) => sealing.seal(text, place)));
    assert.equal(new Set(texts).size, 4);
    assert.equal(sealing.seal('a', 'p'), texts[0]);
    // The nonces differ too: it is place and text that make them.
    assert.equal(new Set(texts.map((sealed) => sealed.split('.')[2]?.slice(0, 16))).size, 4);
  });

  it('tells by which key, and makes a text that may stand for a user in an address', () => {
    const sealed = sealing.seal('ann:pass', 'p');
    assert.equal(keyIdOf(sealed), sealing.id);
    assert.notEqual(sealing.id, other.id);
    assert.equal(keyIdOf('ann:pass'), undefined);
    assert.equal(new URL(`amqp://${sealed}@host/`).username, sealed);
  });
});
