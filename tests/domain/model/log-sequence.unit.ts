import assert from 'node:assert/strict';
import { lineOfSequence, logSequence } from '../../../domain/model/log-sequence.ts';

describe('the sequence of a line', () => {
  it('rises within an attempt, and from attempt to attempt', () => {
    const sequences = [logSequence(1, 0), logSequence(1, 1), logSequence(1, 999_999_999), logSequence(2, 0)];
    assert.deepEqual(
      sequences,
      [...new Set(sequences)].sort((a, b) => a - b),
    );
    assert.ok(Number.isSafeInteger(logSequence(9_000_000, 0)));
  });

  it('tell the number of a line within its attempt', () => {
    assert.equal(lineOfSequence(logSequence(1, 14)), 14);
    assert.equal(lineOfSequence(logSequence(12, 0)), 0);
  });
});
