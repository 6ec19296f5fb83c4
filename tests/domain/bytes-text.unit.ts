import assert from 'node:assert/strict';
import { bytesText } from '../../domain/bytes-text.ts';

describe('bytes as people read them', () => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [0.4, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [3_140_000, '3.1 MB'],
    [412_345_678, '412 MB'],
    [2e9, '2.0 GB'],
    [5e15, '5000 TB'],
  ] as const)
    it(`${bytes} are ${text}`, () => assert.equal(bytesText(bytes), text));
});
