import assert from 'node:assert/strict';
import { testedTrigger } from '../../../domain/event/tested.ts';
import { putTrigger } from '../../../domain/event/trigger.ts';
import { targetOf } from './parcel.ts';

const key = { owner: 'local', id: 'backup' };
const target = targetOf({ url: 'https://example.org/hook' });
const other = targetOf({ url: 'https://example.org/other' });
const { trigger } = putTrigger(
  undefined,
  { ...key, schedule: 'every 1h', epsilon: 7, target, payload: 'A' },
  0,
);

describe('the trigger that a test is sent by', () => {
  it('is the one that is there, with what is given otherwise', () => {
    assert.deepEqual(testedTrigger(trigger, key, {}), trigger);
    assert.deepEqual(testedTrigger(trigger, key, { payload: null }), { ...trigger, payload: null });
    assert.deepEqual(testedTrigger(trigger, key, { target: other }), { ...trigger, target: other });
  });

  it('is made of the target where none is there, and is none without', () => {
    assert.equal(testedTrigger(undefined, key, { payload: 'A' }), undefined);
    const made = testedTrigger(undefined, key, { target: other, payload: 'B' });
    assert.deepEqual([made?.target, made?.payload, made?.secret], [other, 'B', null]);
  });

  it('is refused where it could not be put', () => {
    const refused = () => testedTrigger(undefined, { owner: 'local', id: 'a b' }, { target });
    assert.throws(refused, { code: 'INVALID_ARGUMENT' });
    const large = () => testedTrigger(trigger, key, { payload: 'x'.repeat(70_000) });
    assert.throws(large, { code: 'UNFIT_VALUE' });
  });
});
