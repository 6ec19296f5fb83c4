import assert from 'node:assert/strict';
import {
  executionId,
  expiresAt,
  executionOf,
  executionState,
  executionUow,
  handExecutionId,
} from '../../../domain/event/execution.ts';
import type { Execution } from '../../../domain/event/execution.ts';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import { EIGHT, HOUR, uowOf } from '../freerun/facts.ts';

const trigger = { owner: 'local', id: 'backup' };

const planned = (at: number): Execution => {
  const id = executionId(trigger, at);
  return { id, trigger, at, due: at, occasion: 'schedule', first: id };
};

describe('an execution', () => {
  it('is a unit of work of its trigger and its instant', () => {
    const uow = executionUow(planned(EIGHT), { now: EIGHT - 50, ahead: 50 });
    assert.equal(uow.id, 'Events:local/backup/20260101080000#1');
    assert.deepEqual([uow.processName, uow.entryName], ['Events', 'local/backup']);
    assert.deepEqual([uow.notBefore, uow.arguments], [EIGHT, { at: EIGHT }]);
    assert.deepEqual(executionOf(uow), planned(EIGHT));
    assert.equal(executionId(trigger, EIGHT + 5), 'Events:local/backup/20260101080000005#1');
  });

  it('begins within the epsilon of its trigger, and within a minute when it is a test', () => {
    const given = { epsilon: HOUR };
    assert.equal(expiresAt(planned(EIGHT), given), EIGHT + HOUR);
    assert.equal(expiresAt({ ...planned(EIGHT), occasion: 'test' }, given), EIGHT + 60_000);
  });

  it('that a user asks for has an epsilon of its own and the message of the first', () => {
    const first = executionId(trigger, EIGHT);
    const id = handExecutionId(trigger, 'c1');
    const again = { id, trigger, at: EIGHT, due: EIGHT + HOUR, occasion: 'hand', first } as const;
    assert.deepEqual(executionOf(executionUow(again, { now: EIGHT + HOUR, ahead: 0 })), again);
    assert.equal(id, 'Events:local/backup/by-hand#c1');
  });

  it('is read from no other unit of work', () => {
    const uow = executionUow(planned(EIGHT), { now: EIGHT, ahead: 0 });
    assert.equal(executionOf({ ...uow, processName: 'Mail' }), undefined);
    assert.equal(executionOf({ ...uow, entryName: null }), undefined);
    assert.equal(executionOf({ ...uow, arguments: {} }), undefined);
    assert.equal(executionOf({ ...uow, arguments: { at: 1, due: 'x' } }), undefined);
  });

  it('is shown in words of its own', () => {
    const shown = uowStates.map((state) => executionState(uowOf('a', { state, retryAt: 1 })));
    assert.deepEqual(shown, ['planned', 'delivering', 'success', 'expired', 'failed', 'retrying']);
    assert.equal(executionState(uowOf('a', { state: 'INVALID', retryAt: null })), 'quarantined');
  });
});
