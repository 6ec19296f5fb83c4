import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { createProgress } from '../../../worker/output/progress.ts';

describe('progress', () => {
  it('is told at once, then thinned out to the newest, then to the last', async () => {
    const told: number[] = [];
    const events = new EventEmitter();
    const progress = createProgress(({ done }) => {
      told.push(done);
      events.emit('told');
    }, 5);
    progress.update(1, 10);
    assert.deepEqual(told, [1]);
    progress.update(2, 10);
    progress.update(3, 10);
    assert.deepEqual(told, [1]);
    await once(events, 'told');
    assert.deepEqual(told, [1, 3]);
    progress.update(4, 10);
    progress.end();
    assert.deepEqual(told, [1, 3, 4]);
    progress.end();
    assert.deepEqual(told, [1, 3, 4]);
  });

  it('that is no number is not told', () => {
    const progress = createProgress(() => assert.fail(), 1);
    progress.update(NaN, 1);
    progress.update(1, Infinity);
    progress.end();
  });
});
