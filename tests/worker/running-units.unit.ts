import assert from 'node:assert/strict';
import type { UowRecord } from '../../domain/model/record.ts';
import type { Outcome } from '../../worker/outcome.ts';
import { completed } from '../../worker/outcome.ts';
import type { AbortReason } from '../../worker/run-unit.ts';
import { createRunningUnits } from '../../worker/running-units.ts';

const runOf = (id: string, attempt = 1) => {
  const reasons: AbortReason[] = [];
  let end: (outcome: Outcome) => void = () => undefined;
  const outcome = new Promise<Outcome>((resolve) => (end = resolve));
  const uow = { id, attempt } as UowRecord;
  return {
    uow,
    outcome,
    reasons,
    end: () => end(completed()),
    abort: (reason: AbortReason) => reasons.push(reason),
  };
};

describe('running units', () => {
  it('are aborted when a renewal that began after their claim does not list them', () => {
    const running = createRunningUnits();
    const [kept, lost, fresh] = [runOf('kept'), runOf('lost'), runOf('fresh')];
    running.add(kept, 4);
    running.add(lost, 4);
    running.add(fresh, 5);
    running.renewed({ round: 5, ids: ['kept', 'of nobody here'] });
    assert.deepEqual([kept.reasons, lost.reasons, fresh.reasons], [[], ['unowned'], []]);
    running.renewed({ round: 6, ids: ['kept'] });
    assert.deepEqual(fresh.reasons, ['unowned']);
  });

  it('are aborted when their unit was lost and claimed again between two renewals', async () => {
    const running = createRunningUnits();
    const [older, newer] = [runOf('unit', 1), runOf('unit', 2)];
    running.add(older, 0);
    running.add(newer, 0);
    assert.deepEqual([older.reasons, newer.reasons], [['unowned'], []]);
    older.end();
    await older.outcome;
    const third = runOf('unit', 3);
    running.add(third, 0);
    assert.deepEqual([newer.reasons, third.reasons], [['unowned'], []]);
  });

  it('are all told when the worker stops, and forgotten when they end', async () => {
    const running = createRunningUnits();
    const [first, second] = [runOf('one'), runOf('two')];
    running.add(first, 0);
    running.add(second, 0);
    running.abortAll('stopping');
    assert.deepEqual([first.reasons, second.reasons], [['stopping'], ['stopping']]);
    first.end();
    await first.outcome;
    assert.equal(running.count(), 1);
    second.end();
    await running.none();
    assert.equal(running.count(), 0);
  });
});
