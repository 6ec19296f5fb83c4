import assert from 'node:assert/strict';
import { createCounter, createHistogram } from '../../lib/tally.ts';
import type { Histogram } from '../../lib/tally.ts';

const read = (tally: Pick<Histogram, 'series'>) =>
  [...tally.series()].map(({ labels, counts, sum }) => [labels.join(' '), [...counts], sum]);

describe('a tally', () => {
  it('counts by labels', () => {
    const counter = createCounter(['process', 'state']);
    counter.add(1, 'a', 'x');
    counter.add(2, 'a', 'y');
    counter.add(3, 'a', 'x');
    assert.deepEqual(read(counter), [
      ['a x', [4], 0],
      ['a y', [2], 0],
    ]);
  });

  it('has a series without labels', () => {
    const counter = createCounter([]);
    assert.deepEqual(read(counter), [['', [0], 0]]);
    counter.add(2);
    assert.deepEqual(read(counter), [['', [2], 0]]);
  });

  it('counts a value in the bucket of the first bound that it does not exceed', () => {
    const histogram = createHistogram([1, 5], ['process']);
    for (const value of [0.5, 1, 1.5, 5, 7]) histogram.observe(value, 'a');
    assert.deepEqual(read(histogram), [['a', [2, 2, 1], 15]]);
  });

  it('has what is known of before anything was counted', () => {
    const histogram = createHistogram([1], ['process'], [['a'], ['b']]);
    histogram.observe(2, 'b');
    assert.deepEqual(read(histogram), [
      ['a', [0, 0], 0],
      ['b', [0, 1], 2],
    ]);
  });
});
