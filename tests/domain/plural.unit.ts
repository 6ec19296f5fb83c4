import assert from 'node:assert/strict';
import { plural } from '../../domain/plural.ts';

describe('a count with its noun', () => {
  it('is singular for one alone', () => {
    assert.equal(plural(1, 'restart'), '1 restart');
    assert.equal(plural(0, 'restart'), '0 restarts');
    assert.equal(plural(2, 'crash in a row', 'crashes in a row'), '2 crashes in a row');
  });

  it('takes a number as it is shown', () => {
    assert.equal(plural('1', 'job'), '1 job');
    assert.equal(plural('1,200', 'job'), '1,200 jobs');
  });
});
