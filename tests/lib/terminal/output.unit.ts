import assert from 'node:assert/strict';
import { shownOn } from '../../../lib/terminal/output.ts';

/** Every C0 and C1 control character, and delete. */
const controls = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i)].map((code) =>
  String.fromCharCode(code),
);

describe('a text for an outlet', () => {
  const terminal = { isTTY: true };

  it('has no control characters on a terminal but tab and newline', () => {
    assert.equal(
      shownOn(terminal, '\x1b]0;taken\x07\x9b31m\r\x7f'),
      '\\u001b]0;taken\\u0007\\u009b31m\\u000d\\u007f',
    );
    assert.equal(shownOn(terminal, 'a\tb\nc'), 'a\tb\nc');
    assert.match(shownOn(terminal, controls.join('')), /^(\\u00[0-9a-f]{2}|\t|\n)+$/);
    assert.equal(shownOn(terminal, controls.join('')).length, 63 * 6 + 2);
  });

  it('keeps every other character', () => {
    const text = ' ~\xa0é漢😀\u2028\\u001b';
    assert.equal(shownOn(terminal, text), text);
  });

  it('stays the JSON that it is', () => {
    const value = { error: controls.join(''), [controls.join('')]: 1 };
    assert.deepEqual(JSON.parse(shownOn(terminal, JSON.stringify(value, null, 2))), value);
  });

  it('is handed through to files and pipes', () => {
    const text = controls.join('');
    assert.equal(shownOn({ isTTY: false }, text), text);
    assert.equal(shownOn({}, text), text);
  });
});
