import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SynergyError } from '../../../domain/errors.ts';
import {
  DEFAULT_EPSILON,
  deadlineOf,
  defaultRetry,
  isTriggerId,
  pauseTrigger,
  putTrigger,
  resumeTrigger,
  signTrigger,
  triggerEntry,
  triggerOfEntry,
} from '../../../domain/event/trigger.ts';
import type { EventTrigger, TriggerInput } from '../../../domain/event/trigger.ts';
import { EIGHT, HOUR } from '../freerun/facts.ts';
import { inputOf } from './facts.ts';
import { targetOf } from './parcel.ts';

const put = (given: Partial<TriggerInput> = {}, known?: EventTrigger, now = EIGHT): EventTrigger =>
  putTrigger(known, inputOf(given), now).trigger;

const refusal = (given: Partial<TriggerInput>): string => {
  try {
    put(given);
  } catch (error) {
    assert.ok(error instanceof SynergyError);
    return `${error.code} ${error.message}`;
  }
  return 'taken';
};

describe('what a user puts', () => {
  it('becomes a trigger with defaults, armed from now on', () => {
    const trigger = put();
    assert.deepEqual(trigger, {
      ...inputOf(),
      name: 'backup',
      description: '',
      labels: {},
      epsilon: DEFAULT_EPSILON,
      payload: null,
      retry: defaultRetry,
      missed: 'all',
      overlap: 'allow',
      pauseAfter: null,
      on: true,
      note: null,
      secret: null,
      revision: 1,
      armedAt: EIGHT,
      endedAt: null,
      deleteAfterEnd: false,
      origin: 'user',
      createdAt: EIGHT,
      updatedAt: EIGHT,
    });
    assert.equal(deadlineOf(trigger, EIGHT), EIGHT + DEFAULT_EPSILON);
  });

  it('is changed by another name and password, which the record does not show, and by a secret that signs', () => {
    const known = put();
    const renewed = putTrigger(known, { ...inputOf(), hasNewLogin: true }, EIGHT + 1);
    assert.deepEqual(renewed, {
      changed: true,
      trigger: { ...known, revision: 2, updatedAt: EIGHT + 1 },
    });
    const signed = signTrigger(known, 'abc', EIGHT + 1);
    assert.deepEqual(signed.trigger, { ...known, secret: 'abc', revision: 2, updatedAt: EIGHT + 1 });
    assert.equal(signTrigger(signed.trigger, 'abc', EIGHT + 2).changed, false);
    assert.equal(putTrigger(signed.trigger, inputOf(), EIGHT + 2).changed, false);
  });

  it('changes nothing when it is there already, whatever was paused or said by default', () => {
    const known = pauseTrigger(put({ payload: { b: 1, a: [2] } }), 'repairs', EIGHT + 1).trigger;
    const again = putTrigger(
      known,
      inputOf({ payload: { b: 1, a: [2] }, epsilon: DEFAULT_EPSILON, retry: { attempts: 10 } }),
      EIGHT + HOUR,
    );
    assert.deepEqual(again, { trigger: known, changed: false });
  });

  it('with another payload is the next revision, armed as before', () => {
    const known = put();
    const { trigger, changed } = putTrigger(known, inputOf({ payload: 7 }), EIGHT + HOUR);
    assert.equal(changed, true);
    assert.deepEqual(trigger, { ...known, payload: 7, revision: 2, updatedAt: EIGHT + HOUR });
  });

  it('with another schedule is armed anew, and has not ended', () => {
    const ended = put({ schedule: 'R0/2015-05-17T07:00:00Z/PT1H' });
    assert.equal(ended.endedAt, EIGHT);
    const { armedAt, endedAt, revision } = put({}, ended, EIGHT + HOUR);
    assert.deepEqual([armedAt, endedAt, revision], [EIGHT + HOUR, null, 2]);
  });

  it('may switch it off with a note, and on again', () => {
    const paused = put({ on: false, note: 'not yet' });
    assert.deepEqual([paused.on, paused.note], [false, 'not yet']);
    assert.equal(put({}, paused).note, 'not yet');
    const resumed = put({ on: true }, paused, EIGHT + HOUR);
    assert.deepEqual([resumed.on, resumed.note, resumed.armedAt], [true, null, EIGHT + HOUR]);
    assert.equal(put({ on: false }).note, null);
  });

  it('is refused with the part that is wrong', () => {
    const cases: [Partial<TriggerInput>, RegExp][] = [
      [{ owner: 'A' }, /^INVALID_ARGUMENT event trigger A\/backup: its owner should be an account, or local/],
      [{ id: 'a/b' }, /^INVALID_ARGUMENT event trigger local\/a\/b: its id should be/],
      [{ name: ' ' }, /its name should have/],
      [{ description: 'x'.repeat(2_001) }, /its description/],
      [{ on: false, note: 'x'.repeat(501) }, /its note/],
      [{ labels: { a: 'x'.repeat(201) } }, /50 labels at most/],
      [{ labels: Object.fromEntries([...Array(51).keys()].map((n) => [n, ''])) }, /50 labels at most/],
      [{ epsilon: 0 }, /its epsilon should be whole milliseconds above 0, and is 0/],
      [
        { schedule: 'R/2027-01-01T00:00:00Z/PT1H/ET1M', epsilon: 1_000 },
        /its epsilon is 1s and that of its schedule 1m/,
      ],
      [{ schedule: 'R/2027-01-01T00:00:00Z/P0M' }, /^INVALID_SCHEDULE/],
      [{ retry: { attempts: 0 } }, /retry.attempts should be 1 to 100/],
      [{ pauseAfter: 0 }, /pauseAfter should be 1 to 100 failures, or null for never, and is 0/],
      [{ retry: { delay: 2_000, maxDelay: 1_000 } }, /retry should pause/],
      [{ payload: 'x'.repeat(70_000) }, /^UNFIT_VALUE payload of event trigger local\/backup/],
      [
        { payload: [1], target: targetOf({ url: 'synergy://Mail/daily' }) },
        /its payload should be an object/,
      ],
    ];
    for (const [given, expected] of cases) assert.match(refusal(given), expected);
  });

  it('takes the epsilon from its schedule, also when both say the same', () => {
    const schedule = 'R/2027-01-01T00:00:00Z/PT1H/ET90S';
    assert.equal(put({ schedule }).epsilon, 90_000);
    assert.equal(put({ schedule, epsilon: 90_000 }).epsilon, 90_000);
    assert.equal(put({ schedule: 'every 15m', epsilon: 5 }).epsilon, 5);
  });
});

describe('a trigger that is paused', () => {
  it('goes on from when it is resumed', () => {
    const paused = pauseTrigger(put(), null, EIGHT + 1).trigger;
    assert.equal(pauseTrigger(paused, null, EIGHT + 2).changed, false);
    const { trigger } = resumeTrigger(paused, EIGHT + HOUR);
    assert.deepEqual([trigger.on, trigger.armedAt, trigger.revision], [true, EIGHT + HOUR, 3]);
    assert.equal(resumeTrigger(trigger, EIGHT + HOUR + 1).changed, false);
  });
});

describe('the entry of a trigger', () => {
  it('names its owner and its id', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w.~-]{1,100}$/), (id) => {
        assert.ok(isTriggerId(id));
        const key = { owner: 'ann@x.org', id };
        assert.deepEqual(triggerOfEntry(triggerEntry(key)), key);
      }),
    );
    for (const text of ['', 'a', 'a/', '/b', 'a/b/c']) assert.equal(triggerOfEntry(text), undefined);
  });
});
