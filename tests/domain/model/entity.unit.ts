import assert from 'node:assert/strict';
import {
  commandSubject,
  entityRef,
  entryKeyOf,
  entryKeyText,
  jobKeyText,
  jobUowId,
  subjectField,
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

  it('of event triggers have an owner', () => {
    const entry = { processName: 'Events', entryName: 'ann/backup' };
    assert.deepEqual(entityRef('Events:ann/backup'), { kind: 'entry', ...entry });
    const execution = { kind: 'uow', ...entry, timeperiod: '20150601001500', run: '1' };
    assert.deepEqual(entityRef('Events:ann/backup/20150601001500#1'), execution);
    const byHand = { ...execution, timeperiod: 'by-hand', run: 'a/b:c#d' };
    assert.deepEqual(entityRef('Events:ann/backup/by-hand#a/b:c#d'), byHand);
  });

  it('are nothing else', () => {
    for (const text of ['', '/', 'A/', 'A:', ':e', 'A/x/y', 'A:e/f/20150601001500', 'A#1', 'A/2015060100#'])
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

  const subject = (given: CommandRecord['arguments']): string[] => {
    const { processName, belongsTo, entity } = commandSubject(given);
    return [processName, belongsTo, entity].map((text) => text ?? '-');
  };

  it('of commands are those on a process, a job or an entry', () => {
    assert.deepEqual(subject({ processName: 'A' }), ['A', '', 'A']);
    const job = 'A/2015060100';
    assert.deepEqual(subject({ processName: 'A', timeperiod: '2015060100' }), ['A', job, job]);
    assert.deepEqual(subject({ processName: 'A', entryName: 'e' }), ['A', 'A:e', 'A:e']);
    assert.deepEqual(subject({ timeperiod: '2015060100' }), ['', '', '/2015060100']);
    assert.deepEqual(subject({ processName: 7 }), ['', '', '']);
    const backup = 'Events:ann/backup';
    assert.deepEqual(subject({ owner: 'ann', triggerId: 'backup' }), ['Events', backup, backup]);
    assert.deepEqual(subject({ owner: 'ann', secretName: 'billing' }), ['Events', '', 'Events:ann/']);
  });

  it('of commands on a unit of work are those of its job, entry and process too', () => {
    const [unit, ofEntry] = ['A/2015060100#2', 'A:e/20150601001500#1'];
    assert.deepEqual(subject({ uowId: unit }), ['A', 'A/2015060100', unit]);
    assert.deepEqual(subject({ uowId: ofEntry }), ['A', 'A:e', ofEntry]);
  });

  it('finds commands by the field that holds such a key', () => {
    assert.deepEqual(['A', 'A:e', 'A/2015060100', 'A/2015060100#2', 'A/x/y'].map(subjectField), [
      'processName',
      'belongsTo',
      'belongsTo',
      'entity',
      'entity',
    ]);
  });
});
