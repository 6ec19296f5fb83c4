import assert from 'node:assert/strict';

import { jobStates } from '../../../domain/machine/job-machine.ts';
import { isJobFinished, jobStateCode } from '../../../domain/machine/transition.ts';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import {
  countStandings,
  failingOf,
  isFailing,
  isQuarantined,
  isRetrying,
  standingCode,
  standingOf,
  standings,
  unitStandingOf,
  worstFailure,
} from '../../../domain/timetable/standing.ts';

describe('the standing of a job', () => {
  it('is its state while its unit of work has not failed, or there is none', () => {
    for (const state of jobStates) {
      assert.equal(standingOf(state, undefined), state);
      for (const unit of uowStates.filter((one) => one !== 'INVALID'))
        assert.equal(standingOf(state, { state: unit, retryAt: null }), state);
    }
  });

  it('is RETRYING or QUARANTINED while it has, but for a finished job', () => {
    for (const state of jobStates) {
      const finished = isJobFinished(state);
      assert.equal(standingOf(state, { state: 'INVALID', retryAt: 0 }), finished ? state : 'RETRYING');
      assert.equal(standingOf(state, { state: 'INVALID', retryAt: null }), finished ? state : 'QUARANTINED');
    }
  });

  it('has a code of its own, that of the state where it is one', () => {
    assert.deepEqual(
      standings.map(standingCode),
      standings.map((_, code) => code),
    );
    for (const state of jobStates) assert.equal(standingCode(state), jobStateCode(state));
  });
});

describe('the standing of a unit of work', () => {
  it('tells INVALID apart', () => {
    for (const state of uowStates.filter((one) => one !== 'INVALID')) {
      assert.equal(unitStandingOf({ state, retryAt: null }), state);
      for (const retryAt of [null, 1])
        assert.ok(!isQuarantined({ state, retryAt }) && !isRetrying({ state, retryAt }));
    }
    // The epoch is an instant as any other.
    assert.ok(
      isRetrying({ state: 'INVALID', retryAt: 0 }) && isQuarantined({ state: 'INVALID', retryAt: null }),
    );
    assert.equal(unitStandingOf({ state: 'INVALID', retryAt: 1 }), 'RETRYING');
    assert.equal(unitStandingOf({ state: 'INVALID', retryAt: null }), 'QUARANTINED');
  });
});

describe('counts by standing', () => {
  it('know how many fail', () => {
    assert.deepEqual(standings.filter(isFailing), ['RETRYING', 'QUARANTINED']);
    assert.equal(failingOf(countStandings(standingCode)), 6 + 7);
  });

  it('know the worst failure', () => {
    const counts = (failed: readonly string[]) =>
      countStandings((standing) => (failed.includes(standing) ? 1 : 0));
    assert.equal(worstFailure(counts(['RETRYING', 'QUARANTINED', 'EMBRYO'])), 'QUARANTINED');
    assert.equal(worstFailure(counts(['RETRYING', 'EMBRYO'])), 'RETRYING');
    assert.equal(worstFailure(counts(['EMBRYO'])), undefined);
  });
});
