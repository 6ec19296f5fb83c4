import assert from 'node:assert/strict';
import { logSequence } from '../../../domain/model/log-sequence.ts';

describe('the sequence of a line', () => {
  it('rises within an attempt, and from attempt to attempt', () => {
    const sequences = [logSequence(1, 0), logSequence(1, 1), logSequence(1, 999_999_999), logSequence(2, 0)];
    assert.deepEqual(
      sequences,
      [...new Set(sequences)].sort((a, b) => a - b),
    );
    assert.ok(Number.isSafeInteger(logSequence(9_000_000, 0)));
  });
});
