import assert from 'node:assert/strict';
import { DAY } from '../../../domain/time/calendar.ts';
import { retentionOf } from '../../../domain/retention/rule.ts';

const defaults = { uowTtl: 30, historyTtl: 400, keepUnits: 20 };

describe('the retention of a process', () => {
  it('is that of the settings, by kind', () => {
    assert.deepEqual(retentionOf('freerun', {}, defaults), { ttl: 30, keepUnits: 20 });
    assert.deepEqual(retentionOf('managed', {}, defaults), { ttl: 400, keepUnits: 20 });
    assert.deepEqual(retentionOf('freerun', undefined, defaults), { ttl: 30, keepUnits: 20 });
  });

  it('is what the process says instead', () => {
    assert.deepEqual(retentionOf('freerun', { retention: { ttlDays: 7 } }, defaults), {
      ttl: 7 * DAY,
      keepUnits: 20,
    });
    assert.deepEqual(retentionOf('managed', { retention: { keepUnits: 3 } }, defaults), {
      ttl: 400,
      keepUnits: 3,
    });
  });
});
