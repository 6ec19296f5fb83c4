import assert from 'node:assert/strict';
import { addBatch, addEntry, addUnits, unitsByJob } from '../../../domain/retention/tally.ts';
import type { ExpiredBatch, ExpiredUow } from '../../../domain/retention/tally.ts';

const uow = (extra: Partial<ExpiredUow> = {}): ExpiredUow => ({
  id: 'u',
  kind: 'managed',
  processName: 'A',
  timeperiod: '2026010100',
  state: 'PROCESSED',
  version: 3,
  createdAt: 10,
  finishedAt: 20,
  ...extra,
});
const batch = (step: string, ...uows: readonly ExpiredUow[]): ExpiredBatch => ({
  step,
  entity: 'A',
  uows,
  counts: { uows: uows.length, transitions: 3, lines: 2, reports: 1 },
});

describe('the record of what was deleted', () => {
  it('adds batches up, from the first end to the last', () => {
    const first = addBatch(undefined, batch('1', uow(), uow({ finishedAt: 30 })));
    assert.deepEqual(first, {
      ...{ entity: 'A', uows: 2, transitions: 3, lines: 2, reports: 1 },
      ...{ from: 20, to: 30, step: '1' },
    });
    assert.deepEqual(addBatch(first, batch('2', uow({ finishedAt: 5 }))), {
      ...{ entity: 'A', uows: 3, transitions: 6, lines: 4, reports: 2 },
      ...{ from: 5, to: 30, step: '2' },
    });
  });

  it('counts a step once', () => {
    const first = addBatch(undefined, batch('1', uow()));
    assert.equal(addBatch(first, batch('1', uow())), first);
  });

  it('counts an entry that is gone in with its process, once', () => {
    const entry = addBatch(undefined, { ...batch('1', uow()), entity: 'A:e' });
    const at = { processName: 'A', step: '2' };
    const first = addEntry(undefined, at, entry);
    assert.deepEqual(first, { ...entry, entity: 'A', step: '2' });
    assert.equal(addEntry(first, at, entry), first);
    assert.deepEqual(addEntry(first, { ...at, step: '3' }, { ...entry, from: 1, to: 2 }), {
      ...{ entity: 'A', uows: 2, transitions: 6, lines: 4, reports: 2 },
      ...{ from: 1, to: 20, step: '3' },
    });
  });

  it('counts the units of each job, and none of entries', () => {
    const uows = [uow(), uow(), uow({ timeperiod: '2026010101' }), uow({ kind: 'freerun' })];
    assert.deepEqual(unitsByJob(batch('1', ...uows)), [
      { processName: 'A', timeperiod: '2026010100', uows: 2 },
      { processName: 'A', timeperiod: '2026010101', uows: 1 },
    ]);
  });

  it('adds them to those of before, once', () => {
    const key = { processName: 'A', timeperiod: '2026010100' };
    const first = addUnits(undefined, { ...key, uows: 2 }, '1');
    assert.deepEqual(first, { ...key, uows: 2, step: '1' });
    assert.equal(addUnits(first, { ...key, uows: 2 }, '1'), first);
    assert.deepEqual(addUnits(first, { ...key, uows: 1 }, '2'), { ...first, uows: 3, step: '2' });
  });
});
