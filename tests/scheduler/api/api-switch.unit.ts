import assert from 'node:assert/strict';
import type { ApiFor, SchedulerApi } from '../../../scheduler/api/api.ts';
import { createApiSwitch } from '../../../scheduler/api/api-switch.ts';
import type { LiveEvent } from '../../../scheduler/api/live-event.ts';

/** As much of an interface as is asked for here. */
const pieceOf = (name: string) => {
  const listeners = new Set<(event: LiveEvent) => void>();
  let sequence = 0;
  const apiFor = (() => ({
    freerunProcesses: () => [name],
    subscribe: (listener: (event: LiveEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  })) as unknown as ApiFor;
  const tell = (): void => {
    for (const listener of listeners) listener({ sequence: ++sequence, topic: 'jobs', changed: [] });
  };
  return { apiFor, tell, listeners };
};

describe('an interface that goes over to another scheduler', () => {
  const request = { actor: 'ann', signal: new AbortController().signal };
  const apiOf = (apiFor: ApiFor): SchedulerApi => apiFor(request);

  it('asks the one that it was told of last', () => {
    const [standby, leader] = [pieceOf('standby'), pieceOf('leader')];
    const over = createApiSwitch(standby.apiFor);
    assert.deepEqual(apiOf(over.apiFor).freerunProcesses(), ['standby']);
    over.to(leader.apiFor);
    assert.deepEqual(apiOf(over.apiFor).freerunProcesses(), ['leader']);
  });

  it('tells those who listen of both, with numbers that rise, and of the first no more', () => {
    const [standby, leader] = [pieceOf('standby'), pieceOf('leader')];
    const over = createApiSwitch(standby.apiFor);
    const heard: number[] = [];
    const stop = apiOf(over.apiFor).subscribe(({ sequence }) => heard.push(sequence));
    standby.tell();
    standby.tell();
    over.to(leader.apiFor);
    standby.tell();
    leader.tell();
    assert.deepEqual(heard, [1, 2, 3]);
    assert.equal(standby.listeners.size, 0);
    stop();
    leader.tell();
    assert.deepEqual(heard, [1, 2, 3]);
  });
});
