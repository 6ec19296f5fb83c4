import assert from 'node:assert/strict';
import { createHeldUows } from '../../../worker/leases/held-uows.ts';
import { createLeaseBoard } from '../../../worker/leases/lease-board.ts';

const setUp = () => {
  const board = createLeaseBoard();
  return { board, holdings: createHeldUows(board) };
};

describe('what a worker host holds', () => {
  it('counts until the report was answered', () => {
    const { board, holdings } = setUp();
    holdings.expect(['a', 'b', 'c']);
    assert.equal(board.held(), 0);
    holdings.won(['a', 'b', 'c'], ['a', 'c']);
    assert.equal(board.held(), 2);
    holdings.answered('a');
    holdings.answered('c');
    assert.equal(board.held(), 0);
  });

  it('knows a unit from the moment it asks for it', () => {
    const { holdings } = setUp();
    const listed = (): readonly string[] => (holdings.orphans(['a']), holdings.orphans(['a']));
    holdings.expect(['a']);
    assert.deepEqual(listed(), []);
    holdings.won(['a'], ['a']);
    // Rung for twice: the second claim is not won, and it is still held.
    holdings.expect(['a']);
    holdings.won(['a'], []);
    assert.deepEqual(listed(), []);
    holdings.answered('a');
    assert.deepEqual(listed(), ['a']);
  });

  it('takes for an orphan what two renewals in a row list and nobody knows of', () => {
    const { holdings } = setUp();
    assert.deepEqual(holdings.orphans(['a', 'b']), []);
    assert.deepEqual(holdings.orphans(['b']), ['b']);
    assert.deepEqual(holdings.orphans([]), []);
    assert.deepEqual(holdings.orphans(['b']), [], 'a report was answered meanwhile, twice');
  });

  it('keeps the heart beating after a claim without an answer, until it would have told of an orphan', () => {
    const { board, holdings } = setUp();
    holdings.expect(['a']);
    holdings.doubt(['a']);
    const heard = [[], ['a'], ['a']].map((listed) => [board.held(), holdings.orphans(listed)]);
    assert.deepEqual(heard, [
      [1, []],
      [1, []],
      [1, ['a']],
    ]);
    assert.equal(board.held(), 0);
    holdings.expect(['b']);
    holdings.doubt(['b']);
    holdings.orphans([]);
    holdings.expect(['b']);
    holdings.doubt(['b']);
    for (let renewal = 0; renewal < 3; renewal++) {
      assert.equal(board.held(), 1);
      holdings.orphans([]);
    }
    assert.equal(board.held(), 0);
  });
});
