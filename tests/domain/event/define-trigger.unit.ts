import assert from 'node:assert/strict';
import { declareTrigger, eventTrigger } from '../../../domain/event/define-trigger.ts';
import { pauseTrigger, putTrigger } from '../../../domain/event/trigger.ts';
import { defineContext, freerunProcess } from '../../../domain/model/define.ts';
import { validateContext } from '../../../domain/model/validate.ts';

const NOON = Date.UTC(2027, 0, 1, 12);
const url = 'https://example.org/hook';

const refuses = (options: object, message: RegExp): void => {
  assert.throws(() => eventTrigger({ id: 'a', schedule: 'every 1h', target: url, ...options }), {
    code: 'INVALID_CONTEXT',
    message,
  });
};

describe('an event trigger of the context', () => {
  const declared = eventTrigger({
    id: 'report',
    schedule: 'at 08:00 Europe/Berlin',
    epsilon: '10m',
    target: { url, headers: { authorization: 'Bearer {{secret:billing}}' }, timeout: 5 },
    payload: { days: [1, null] },
    labels: { team: 'billing' },
    retry: { attempts: 3, delay: '2s' },
    pauseAfter: 5,
  });

  it('is read with durations in milliseconds, and frozen', () => {
    assert.deepEqual(declared, {
      ...{ kind: 'event-trigger', id: 'report', owner: 'local', on: true },
      ...{ schedule: 'at 08:00 Europe/Berlin', epsilon: 600_000 },
      target: { url, headers: { authorization: 'Bearer {{secret:billing}}' }, timeout: 5_000 },
      ...{ payload: { days: [1, null] }, labels: { team: 'billing' } },
      ...{ retry: { attempts: 3, delay: 2_000 }, pauseAfter: 5 },
    });
    assert.ok([declared, declared.target, declared.payload, declared.labels].every(Object.isFrozen));
    assert.deepEqual(eventTrigger({ id: 'a', schedule: 'every 1h', target: url }).target, { url });
  });

  it('is stored as one that users put, and counts as of the context', () => {
    const { trigger, changed } = declareTrigger(undefined, declared, NOON);
    assert.ok(changed);
    const { origin, revision, armedAt, on, name, epsilon, retry } = trigger;
    assert.deepEqual(
      { origin, revision, armedAt, on },
      { origin: 'context', revision: 1, armedAt: NOON, on: true },
    );
    assert.deepEqual(
      { name, epsilon, retry },
      {
        ...{ name: 'report', epsilon: 600_000 },
        retry: { attempts: 3, delay: 2_000, maxDelay: 60_000 },
      },
    );
  });

  it('changes nothing when it is declared again, takes back what users changed, and leaves what they paused', () => {
    const first = declareTrigger(undefined, declared, NOON).trigger;
    assert.deepEqual(declareTrigger(first, declared, NOON + 1), { trigger: first, changed: false });
    const { target, schedule } = first;
    const edited = putTrigger(
      first,
      { owner: 'local', id: 'report', target, schedule, payload: 1 },
      NOON + 1,
    );
    assert.equal(edited.trigger.origin, 'context');
    const again = declareTrigger(edited.trigger, declared, NOON + 2);
    assert.deepEqual([again.changed, again.trigger.payload], [true, { days: [1, null] }]);
    const paused = pauseTrigger(first, 'a holiday', NOON + 1).trigger;
    const kept = declareTrigger(paused, declared, NOON + 2);
    assert.deepEqual([kept.changed, kept.trigger.on, kept.trigger.note], [false, false, 'a holiday']);
  });

  it('counts from now with another schedule', () => {
    const first = declareTrigger(undefined, declared, NOON).trigger;
    const other = eventTrigger({ id: 'report', schedule: 'every 1h', target: url });
    assert.equal(declareTrigger(first, other, NOON + 5).trigger.armedAt, NOON + 5);
  });

  it('is refused with the place and the part that is wrong', () => {
    refuses({ schedule: 'R/2027-02-30T00:00:00Z/P1D' }, /^eventTrigger\('a'\): .*2027-02-30/);
    refuses({ target: 'ftp://example.org' }, /^eventTrigger\('a'\): target, scheme 'ftp'/);
    refuses({ target: { url, headers: { Host: 'x' } } }, /^eventTrigger\('a'\): target, header 'Host'/);
    refuses({ target: { url, headers: ['x'] } }, /^eventTrigger\('a'\)\.target\.headers: expected an object/);
    refuses({ target: { url, headers: { x: 1 } } }, /\.target\.headers\.x: expected a text, given 1/);
    refuses(
      { target: 'https://ann:secret@example.org' },
      /\.target\.url has a name and a password: expected/,
    );
    refuses({ epsilom: '1m' }, /has no option 'epsilom'.*epsilon/);
    refuses({ payload: () => 1 }, /^eventTrigger\('a'\)\.payload: /);
    refuses({ id: 'a b' }, /its id should be/);
    refuses({ retry: { attempts: 0 } }, /retry\.attempts should be 1 to 100/);
    assert.throws(() => eventTrigger(undefined as never), {
      code: 'INVALID_CONTEXT',
      message: /^eventTrigger\(\)/,
    });
  });

  it('has its place in a context, once', () => {
    const processes = [freerunProcess({ name: 'None', identity: true })];
    const context = defineContext({ processes, eventTriggers: [declared] });
    assert.deepEqual(context.eventTriggers, [declared]);
    assert.deepEqual(validateContext(context), { warnings: [] });
    assert.equal(defineContext({ processes }).eventTriggers, undefined);
    assert.throws(() => validateContext(defineContext({ processes, eventTriggers: [declared, declared] })), {
      code: 'INVALID_CONTEXT',
      message: "two event triggers are called 'local/report'",
    });
    assert.throws(() => defineContext({ processes, eventTriggers: [{ id: 'a' } as never] }), {
      message: 'defineContext().eventTriggers[0]: expected what eventTrigger() returns',
    });
  });
});
