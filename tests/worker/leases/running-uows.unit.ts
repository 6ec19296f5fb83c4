import assert from 'node:assert/strict';
import type { UowRecord } from '../../../domain/model/record.ts';
import type { Outcome } from '../../../worker/reports/outcome.ts';
import { completed } from '../../../worker/reports/outcome.ts';
import { createLeaseBoard } from '../../../worker/leases/lease-board.ts';
import type { AbortReason } from '../../../worker/run-uow.ts';
import { createRunningUows } from '../../../worker/leases/running-uows.ts';
import { memoryLogger } from '../memory-logger.ts';

const LEASE = 60_000;
const START = 1_000_000;

/** What ends the runs of a test. */
const ends: (() => void)[] = [];

const runOf = (id: string, attempt = 1) => {
  const reasons: AbortReason[] = [];
  let end: (outcome: Outcome) => void = () => undefined;
  const outcome = new Promise<Outcome>((resolve) => (end = resolve));
  const uow = { id, attempt } as UowRecord;
  ends.push(() => end(completed()));
  return {
    uow,
    outcome,
    reasons,
    end: () => end(completed()),
    abort: (reason: AbortReason) => reasons.push(reason),
  };
};

describe('running units', () => {
  const board = createLeaseBoard();
  const logger = memoryLogger();
  let now = START;
  const create = () => createRunningUows({ board, timings: { lease: LEASE }, logger, stopwatch: () => now });

  // A run that goes on has its lease watched by a timer, which would keep the process of the tests.
  afterEach(() => ends.splice(0).forEach((end) => end()));
  const claimIn = (round: number) => ({ round, at: START });

  it('are aborted when a renewal that began after their claim does not list them', () => {
    const running = create();
    const [kept, lost, fresh] = [runOf('kept'), runOf('lost'), runOf('fresh')];
    running.add(kept, claimIn(4));
    running.add(lost, claimIn(4));
    running.add(fresh, claimIn(5));
    running.renewed({ round: 5, ids: ['kept', 'of nobody here'] });
    assert.deepEqual([kept.reasons, lost.reasons, fresh.reasons], [[], ['unowned'], []]);
    running.renewed({ round: 6, ids: ['kept'] });
    assert.deepEqual(fresh.reasons, ['unowned']);
  });

  it('are aborted when their unit was lost and claimed again between two renewals', async () => {
    const running = create();
    const [older, newer] = [runOf('unit', 1), runOf('unit', 2)];
    running.add(older, claimIn(0));
    running.add(newer, claimIn(0));
    assert.deepEqual([older.reasons, newer.reasons], [['unowned'], []]);
    older.end();
    await older.outcome;
    const third = runOf('unit', 3);
    running.add(third, claimIn(0));
    assert.deepEqual([newer.reasons, third.reasons], [['unowned'], []]);
  });

  it('are aborted when their lease is over, counted from when the claim or the last renewal since was sent', () => {
    const running = create();
    const reasonsAfter = (ms: number, round: number): AbortReason[] => {
      now = START + ms;
      const run = runOf(`unit ${ms}`);
      running.add(run, claimIn(round));
      run.end();
      return run.reasons;
    };
    board.renewed({ round: 7, at: START + 500 });
    assert.deepEqual(reasonsAfter(LEASE - 1, 7), []);
    assert.deepEqual(reasonsAfter(LEASE, 7), ['lapsed']);
    assert.deepEqual(reasonsAfter(LEASE + 499, 6), []);
    assert.deepEqual(reasonsAfter(LEASE + 500, 6), ['lapsed']);
    assert.deepEqual(
      logger.lines.map(({ message, fields }) => [message, fields['uow']]),
      [LEASE, LEASE + 500].map((ms) => [
        'a run is aborted whose lease could not be renewed in time',
        `unit ${ms}`,
      ]),
    );
    now = START;
  });

  it('are all told when the worker stops, and forgotten when they end', async () => {
    const running = create();
    const [first, second] = [runOf('one'), runOf('two')];
    running.add(first, claimIn(0));
    running.add(second, claimIn(0));
    running.abortAll('stopping');
    assert.deepEqual([first.reasons, second.reasons], [['stopping'], ['stopping']]);
    first.end();
    await first.outcome;
    assert.equal(running.count(), 1);
    second.end();
    await running.none();
    assert.equal(running.count(), 0);
  });
});
