import assert from 'node:assert/strict';
import { nextFires } from '../../../domain/schedule/next-fires.ts';
import { parseSchedule } from '../../../domain/schedule/schedule.ts';

describe('the next fires of a schedule', () => {
  const now = Date.UTC(2026, 0, 1);
  it('are five, in order, after now', () => {
    const hours = nextFires(parseSchedule('every 1h'), now).map((at) => (at - now) / 3_600_000);
    assert.deepEqual(hours, [1, 2, 3, 4, 5]);
  });

  it('are fewer where it ends', () => {
    assert.equal(nextFires({ next: (at) => (at < now + 2 ? at + 1 : undefined) }, now).length, 2);
  });
});
