import assert from 'node:assert/strict';
import { createTurns } from '../../../worker/isolation/turns.ts';

describe('turns', () => {
  const never = new AbortController().signal;

  it('come in the order of asking, each takes one', async () => {
    const turns = createTurns<string>();
    const [first, second] = [turns.wait(never), turns.wait(never)];
    assert.equal(turns.waiting(), 2);
    assert.deepEqual([turns.give('one'), turns.give('two'), turns.give('three')], [true, true, false]);
    assert.deepEqual(await Promise.all([first, second]), ['one', 'two']);
    assert.equal(turns.waiting(), 0);
  });

  it('are given up by who is aborted, before or while waiting', async () => {
    const turns = createTurns<string>();
    const abort = new AbortController();
    const leaving = turns.wait(abort.signal);
    const staying = turns.wait(never);
    abort.abort(new Error('canceled'));
    await assert.rejects(leaving, /canceled/);
    await assert.rejects(turns.wait(abort.signal), /canceled/);
    turns.give('one');
    assert.equal(await staying, 'one');
    assert.equal(turns.waiting(), 0);
  });

  it('end for the first when there is nothing to be had', async () => {
    const turns = createTurns<string>();
    const [first, second] = [turns.wait(never), turns.wait(never)];
    turns.refuse(new Error('none left'));
    turns.give('one');
    await assert.rejects(first, /none left/);
    assert.equal(await second, 'one');
    turns.refuse(new Error('to nobody'));
  });
});
