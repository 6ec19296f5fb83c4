import assert from 'node:assert/strict';
import {
  concerns,
  entityRef,
  entryKeyOf,
  entryKeyText,
  jobKeyText,
  jobUowId,
  transitionsOf,
} from '../../../domain/model/entity.ts';
import type { CommandRecord } from '../../../domain/model/record.ts';

describe('text keys', () => {
  const job = { processName: 'Site-1.b', timeperiod: '2015060100' };

  it('are written and read back', () => {
    assert.deepEqual(entityRef(jobKeyText(job)), { kind: 'job', ...job });
    assert.deepEqual(entityRef(jobUowId(job, 12)), { kind: 'uow', ...job, entryName: null, run: '12' });
    const entry = { processName: 'A', entryName: 'e' };
    assert.deepEqual(entityRef(entryKeyText('A', 'e')), { kind: 'entry', ...entry });
    assert.deepEqual(entryKeyOf(entryKeyText('A', 'e')), entry);
    assert.deepEqual(entryKeyOf('A'), { processName: 'A', entryName: '' });
    const fired = { kind: 'uow', ...entry, timeperiod: '20150601001500', run: '1' };
    assert.deepEqual(entityRef('A:e/20150601001500#1'), fired);
    // A user's command may have any id.
    assert.deepEqual(entityRef('A:e/by-hand#a/b:c#d'), { ...fired, timeperiod: 'by-hand', run: 'a/b:c#d' });
    assert.deepEqual(entityRef('A'), { kind: 'process', processName: 'A' });
  });

  it('are nothing else', () => {
    for (const text of ['', '/', 'A/', 'A:', ':e', 'A/x/y', 'A:e/20150601001500', 'A#1', 'A/2015060100#'])
      assert.equal(entityRef(text), undefined, text);
  });
});

describe('what the journal is asked for', () => {
  it('is one job or unit by its id, and all of an entry or process by how their ids begin', () => {
    assert.deepEqual(transitionsOf('A/2015060100'), { entityId: 'A/2015060100' });
    assert.deepEqual(transitionsOf('A:e/20150601001500#1'), { entityId: 'A:e/20150601001500#1' });
    assert.deepEqual(transitionsOf('A:e'), { entityId: 'A:e', entityPrefixes: ['A:e/'] });
    assert.deepEqual(transitionsOf('A/x/y'), { entityId: 'A/x/y' });
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
