import assert from 'node:assert/strict';
import { isUserActor, isWorkerActor, userActor, workerActor } from '../../../domain/model/actor.ts';

describe('actors of the journal', () => {
  it('are told apart by their kind, whatever their name', () => {
    const actors = [userActor('worker x'), workerActor('user x'), 'scheduler', 'collector', 'workers'];
    assert.deepEqual(actors.map(isUserActor), [true, false, false, false, false]);
    assert.deepEqual(actors.map(isWorkerActor), [false, true, false, false, false]);
    assert.deepEqual(actors.slice(0, 2), ['user worker x', 'worker user x']);
  });
});
