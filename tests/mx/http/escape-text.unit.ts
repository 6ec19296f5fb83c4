import assert from 'node:assert/strict';
import { escapeText } from '../../../mx/http/escape-text.ts';

describe('a text on a page', () => {
  it('has no meaning for HTML', () => {
    assert.equal(escapeText(`<a href="x" id='y'>&`), '&lt;a href=&#34;x&#34; id=&#39;y&#39;&gt;&amp;');
    assert.deepEqual([escapeText(undefined), escapeText(null), escapeText(0)], ['', '', '0']);
  });

  it('shows characters that would only act, and leaves those of all scripts', () => {
    const [override, isolate, escape, nul] = [0x202e, 0x2066, 0x1b, 0].map((code) =>
      String.fromCharCode(code),
    );
    assert.equal(
      escapeText(`a${override}b${isolate}c${escape}d${nul}`),
      String.raw`a\u202eb\u2066c\u001bd\u0000`,
    );
    const text = 'שלום مرحبا 日本 👩‍🔬\tand\r\nso on';
    assert.equal(escapeText(text), text);
  });
});
