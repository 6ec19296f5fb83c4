import assert from 'node:assert/strict';
import { executionUow } from '../../../domain/event/execution.ts';
import type { ExecutionOccasion } from '../../../domain/event/execution.ts';
import { whyPause } from '../../../domain/event/failing.ts';
import type { UowRecord } from '../../../domain/model/record.ts';

const NOON = Date.UTC(2027, 0, 1, 12);
const trigger = { pauseAfter: 2, armedAt: NOON, on: true };

/** An execution that was made so many seconds after noon. */
const execution = (
  after: number,
  state: UowRecord['state'],
  { occasion = 'schedule', attempt = 1 }: { occasion?: ExecutionOccasion; attempt?: number } = {},
): UowRecord => {
  const at = NOON + after * 1_000;
  const key = { owner: 'local', id: 'backup' };
  const given = { id: `e${after}`, trigger: key, at, due: at, occasion, first: `e${after}` };
  return { ...executionUow(given, { now: at, ahead: 0 }), state, attempt };
};

describe('a trigger that is to be paused when two executions in a row failed', () => {
  const failed = (after: number) => execution(after, 'CANCELED');
  const cases: readonly (readonly [title: string, executions: readonly UowRecord[], isPaused: boolean])[] = [
    ['goes on after one', [failed(1)], false],
    ['is paused after two', [failed(2), failed(1)], true],
    ['goes on with a success in between', [failed(3), execution(2, 'PROCESSED'), failed(1)], false],
    ['goes on when the latest reached it', [execution(3, 'PROCESSED'), failed(2), failed(1)], false],
    ['counts none from before it was armed', [failed(1), failed(-1)], false],
    [
      'passes over tests, those under way, those that expired and those that were skipped',
      [
        execution(7, 'REQUESTED', { attempt: 0 }),
        execution(6, 'INVALID'),
        failed(5),
        execution(4, 'CANCELED', { occasion: 'test' }),
        execution(3, 'NOOP', { attempt: 0 }),
        execution(2, 'CANCELED', { attempt: 0 }),
        failed(1),
      ],
      true,
    ],
  ];
  for (const [title, executions, isPaused] of cases)
    it(title, () => {
      assert.equal(whyPause(trigger, executions), isPaused ? '2 executions in a row failed' : undefined);
    });

  it('is left as it is while it is paused, or when it says of no number', () => {
    assert.equal(whyPause({ ...trigger, on: false }, [failed(2), failed(1)]), undefined);
    assert.equal(whyPause({ ...trigger, pauseAfter: null }, [failed(2), failed(1)]), undefined);
  });
});
