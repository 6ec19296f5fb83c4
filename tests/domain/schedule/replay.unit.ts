import assert from 'node:assert/strict';
import { passOf, replayed } from '../../../domain/schedule/replay.ts';

describe('time that comes again', () => {
  const once = replayed(undefined, { now: 100, until: 200 });

  it('counts the passes of instants up to where the clock was set back from', () => {
    assert.deepEqual(
      [150, 200, 201].map((at) => passOf(at, once)),
      [2, 2, 1],
    );
    assert.equal(passOf(150, undefined), 1);
  });

  it('counts on when the clock is set back while time comes again', () => {
    assert.deepEqual(replayed(once, { now: 90, until: 160 }), { until: 200, pass: 3 });
    assert.deepEqual(replayed(once, { now: 190, until: 260 }), { until: 260, pass: 3 });
  });

  it('begins anew when all of it has passed', () => {
    assert.deepEqual(replayed(once, { now: 210, until: 260 }), { until: 260, pass: 2 });
  });
});
