import assert from 'node:assert/strict';
import { afterExit, afterStart, newService } from '../../supervisor/service-state.ts';
import type { Exit, ServiceState } from '../../supervisor/service-state.ts';
import { exitMessage } from '../../supervisor/exit-message.ts';

const exit: Exit = { how: 'exit code 1', outage: false, held: 0 };

/** What is said after as many exits as there are, one right after the other. */
const lineAfter = (...exits: readonly Exit[]): string | undefined => {
  const service = exits.reduce<ServiceState>(
    (state, each) => afterExit(afterStart(state, 0), 0, each),
    newService,
  );
  return exitMessage('worker', service, exits.at(-1) ?? exit, 0);
};

describe('the line about the end of a service', () => {
  it('says how it ended and when it is started again', () => {
    assert.equal(lineAfter(exit), 'worker ended (exit code 1); it is started again at once');
    assert.equal(lineAfter(exit, exit, exit), 'worker ended (exit code 1); it is started again in 2 s');
  });

  it('says what it had in hand', () => {
    const line = (held: number): string | undefined => lineAfter({ ...exit, held });
    assert.equal(
      line(1),
      'worker ended (exit code 1) with 1 unit of work in hand; it is started again at once',
    );
    assert.equal(
      line(4),
      'worker ended (exit code 1) with 4 units of work in hand; it is started again at once',
    );
  });

  it('says what it waits for, and what to do when it fails too often', () => {
    assert.equal(lineAfter({ ...exit, how: 'no broker', outage: true }), 'worker waits: no broker');
    assert.equal(
      lineAfter(exit, exit, exit, exit, exit),
      'worker failed 5 times within a minute (exit code 1): from now on it is tried once a minute; see its log, then: synergy super start worker',
    );
  });

  it('is not said of one that was asked to stop', () => {
    assert.equal(exitMessage('worker', { ...newService, phase: 'stopped' }, exit, 0), undefined);
  });
});
