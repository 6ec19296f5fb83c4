import assert from 'node:assert/strict';
import { concerns, transitionsOf } from '../../../domain/model/entity.ts';
import type { CommandRecord } from '../../../domain/model/record.ts';

describe('what the journal is asked for', () => {
  it('is one job or unit by its id, and all of an entry or process by how their ids begin', () => {
    assert.deepEqual(transitionsOf('A/2015060100'), { entityId: 'A/2015060100' });
    assert.deepEqual(transitionsOf('A:e/20150601001500#1'), { entityId: 'A:e/20150601001500#1' });
    assert.deepEqual(transitionsOf('A:e'), { entityPrefixes: ['A:e/'] });
    assert.deepEqual(transitionsOf('A'), { entityPrefixes: ['A/', 'A:'] });
  });

  const told = (given: CommandRecord['arguments'], ...entities: string[]): boolean[] =>
    entities.map((entity) => concerns({ arguments: given } as CommandRecord, entity));

  it('takes commands on a job, and on its process', () => {
    const skip = { processName: 'A', timeperiod: '2015060100' };
    assert.deepEqual(told(skip, 'A/2015060100', 'A', 'A/2015060200', 'AB', 'A:'), [
      ...[true, true],
      ...[false, false, false],
    ]);
  });

  it('takes commands on an entry', () => {
    assert.deepEqual(told({ processName: 'A', entryName: 'e' }, 'A:e', 'A', 'A:f'), [true, true, false]);
  });

  it('takes commands on a unit of work for its job, entry and process', () => {
    const job = 'A/2015060100';
    assert.deepEqual(told({ uowId: `${job}#2` }, `${job}#2`, job, 'A', `${job}#1`, 'A/20150601'), [
      ...[true, true, true],
      ...[false, false],
    ]);
    assert.deepEqual(told({ uowId: 'A:e/20150601001500#1' }, 'A:e', 'A'), [true, true]);
  });
});
