import assert from 'node:assert/strict';
import { decideRestart, noFailures, standardRestart } from '../../lib/restart-policy.ts';

/** Delays after failures of runs that last so many seconds each, as far as there is a next start. */
const delays = (seconds: readonly number[]): (number | undefined)[] => {
  let history = noFailures;
  let now = 0;
  return seconds.map((lasted) => {
    const decision = decideRestart(
      history,
      { startedAt: now, failedAt: now + lasted * 1000 },
      standardRestart,
    );
    history = decision.history;
    now += lasted * 1000 + (decision.delay ?? 0);
    return decision.delay;
  });
};

describe('the restart of a daemon', () => {
  it('is given up at the fifth failure within a minute', () => {
    assert.deepEqual(delays([0, 0, 0, 0, 0]), [1000, 2000, 4000, 8000, undefined]);
  });

  it('backs off up to a minute while failures are far enough apart', () => {
    assert.deepEqual(
      delays(Array.from({ length: 9 }, () => 20)),
      [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000),
    );
  });

  it('starts afresh after a run of more than a minute', () => {
    assert.deepEqual(delays([0, 0, 0, 61, 0]), [1000, 2000, 4000, 1000, 2000]);
  });
});
