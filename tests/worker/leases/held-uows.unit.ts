import assert from 'node:assert/strict';
import type { UowRecord } from '../../../domain/model/record.ts';
import { HeldUows } from '../../../worker/leases/held-uows.ts';
import { createLeaseBoard } from '../../../worker/leases/lease-board.ts';
import type { Outcome } from '../../../worker/reports/outcome.ts';
import { completed } from '../../../worker/reports/outcome.ts';
import type { AbortReason } from '../../../worker/run-uow.ts';
import { memoryLogger } from '../memory-logger.ts';

const LEASE = 60_000;
const START = 1_000_000;

const setUp = (gather = 0) => {
  const board = createLeaseBoard();
  const logger = memoryLogger();
  const watch = { now: START };
  const held = new HeldUows({ board, timings: { lease: LEASE, gather }, logger, stopwatch: () => watch.now });
  return { board, held, logger, watch };
};

const uows = (...ids: readonly string[]): UowRecord[] => ids.map((id) => ({ id }) as UowRecord);
/** A store that answers these units. */
const answering =
  (...ids: readonly string[]) =>
  (): Promise<UowRecord[]> =>
    Promise.resolve(uows(...ids));
const unanswered = (): Promise<never> => Promise.reject(new Error('timed out'));
const listing = (...ids: readonly string[]) => ({ round: 1, ids });

describe('what a worker host holds', () => {
  it('counts until the report was answered', async () => {
    const { board, held } = setUp();
    const claiming = held.hold(['a', 'b', 'c'], answering('a', 'c'));
    assert.equal(board.held(), 0);
    assert.deepEqual((await claiming).units, uows('a', 'c'));
    assert.equal(board.held(), 2);
    held.answered('a');
    held.answered('c');
    assert.equal(board.held(), 0);
  });

  it('dates a claim from when it was sent, in the round of renewals at which it was answered', async () => {
    const { board, held, watch } = setUp();
    const { claim } = await held.hold(['a'], () => {
      watch.now += 5;
      board.nextRound();
      return answering('a')();
    });
    assert.deepEqual(claim, { at: START, round: 1 });
    assert.equal(held.left(claim), LEASE - 5);
  });

  it('knows a unit from the moment it asks for it', async () => {
    const { held } = setUp();
    const listed = (): readonly string[] => (held.renewed(listing('a')), held.renewed(listing('a')));
    const claiming = held.hold(['a'], answering('a'));
    assert.deepEqual(listed(), []);
    await claiming;
    // Rung for twice: the second claim is not won, and it is still held.
    await held.hold(['a', 'a'], answering());
    assert.deepEqual(listed(), []);
    held.answered('a');
    assert.deepEqual(listed(), ['a']);
  });

  it('takes for an orphan what two renewals in a row list and the host does not know of', () => {
    const { held } = setUp();
    assert.deepEqual(held.renewed(listing('a', 'b')), []);
    assert.deepEqual(held.renewed(listing('b')), ['b']);
    assert.deepEqual(held.renewed(listing()), []);
    assert.deepEqual(held.renewed(listing('b')), [], 'a report was answered meanwhile, twice');
    assert.deepEqual(held.renewed(listing('b')), ['b']);
    assert.deepEqual(held.renewed(listing('b')), [], 'its return may have been answered meanwhile');
  });

  it('keeps the heart beating after a claim without an answer, until it would have told of an orphan', async () => {
    const { board, held } = setUp();
    await assert.rejects(held.hold(['a'], unanswered), /timed out/);
    const heard = [[], ['a'], ['a']].map((listed) => [board.held(), held.renewed(listing(...listed))]);
    assert.deepEqual(heard, [
      [1, []],
      [1, []],
      [1, ['a']],
    ]);
    assert.equal(board.held(), 0);
    await assert.rejects(held.hold(['b'], unanswered));
    held.renewed(listing());
    await assert.rejects(held.hold(['b'], unanswered));
    for (let renewal = 0; renewal < 3; renewal++) {
      assert.equal(board.held(), 1);
      held.renewed(listing());
    }
    assert.equal(board.held(), 0);
  });
});

describe('the slots of a process', () => {
  const never = new AbortController().signal;
  const claimed = async (concurrency: number, ...ids: readonly string[]) => {
    const { held, board } = setUp();
    const slots = held.slots(concurrency, never);
    await slots.hold(ids, answering(...ids));
    return { slots, board };
  };

  it('are taken by running units, and twice as many may be held', async () => {
    const { slots, board } = await claimed(2, 'a', 'b');
    assert.equal(slots.free(), 0);
    slots.ended(2);
    assert.equal(slots.free(), 2, 'their reports are under way');
    await slots.hold(['c', 'd', 'e'], answering('c', 'd'));
    slots.ended(2);
    assert.equal(slots.free(), 0, 'four are held');
    slots.answered('a');
    assert.deepEqual([slots.free(), board.held()], [1, 3]);
  });

  it('stay free when a claim is not answered', async () => {
    const slots = setUp().held.slots(1, never);
    await assert.rejects(slots.hold(['a'], unanswered), /timed out/);
    assert.equal(slots.free(), 1);
  });

  it('let the waiting go on as soon as one is free', async () => {
    const slots = setUp().held.slots(1, never);
    await slots.room();
    await slots.hold(['a'], answering('a'));
    let room = false;
    const waiting = slots.room().then(() => (room = true));
    await Promise.resolve();
    assert.equal(room, false);
    slots.ended(1);
    await waiting;
    await slots.hold(['b'], answering('b'));
    slots.ended(1);
    const next = slots.room();
    slots.answered('a');
    await next;
  });

  it('are waited for a moment where most are taken, so that one claim takes several', async () => {
    const slots = setUp(5).held.slots(4, never);
    await slots.hold(['a', 'b', 'c'], answering('a', 'b', 'c'));
    const waiting = slots.room();
    slots.ended(2);
    await waiting;
    assert.equal(slots.free(), 3);
    const calm = slots.room();
    const late = setTimeout(() => assert.fail('half of them are free'), 0);
    await calm;
    clearTimeout(late);
  });

  it('do not keep waiting who is stopped', async () => {
    const stop = new AbortController();
    const slots = setUp().held.slots(1, stop.signal);
    await slots.hold(['a'], answering('a'));
    const waiting = slots.room();
    stop.abort();
    await waiting;
    await slots.room();
  });
});

/** What ends the runs of a test. */
const ends: (() => void)[] = [];

const runOf = (id: string, attempt = 1) => {
  const reasons: AbortReason[] = [];
  let end: (outcome: Outcome) => void = () => undefined;
  const outcome = new Promise<Outcome>((resolve) => (end = resolve));
  ends.push(() => end(completed()));
  return {
    uow: { id, attempt } as UowRecord,
    outcome,
    reasons,
    end: () => end(completed()),
    abort: (reason: AbortReason) => reasons.push(reason),
  };
};

describe('running units', () => {
  // A run that goes on has its lease watched by a timer, which would keep the process of the tests.
  afterEach(() => ends.splice(0).forEach((end) => end()));
  const claimIn = (round: number) => ({ round, at: START });

  it('are aborted when a renewal that began after their claim does not list them', () => {
    const { held } = setUp();
    const [kept, lost, fresh] = [runOf('kept'), runOf('lost'), runOf('fresh')];
    held.started(kept, claimIn(4));
    held.started(lost, claimIn(4));
    held.started(fresh, claimIn(5));
    held.renewed({ round: 5, ids: ['kept', 'of nobody here'] });
    assert.deepEqual([kept.reasons, lost.reasons, fresh.reasons], [[], ['unowned'], []]);
    held.renewed({ round: 6, ids: ['kept'] });
    assert.deepEqual(fresh.reasons, ['unowned']);
  });

  it('are aborted when their unit was lost and claimed again between two renewals', async () => {
    const { held } = setUp();
    const [older, other] = [runOf('unit', 1), runOf('other')];
    held.started(older, claimIn(0));
    held.started(other, claimIn(0));
    await held.hold(['unit'], answering());
    assert.deepEqual(older.reasons, [], 'another worker has it');
    const { claim } = await held.hold(['unit'], answering('unit'));
    const newer = runOf('unit', 2);
    held.started(newer, claim);
    assert.deepEqual([older.reasons, newer.reasons, other.reasons], [['unowned'], [], []]);
    assert.equal(held.running, 3);
  });

  it('are aborted when their lease is over, counted from when the claim or the last renewal since was sent', () => {
    const { board, held, logger, watch } = setUp();
    const reasonsAfter = (ms: number, round: number): AbortReason[] => {
      watch.now = START + ms;
      const run = runOf(`unit ${ms}`);
      held.started(run, claimIn(round));
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
  });

  it('are all told when the worker stops, and forgotten when they end', async () => {
    const { held } = setUp();
    const [first, second] = [runOf('one'), runOf('two')];
    held.started(first, claimIn(0));
    held.started(second, claimIn(0));
    held.abortAll('stopping');
    const late = runOf('late');
    held.started(late, claimIn(0));
    assert.deepEqual(
      [first, second, late].map(({ reasons }) => reasons),
      [['stopping'], ['stopping'], ['stopping']],
    );
    first.end();
    late.end();
    await Promise.all([first.outcome, late.outcome]);
    assert.equal(held.running, 1);
    second.end();
    await held.none();
    assert.equal(held.running, 0);
  });
});
