import assert from 'node:assert/strict';
import * as synergy from '../index.ts';

describe('the package', () => {
  it('exports what a process context and its handlers need', () => {
    assert.deepEqual(Object.keys(synergy).sort(), [
      'SynergyError',
      'daemonProcess',
      'defineContext',
      'errorCodes',
      'eventTrigger',
      'freerunProcess',
      'managedProcess',
      'tree',
    ]);
  });
});
