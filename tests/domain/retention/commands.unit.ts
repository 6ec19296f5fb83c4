import assert from 'node:assert/strict';
import { addCommands, mayForget } from '../../../domain/retention/commands.ts';
import type { CommandRecord } from '../../../domain/model/record.ts';

const command: CommandRecord = {
  ...{ id: 'c', kind: 'skip', arguments: {}, actor: 'ann', reason: null },
  ...{ processName: 'A', belongsTo: null, entity: 'A' },
  ...{ createdAt: 10, state: 'done', finishedAt: 20, result: {} },
};

describe('what retention may delete of commands', () => {
  it('is one that was carried out or refused before an instant, and never one that is open', () => {
    assert.ok(mayForget(command, 21));
    assert.ok(!mayForget(command, 20));
    assert.ok(!mayForget({ ...command, state: 'open', finishedAt: null }, 99));
  });

  it('is on record, from when the first was given until the last had ended', () => {
    const first = addCommands(undefined, [command, { ...command, createdAt: 5 }]);
    assert.deepEqual(first, { count: 2, from: 5, to: 20 });
    const late = { ...command, createdAt: 15, finishedAt: 40 };
    assert.deepEqual(addCommands(first, [late]), { count: 3, from: 5, to: 40 });
  });
});
