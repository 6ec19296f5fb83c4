import assert from 'node:assert/strict';
import { processesOn } from '../../boot/worker-process.ts';
import { defineContext, managedProcess } from '../../domain/model/define.ts';

const on = (name: string, ...presentOnBoxes: string[]) =>
  managedProcess({ name, qualifier: 'hourly', identity: true, presentOnBoxes });

const context = defineContext({
  processes: [on('Everywhere', '*'), on('Web', 'web-?'), on('Two', 'db.main', 'web-1'), on('Nowhere')],
});

const names = (boxId: string): string[] => processesOn(context, boxId).map((process) => process.name);

describe('processes of a box', () => {
  it('are those whose globs fit its id', () => {
    assert.deepEqual(names('web-1'), ['Everywhere', 'Web', 'Two']);
    assert.deepEqual(names('web-12'), ['Everywhere']);
    assert.deepEqual(names('db.main'), ['Everywhere', 'Two']);
  });

  it('are found by the whole id, and dots are dots', () => {
    assert.deepEqual(names('dbxmain'), ['Everywhere']);
    assert.deepEqual(names('my-web-1'), ['Everywhere']);
  });
});
