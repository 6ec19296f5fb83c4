import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { shellQuote } from '../../../worker/runners/command-line.ts';

describe('a word quoted for a shell', () => {
  it('comes out as it went in, whatever is in it', () => {
    const words = fc.array(fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(words, (list) => {
        const script = `printf '%s\\0' ${list.map(shellQuote).join(' ')}`;
        const printed = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
        assert.deepEqual(printed.split('\0').slice(0, -1), list.length === 0 ? [''] : list);
      }),
      { numRuns: 50 },
    );
  });
});
