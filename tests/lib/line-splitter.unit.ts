import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLineSplitter } from '../../lib/line-splitter.ts';

const split = (chunks: readonly Buffer[], longest?: number): string[] => {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), longest);
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
};

/** Cuts bytes at the given places. */
const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
};

describe('a line splitter', () => {
  const texts = fc
    .array(fc.string({ unit: fc.constantFrom('a', 'ü', '🐘', '\n', ' ') }))
    .map((parts) => parts.join(''));
  const places = fc.array(fc.nat(1000));

  it('finds the same lines wherever the bytes are cut', () => {
    fc.assert(
      fc.property(texts, places, (text, where) => {
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        assert.deepEqual(split(cut(Buffer.from(text), where)), expected);
      }),
    );
  });

  it('hands on long lines in pieces, losing nothing', () => {
    fc.assert(
      fc.property(texts, places, fc.integer({ min: 2, max: 9 }), (text, where, longest) => {
        const pieces = split(cut(Buffer.from(text), where), longest);
        assert.ok(pieces.every((piece) => piece.length <= longest));
        assert.equal(pieces.join(''), text.replaceAll('\n', ''));
      }),
    );
  });

  it('does without the carriage return of a line from elsewhere', () => {
    assert.deepEqual(split([Buffer.from('one\r\ntwo\r\n\r\n')]), ['one', 'two', '']);
  });
});
