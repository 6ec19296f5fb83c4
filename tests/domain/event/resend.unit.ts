import assert from 'node:assert/strict';
import { executionUow, handExecutionId } from '../../../domain/event/execution.ts';
import type { Execution } from '../../../domain/event/execution.ts';
import { resendPlan, toResend } from '../../../domain/event/resend.ts';
import { putTrigger } from '../../../domain/event/trigger.ts';
import type { UowState } from '../../../domain/machine/uow-machine.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { targetOf } from './parcel.ts';

const NOON = Date.UTC(2027, 0, 1, 12);
const key = { owner: 'local', id: 'backup' };
const range = { from: NOON, to: NOON + 60_000 };

/** The execution of a minute of noon, in a state, with what it has otherwise. */
const unit = (second: number, state: UowState, more: Partial<Execution> = {}): UowRecord => {
  const at = NOON + second * 1_000;
  const id = more.id ?? handExecutionId(key, String(second));
  const execution: Execution = { id, trigger: key, at, due: at, occasion: 'schedule', first: id, ...more };
  return { ...executionUow(execution, { now: at, ahead: 0 }), state, finishedAt: at + 500 };
};
const again = (of: UowRecord, second: number, state: UowState): UowRecord =>
  unit(second, state, { occasion: 'hand', first: of.id, at: NOON });
const firsts = (units: readonly UowRecord[], more: object = {}, until?: number): string[] =>
  toResend(units, { ...range, ...more }, until).map(({ first }) => first);

describe('what is sent again of a range', () => {
  const failed = unit(0, 'CANCELED');
  const expired = unit(1, 'NOOP');

  it('is what failed or expired, or one of both, due in the range', () => {
    const units = [unit(-1, 'CANCELED'), failed, expired, unit(2, 'PROCESSED'), unit(60, 'CANCELED')];
    assert.deepEqual(firsts(units), [failed.id, expired.id]);
    assert.deepEqual(firsts(units, { outcome: 'failed' }), [failed.id]);
    assert.deepEqual(firsts(units, { outcome: 'expired' }), [expired.id]);
  });

  it('is no message that was delivered since, or is under way, and each message once', () => {
    assert.deepEqual(firsts([failed, again(failed, 70, 'PROCESSED')]), []);
    for (const state of ['REQUESTED', 'IN_PROGRESS', 'INVALID'] as const)
      assert.deepEqual(firsts([failed, again(failed, 70, state)]), []);
    assert.deepEqual(firsts([failed, again(failed, 30, 'CANCELED')]), [failed.id]);
    assert.deepEqual(firsts([unit(5, 'CANCELED', { occasion: 'test' })]), []);
  });

  it('is nothing that ended later than is looked at', () => {
    assert.deepEqual(firsts([failed, expired], {}, NOON + 500), [failed.id]);
  });

  it('has a plan with a hash of what is sent, and of the trigger', () => {
    const target = targetOf({ url: 'amqp://ann:secret@rabbit/v/x/key' });
    const { trigger } = putTrigger(undefined, { ...key, schedule: 'every 1h', target }, NOON);
    const executions = toResend([failed, expired], range);
    const plan = resendPlan(trigger, range, executions);
    assert.deepEqual(
      { ...plan, hash: '' },
      {
        ...{ trigger: 'local/backup', target: 'amqp://***@rabbit/v/x/key', ...range },
        ...{ count: 2, oldest: NOON, newest: NOON + 1_000, hash: '' },
      },
    );
    const hashes = [
      plan,
      resendPlan({ ...trigger, revision: 2 }, range, executions),
      resendPlan(trigger, range, executions.slice(1)),
      resendPlan(trigger, { ...range, outcome: 'failed' }, executions),
    ].map(({ hash }) => hash);
    assert.equal(new Set(hashes).size, 4);
    const { count, oldest, newest } = resendPlan(trigger, range, []);
    assert.deepEqual([count, oldest, newest], [0, null, null]);
  });
});
