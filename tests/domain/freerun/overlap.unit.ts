import assert from 'node:assert/strict';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import { ruleOverlap, runsBeside } from '../../../domain/freerun/overlap.ts';
import type { UowState } from '../../../domain/machine/uow-machine.ts';
import type { OverlapPolicy } from '../../../domain/model/process.ts';

// What becomes of a firing while the last unit is REQUESTED, while it runs, and while it runs with one owed.
const table: Record<OverlapPolicy, { REQUESTED: string; IN_PROGRESS: string; owed: string }> = {
  skip: { REQUESTED: 'ring', IN_PROGRESS: 'drop', owed: 'drop' },
  'buffer-one': { REQUESTED: 'buffer', IN_PROGRESS: 'buffer', owed: 'drop' },
  allow: { REQUESTED: 'fire', IN_PROGRESS: 'fire', owed: 'fire' },
  'cancel-other': { REQUESTED: 'cancel-and-fire', IN_PROGRESS: 'cancel-and-fire', owed: 'cancel-and-fire' },
};

describe('overlap policy', () => {
  for (const overlap of Object.keys(table) as OverlapPolicy[]) {
    for (const last of [undefined, ...uowStates] as (UowState | undefined)[]) {
      const expected = last === 'REQUESTED' || last === 'IN_PROGRESS' ? table[overlap][last] : 'fire';
      it(`${overlap}, last unit ${last ?? 'none'}: ${expected}`, () => {
        assert.equal(ruleOverlap(overlap, last, false).do, expected);
      });
    }
    it(`${overlap}, last unit IN_PROGRESS, one owed: ${table[overlap].owed}`, () => {
      assert.equal(ruleOverlap(overlap, 'IN_PROGRESS', true).do, table[overlap].owed);
    });
  }

  it('says why it drops a firing', () => {
    assert.deepEqual(ruleOverlap('skip', 'IN_PROGRESS', false), {
      do: 'drop',
      because: 'the last one is still running',
    });
    assert.deepEqual(ruleOverlap('buffer-one', 'REQUESTED', true), {
      do: 'drop',
      because: 'one firing is owed already',
    });
  });

  it('buffer-one fires what is owed once the last unit has finished', () => {
    assert.deepEqual(ruleOverlap('buffer-one', 'PROCESSED', true), { do: 'fire' });
  });

  it('lets units run beside each other with `allow` only', () => {
    assert.deepEqual((Object.keys(table) as OverlapPolicy[]).filter(runsBeside), ['allow']);
  });
});
