import assert from 'node:assert/strict';

import fc from 'fast-check';

import { missedRuns } from '../../../domain/schedule/missed-run.ts';
import { parseSchedule } from '../../../domain/schedule/schedule.ts';

const everyTen = parseSchedule('every 10s');

describe('missed runs', () => {
  const absence = { since: 100_000, now: 145_000, window: 3_600_000 };

  it('are all made up for, oldest first', () => {
    assert.deepEqual(
      missedRuns(everyTen, { ...absence, policy: 'all' }),
      [110_000, 120_000, 130_000, 140_000],
    );
  });

  it('are made up for by the last', () => {
    assert.deepEqual(missedRuns(everyTen, { ...absence, policy: 'last' }), [140_000]);
  });

  it('are left out', () => {
    assert.deepEqual(missedRuns(everyTen, { ...absence, policy: 'none' }), []);
  });

  it('are left out when older than the window', () => {
    assert.deepEqual(missedRuns(everyTen, { ...absence, window: 15_000, policy: 'all' }), [130_000, 140_000]);
    assert.deepEqual(missedRuns(everyTen, { ...absence, window: 4_999, policy: 'last' }), []);
    assert.deepEqual(missedRuns(everyTen, { ...absence, window: 5_000, policy: 'last' }), [140_000]);
  });

  it('are none when nothing was due', () => {
    for (const policy of ['all', 'last', 'none'] as const) {
      assert.deepEqual(missedRuns(everyTen, { ...absence, since: 140_000, policy }), []);
      const once = parseSchedule('iso R0/2026-01-01T00:00:00Z/PT1H');
      assert.deepEqual(missedRuns(once, { ...absence, policy }), []);
    }
  });

  it('leave a firing that is due right now to every policy', () => {
    for (const policy of ['all', 'last', 'none'] as const) {
      assert.equal(missedRuns(everyTen, { ...absence, now: 140_000, policy }).at(-1), 140_000);
      assert.deepEqual(missedRuns(everyTen, { ...absence, since: 140_000, now: 140_000, policy }), []);
    }
  });

  it('are the firings counted one by one', () => {
    const any = fc.record({
      since: fc.nat(500),
      length: fc.nat(500),
      window: fc.nat(600),
      step: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(any, ({ since, length, window, step }) => {
        const now = (since + length) * 1000;
        const due: number[] = [];
        for (let at = since * 1000 + 1; at <= now; at++)
          if (at % (step * 1000) === 0 && at >= now - window * 1000) due.push(at);
        const asked = { since: since * 1000, now, window: window * 1000 };
        const schedule = parseSchedule(`every ${step}`);
        assert.deepEqual(missedRuns(schedule, { ...asked, policy: 'all' }), due);
        assert.deepEqual(missedRuns(schedule, { ...asked, policy: 'last' }), due.slice(-1));
      }),
    );
  });
});
