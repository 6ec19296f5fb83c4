import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dueFirings, planFrom } from '../../../domain/event/overdue.ts';
import type { TriggerPlan } from '../../../domain/event/overdue.ts';
import { pauseTrigger, putTrigger } from '../../../domain/event/trigger.ts';
import { FIRING_LEAD } from '../../../domain/freerun/lead.ts';
import { EIGHT, HOUR } from '../freerun/facts.ts';
import { inputOf } from './facts.ts';

const SECOND = 1_000;
const plan = (set: Partial<TriggerPlan> = {}): TriggerPlan => ({
  ...{ entry: 'local/backup', schedule: 'every 10s', epsilon: 60 * SECOND, missed: 'all', overlap: 'allow' },
  ...{ next: EIGHT },
  ...set,
});

describe('the plan of a trigger', () => {
  it('begins after the instant from which it is armed, or up to which it was seen to', () => {
    const { trigger } = putTrigger(undefined, inputOf({ schedule: 'every 1h' }), EIGHT);
    assert.deepEqual(planFrom(trigger, -Infinity), {
      ...plan({ schedule: 'every 1h', epsilon: 300 * SECOND }),
      next: EIGHT + HOUR,
    });
    assert.equal(planFrom(trigger, EIGHT + 2 * HOUR)?.next, EIGHT + 3 * HOUR);
  });

  it('is none of one that is paused, or has no firing any more', () => {
    const { trigger } = putTrigger(
      undefined,
      inputOf({ schedule: 'R0/2026-01-01T08:00:00Z/PT1H' }),
      EIGHT - 1,
    );
    assert.equal(planFrom(trigger, EIGHT), undefined);
    assert.equal(planFrom(pauseTrigger(trigger, null, EIGHT - 1).trigger, 0), undefined);
  });
});

describe('firings that are due', () => {
  it('are usually one, a moment ahead', () => {
    const found = dueFirings(plan(), EIGHT - FIRING_LEAD);
    assert.deepEqual(found, { planned: [EIGHT], expired: [], next: EIGHT + 10 * SECOND });
  });

  it('go out after an absence as long as they may begin', () => {
    const found = dueFirings(plan({ epsilon: 15 * SECOND }), EIGHT + 35 * SECOND);
    assert.deepEqual(
      found.planned,
      [20, 30].map((s) => EIGHT + s * SECOND),
    );
    assert.deepEqual(found.expired, [
      { at: EIGHT, because: 'could have begun until 08:00:15, the scheduler was back at 08:00:35' },
      {
        at: EIGHT + 10 * SECOND,
        because: 'could have begun until 08:00:25, the scheduler was back at 08:00:35',
      },
    ]);
    assert.equal(found.next, EIGHT + 40 * SECOND);
  });

  it('go out as the trigger says of those that were missed', () => {
    const now = EIGHT + 35 * SECOND;
    const last = dueFirings(plan({ missed: 'last' }), now);
    assert.deepEqual(last.planned, [EIGHT + 30 * SECOND]);
    assert.deepEqual(
      last.expired.map(({ because }) => because),
      Array<string>(3).fill('left out: of the firings that were missed the latest goes out alone'),
    );
    const none = dueFirings(plan({ missed: 'none' }), now);
    assert.deepEqual([none.planned, none.expired.length], [[], 4]);
    assert.equal(none.expired[0]?.because, 'left out: no firing that was missed goes out');
    // One that is late by a moment was not missed.
    assert.deepEqual(dueFirings(plan({ missed: 'none' }), EIGHT + 900).planned, [EIGHT]);
  });

  it('are counted where there are too many to have an execution each', () => {
    const hours = dueFirings(plan({ epsilon: 1 }), EIGHT + HOUR + 1);
    assert.deepEqual([hours.planned.length, hours.expired.length], [1, 100]);
    assert.match(hours.expired[0]?.because ?? '', /; 260 firings before it went the same way/);
    const days = dueFirings(plan({ epsilon: 1 }), EIGHT + 100 * HOUR);
    assert.match(days.expired[0]?.because ?? '', /; at least 10000 firings before it/);
    const one = dueFirings(plan({ epsilon: 1 }), EIGHT + 1_005 * SECOND);
    assert.match(one.expired[0]?.because ?? '', /; 1 firing before it went/);
  });

  it('are all of the series, each once, and none before its time', () => {
    const missed = fc.constantFrom('all', 'last', 'none');
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 200_000 }),
        fc.integer({ min: -FIRING_LEAD, max: 300_000 }),
        missed,
        (period, epsilon, late, policy) => {
          const schedule = `R/2026-01-01T08:00:00Z/PT${period}S`;
          const now = EIGHT + late;
          const found = dueFirings(plan({ schedule, epsilon, missed: policy }), now);
          const expected: number[] = [];
          for (let at = EIGHT; at <= now + FIRING_LEAD; at += period * SECOND) expected.push(at);
          const lost = found.expired.map(({ at }) => at);
          const all = [...lost, ...found.planned].sort((a, b) => a - b);
          // A plain walk from the start, but for those that are counted alone.
          assert.deepEqual(all, expected.slice(-all.length));
          if (lost.length < 100) assert.equal(all.length, expected.length);
          assert.ok(found.planned.every((at) => at + epsilon >= now));
          if (policy === 'all') assert.ok(lost.every((at) => at + epsilon < now));
          assert.equal(found.next, (expected.at(-1) as number) + period * SECOND);
        },
      ),
    );
  });
});
