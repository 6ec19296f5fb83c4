import assert from 'node:assert/strict';
import { DeposedError, SynergyError, errorCodes, isOutage } from '../../domain/errors.ts';

describe('the codes of errors', () => {
  it('tell outages from all else', () => {
    const codes = Object.keys(errorCodes) as (keyof typeof errorCodes)[];
    assert.deepEqual(codes.filter(isOutage), ['STORE_UNREACHABLE', 'QUEUE_UNREACHABLE']);
  });
});

describe('the refusal of a deposed scheduler', () => {
  it('can be told from others by code and class, and says which epoch is over', () => {
    const error = new DeposedError(3);
    assert.ok(error instanceof SynergyError);
    assert.equal(error.code, 'DEPOSED');
    assert.equal(error.name, 'DeposedError');
    assert.match(error.message, /^epoch 3 is over: /);
  });
});
