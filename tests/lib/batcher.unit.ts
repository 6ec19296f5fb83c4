import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { createBatcher } from '../../lib/batcher.ts';
import type { BatcherOptions } from '../../lib/batcher.ts';
import { memoryLogger } from '../worker/memory-logger.ts';

describe('a batcher', () => {
  const begin = (more: Partial<BatcherOptions<number>> = {}) => {
    const batches: number[][] = [];
    const logger = memoryLogger();
    const batcher = createBatcher<number>({
      what: 'count',
      flush: (batch) => Promise.resolve(batches.push([...batch])),
      maxBatch: 3,
      linger: 0,
      logger,
      signal: new AbortController().signal,
      ...more,
    });
    return { batcher, batches, logger };
  };

  it('hands on together what comes in one turn, in order, in batches of a size', async () => {
    const { batcher, batches } = begin();
    batcher.add([1]);
    batcher.add([2, 3, 4]);
    await Promise.resolve();
    batcher.add([5]);
    await batcher.idle();
    assert.deepEqual(batches, [
      [1, 2, 3],
      [4, 5],
    ]);
    batcher.add([6]);
    await batcher.idle();
    assert.deepEqual(batches[2], [6]);
  });

  it('is idle when there was nothing', async () => {
    const { batcher, batches } = begin();
    batcher.add([]);
    await batcher.idle();
    assert.deepEqual(batches, []);
  });

  it('tries a batch again until it is taken, and says so once', async () => {
    let times = 0;
    const taken: number[][] = [];
    const flush = (batch: readonly number[]): Promise<void> => {
      if (++times <= 2) return Promise.reject(new Error('locked'));
      taken.push([...batch]);
      return Promise.resolve();
    };
    const { batcher, logger } = begin({ flush });
    batcher.add([1, 2]);
    await batcher.idle();
    assert.deepEqual(taken, [[1, 2]]);
    assert.deepEqual(
      logger.lines.map(({ level, message }) => [level, message]),
      [
        ['warn', 'cannot count, trying again: Error: locked'],
        ['info', 'can count again'],
      ],
    );
  });

  it('waits for more only while a batch is not full', async () => {
    const { batcher, batches } = begin({ linger: 2 ** 30 });
    batcher.add([1, 2, 3, 4, 5, 6]);
    await batcher.drain(10);
    assert.deepEqual(batches, [
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it('drains for as long as something is taken, and no longer', async () => {
    const stop = new AbortController();
    let left = 30;
    const flush = async (): Promise<void> => {
      if (left-- > 0) return setTimeout(5);
      return new Promise(() => undefined);
    };
    const { batcher } = begin({ flush, maxBatch: 1, signal: stop.signal });
    batcher.add(Array.from({ length: 40 }, (_, item) => item));
    await batcher.drain(50);
    assert.equal(left, -1, 'the 30 batches took longer than the patience, the next one is not waited for');
    stop.abort();
  });

  it('gives up when it is told to', async () => {
    const stop = new AbortController();
    const { batcher } = begin({ flush: () => Promise.reject(new Error('away')), signal: stop.signal });
    batcher.add([1]);
    setImmediate(() => stop.abort());
    await batcher.idle();
  });
});
