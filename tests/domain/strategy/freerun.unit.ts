import assert from 'node:assert/strict';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import { FIRING_LEAD, freerun, startOf } from '../../../domain/strategy/freerun.ts';
import type { UowState } from '../../../domain/machine/uow-machine.ts';
import type { OverlapPolicy } from '../../../domain/model/process.ts';

// What becomes of a firing while the last unit is REQUESTED, while it runs, and while it runs with one owed.
const table: Record<OverlapPolicy, { REQUESTED: string; IN_PROGRESS: string; owed: string }> = {
  skip: { REQUESTED: 'ring', IN_PROGRESS: 'drop', owed: 'drop' },
  'buffer-one': { REQUESTED: 'buffer', IN_PROGRESS: 'buffer', owed: 'drop' },
  allow: { REQUESTED: 'fire', IN_PROGRESS: 'fire', owed: 'fire' },
  'cancel-other': { REQUESTED: 'cancel-and-fire', IN_PROGRESS: 'cancel-and-fire', owed: 'cancel-and-fire' },
};

describe('freerun', () => {
  for (const overlap of Object.keys(table) as OverlapPolicy[]) {
    for (const uow of [undefined, ...uowStates] as (UowState | undefined)[]) {
      const expected = uow === 'REQUESTED' || uow === 'IN_PROGRESS' ? table[overlap][uow] : 'fire';
      it(`overlap ${overlap}, last unit ${uow ?? 'none'}: ${expected}`, () => {
        assert.equal(freerun(overlap, uow, false).do, expected);
      });
    }
    it(`overlap ${overlap}, last unit IN_PROGRESS, one owed: ${table[overlap].owed}`, () => {
      assert.equal(freerun(overlap, 'IN_PROGRESS', true).do, table[overlap].owed);
    });
  }

  it('says why it drops a firing', () => {
    assert.deepEqual(freerun('skip', 'IN_PROGRESS', false), {
      do: 'drop',
      because: 'the last one is still running',
    });
    assert.deepEqual(freerun('buffer-one', 'REQUESTED', true), {
      do: 'drop',
      because: 'one firing is owed already',
    });
  });

  it('fires what is owed once the last unit has finished', () => {
    assert.deepEqual(freerun('buffer-one', 'PROCESSED', true), { do: 'fire' });
  });
});

describe('a unit of work begins', () => {
  const at = (createdAt: number, submittedAt: number): number => startOf({ createdAt, submittedAt }, 5000);

  it('at once when it was not prepared, whichever clock is ahead', () => {
    assert.deepEqual([at(4000, 4000), at(4000, 4990), at(5020, 5020)], [5000, 5000, 5000]);
  });

  it('on the instant that it was prepared for, or late, or after the lead where the clock is far behind', () => {
    assert.deepEqual([at(5020, 4980), at(4990, 4950), at(9000, 8960)], [5020, 5000, 5000 + FIRING_LEAD]);
  });
});
