import assert from 'node:assert/strict';
import { unreadableAdvice, unreadableError, unreadableText } from '../../../domain/model/unreadable.ts';

describe('a stored value that cannot be read back', () => {
  const value = { table: 'source_row', key: ['access_log', 7], column: 'value' };

  it('is named by its column, its table and the key of its row', () => {
    assert.equal(unreadableText(value), 'value of source_row access_log 7');
  });

  it('is told with what to do about it, and its cause', () => {
    const cause = new Error('malformed JSON');
    const error = unreadableError(unreadableText(value), cause);
    assert.equal(error.code, 'VALUE_UNREADABLE');
    assert.equal(error.message, `value of source_row access_log 7 cannot be read back: ${unreadableAdvice}`);
    assert.equal(error.cause, cause);
  });
});
