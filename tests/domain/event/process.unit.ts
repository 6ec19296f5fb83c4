import assert from 'node:assert/strict';
import { eventsProcess, executionRetry } from '../../../domain/event/process.ts';
import { validateContext } from '../../../domain/model/validate.ts';
import { retentionOf } from '../../../domain/retention/rule.ts';
import { rescue } from '../../../domain/strategy/rescue.ts';
import { DAY } from '../../../domain/time/calendar.ts';
import { EIGHT, HOUR, uowOf } from '../freerun/facts.ts';

describe('the process of event triggers', () => {
  it('is one that a context may have', () => {
    const events = eventsProcess(256, 7);
    assert.deepEqual(validateContext({ processes: [events], trees: [] }).warnings, []);
    const kept = retentionOf('freerun', events, { uowTtl: 0, historyTtl: 0, keepUnits: 0 });
    assert.deepEqual(kept, { ttl: 7 * DAY, keepUnits: 1_000 });
  });

  it('has its executions tried when their worker said so, however long that takes', () => {
    const terms = { on: true, rung: false, resubmitAfter: 1, maxCrashes: 3 };
    const tried = (now: number): string =>
      rescue(uowOf('a', { state: 'INVALID', retryAt: EIGHT + 30 * DAY, attempt: 99, createdAt: EIGHT }), {
        ...terms,
        now,
        retry: executionRetry,
        lifeSupport: Infinity,
      }).do;
    assert.equal(tried(EIGHT + HOUR), 'wait');
    assert.equal(tried(EIGHT + 30 * DAY), 'repost');
  });
});
