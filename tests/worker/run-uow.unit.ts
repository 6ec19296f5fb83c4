import assert from 'node:assert/strict';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import { completed, returned } from '../../worker/reports/outcome.ts';
import { startUow } from '../../worker/run-uow.ts';
import type { UowRun } from '../../worker/run-uow.ts';
import { stopwatch } from '../../lib/stopwatch.ts';
import { workerTimings } from '../../worker/timings.ts';
import { freshUow } from '../support/records.ts';

describe('a unit that is claimed ahead of its instant', () => {
  const clock = { now: () => Date.now() };
  let begunAt: number | undefined;
  const lines: unknown[] = [];
  const start = (ahead: number, isHeld = true): UowRun => {
    begunAt = undefined;
    const now = clock.now();
    const uow = freshUow('u', { notBefore: now + ahead });
    const run = () => {
      begunAt = clock.now();
      return Promise.resolve(completed());
    };
    return startUow(
      uow,
      { instant: false, logBytes: 1000, run },
      {
        store: { progress: () => Promise.resolve() },
        clock,
        stopwatch,
        timings: workerTimings,
        kill: new AbortController().signal,
        timeLimit: undefined,
        policy: { retry: { delay: 1, maxDelay: 1, maxAttempts: 1 }, maxCrashes: 3, maxLost: 3 },
        appendLog: (records) => lines.push(...records),
      },
      () => isHeld,
    );
  };

  it('never begins before it', async () => {
    for (const ahead of [1, 2, 7, FIRING_LEAD]) {
      const { uow, outcome } = start(ahead);
      assert.deepEqual(await outcome, completed());
      assert.ok((begunAt ?? 0) >= (uow.notBefore ?? Infinity));
    }
  });

  it('waits for no clock that is further ahead', async () => {
    const before = performance.now();
    assert.deepEqual(await start(3_600_000).outcome, completed());
    assert.ok(performance.now() - before >= FIRING_LEAD - 1);
  });

  it('is given back without a word when its worker stops meanwhile, or its lease has ended', async () => {
    const run = start(FIRING_LEAD);
    run.abort('stopping');
    for (const { outcome } of [run, start(5, false)]) assert.deepEqual(await outcome, returned);
    assert.equal(begunAt, undefined);
    assert.deepEqual(lines, []);
  });

  it('begins at once when it comes too late, or was not prepared, whatever its clock says', async () => {
    const { outcome } = start(-1, false);
    assert.deepEqual(await outcome, completed());
    assert.notEqual(begunAt, undefined);
  });
});
