import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readDirective } from '../../../worker/runners/output-directive.ts';

describe('a line of standard output', () => {
  const counts = fc.nat({ max: 999_999_999_999_999 });

  it('may tell progress or a count', () => {
    fc.assert(
      fc.property(counts, counts, (done, total) => {
        assert.deepEqual(readDirective(`::progress ${done}/${total}`), { kind: 'progress', done, total });
        assert.deepEqual(readDirective(`::processed ${done}`), { kind: 'processed', count: done });
        assert.deepEqual(readDirective(`::aggregated ${done}`), { kind: 'aggregated', count: done });
      }),
    );
  });

  it('is ordinary output otherwise', () => {
    const ordinary = [
      '',
      'text',
      '::processed',
      '::processed -1',
      '::processed 1.5',
      '::processed 1 ',
      ' ::processed 1',
    ];
    const others = [
      '::progress 1',
      '::progress 1/',
      '::progress a/b',
      '::error x',
      '::processed 9999999999999999',
    ];
    for (const line of [...ordinary, ...others]) assert.equal(readDirective(line), undefined, line);
  });
});
