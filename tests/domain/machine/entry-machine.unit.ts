import assert from 'node:assert/strict';
import { entryState, entryStates, isEntryEdge } from '../../../domain/machine/entry-machine.ts';
import type { EntryEvent } from '../../../domain/machine/entry-machine.ts';

/** Where an event leads from each state, and from nothing; what is not there is refused. */
const edges: Readonly<Record<EntryEvent, Readonly<Record<string, readonly string[]>>>> = {
  create: { null: ['ON', 'OFF'], REMOVED: ['ON', 'OFF'] },
  change: { ON: ['ON'], OFF: ['OFF'] },
  fire: { ON: ['ON'], OFF: ['OFF'] },
  owe: { ON: ['ON'], OFF: ['OFF'] },
  drop: { ON: ['ON'], OFF: ['OFF'] },
  'set-back': { ON: ['ON'], OFF: ['OFF'] },
  'switch-on': { OFF: ['ON'] },
  'switch-off': { ON: ['OFF'] },
  remove: { ON: ['REMOVED'], OFF: ['REMOVED'] },
};

describe('the states of a freerun entry', () => {
  it('follow from its record', () => {
    assert.deepEqual(
      [
        { on: true, removed: false },
        { on: false, removed: false },
        { on: true, removed: true },
      ].map(entryState),
      ['ON', 'OFF', 'REMOVED'],
    );
  });

  for (const [event, targets] of Object.entries(edges)) {
    it(`are changed by ${event} from ${Object.keys(targets).join(', ')} alone`, () => {
      for (const from of [null, ...entryStates])
        assert.deepEqual(
          entryStates.filter((to) => isEntryEdge(from, event as EntryEvent, to)),
          targets[String(from)] ?? [],
          String(from),
        );
    });
  }

  it('are not changed by anything else', () => {
    assert.equal(isEntryEdge('ON', 'complete' as EntryEvent, 'ON'), false);
  });
});
