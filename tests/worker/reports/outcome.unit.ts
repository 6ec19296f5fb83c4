import assert from 'node:assert/strict';
import fc from 'fast-check';
import { brokenOff } from '../../../domain/model/given-back.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { attemptsOf } from '../../../domain/strategy/retry.ts';
import { errorLine } from '../../../worker/output/error-text.ts';
import {
  completed,
  crashed,
  failed,
  lapsed,
  readHandlerResult,
  returned,
  toReport,
} from '../../../worker/reports/outcome.ts';

describe('what a handler returns', () => {
  const counts = { processed: 5, aggregated: 2 };

  it('is read as an outcome', () => {
    const none = { processed: 0, aggregated: 0 };
    assert.deepEqual(readHandlerResult(undefined), { event: 'complete', ...none, error: null });
    assert.deepEqual(readHandlerResult(null), { event: 'complete', ...none, error: null });
    assert.deepEqual(readHandlerResult({}), { event: 'complete', ...none, error: null });
    assert.deepEqual(readHandlerResult(counts), { event: 'complete', ...counts, error: null });
    assert.deepEqual(readHandlerResult({ ...counts, outcome: 'noop' }), {
      event: 'empty',
      ...counts,
      error: null,
    });
    assert.equal(readHandlerResult({ outcome: 'cancel' }).event, 'cancel');
  });

  it('is a failure that shows it, when it is something else', () => {
    const wrong = [
      5,
      'done',
      true,
      { processed: -1 },
      { processed: 1.5 },
      { aggregated: '3' },
      { outcome: 'ok' },
    ];
    for (const result of wrong) {
      const { event, error } = readHandlerResult(result);
      assert.equal(event, 'fail');
      assert.match(error ?? '', /^the handler returned .+: expected nothing, or /);
    }
  });

  it('never throws, nor yields counts that are none', () => {
    fc.assert(
      fc.property(fc.anything(), (result) => {
        const { processed, aggregated } = readHandlerResult(result);
        assert.ok(Number.isSafeInteger(processed) && processed >= 0);
        assert.ok(Number.isSafeInteger(aggregated) && aggregated >= 0);
      }),
    );
  });
});

describe('a report', () => {
  const uow = { id: 'u', attempt: 2, token: 't' } as UowRecord;
  const terms = {
    retry: { delay: 1000, maxDelay: 60_000, maxAttempts: 3 },
    maxCrashes: 3,
    maxLost: 4,
    now: 10,
  };

  it('carries attempt and token, and no retry of what is done', () => {
    assert.deepEqual(toReport(uow, completed({ processed: 1, aggregated: 2 }), terms), {
      id: 'u',
      attempt: 2,
      token: 't',
      event: 'complete',
      processed: 1,
      aggregated: 2,
      error: null,
      retryAt: null,
    });
  });

  it('of a failure says when to try again: after the delay, or at once', () => {
    const { retryAt } = toReport(uow, failed('no'), terms);
    assert.ok((retryAt ?? 0) > 10 + 1600 - 1 && (retryAt ?? 0) <= 10 + 2000);
    assert.equal(toReport(uow, { ...failed('no'), retryNow: true }, terms).retryAt, 10);
  });
});

describe('a report of a crash', () => {
  const terms = {
    retry: { delay: 1000, maxDelay: 1000, maxAttempts: 1 },
    maxCrashes: 3,
    maxLost: 4,
    now: 10,
  };
  const after = (crashes: number, outcome = crashed('it died')) => {
    const uow = { id: 'u', attempt: 1, token: 't', crashes, released: null, createdAt: 5 } as UowRecord;
    const { event, error, retryAt, crashes: counted } = toReport(uow, outcome, terms);
    return [event, error, retryAt, counted];
  };

  it('gives the unit back and counts, then sets it aside', () => {
    assert.deepEqual(after(0), ['repost', 'it died', null, 1]);
    assert.deepEqual(after(1), ['repost', 'it died', null, 2]);
    assert.deepEqual(after(2), ['fail', 'poison: 3 crashes in a row, last: it died', null, 3]);
  });

  it('counts nothing where the worker was stopped', () => {
    assert.deepEqual(after(2, returned), ['repost', brokenOff, null, 2]);
  });

  it('counts the attempt, unless the worker was stopped', () => {
    const uow = { id: 'u', attempt: 5, token: 't', crashes: 0, released: null, createdAt: 5 } as UowRecord;
    assert.equal(toReport(uow, crashed('it died'), terms).released, undefined);
    const { released = null } = toReport(uow, returned, terms);
    assert.deepEqual(released, { attempt: 1, at: 5 });
    assert.deepEqual(toReport({ ...uow, released }, returned, terms).released, { attempt: 2, at: 5 });
    assert.equal(attemptsOf({ attempt: 5, released: { attempt: 2, at: 5 } }), 3);
  });

  it('allows for more of them where a lease was lost', () => {
    assert.deepEqual(after(2, lapsed('cut off')), ['repost', 'cut off', null, 3]);
    assert.deepEqual(after(3, lapsed('cut off')), [
      'fail',
      'poison: 4 crashes in a row, last: cut off',
      null,
      4,
    ]);
  });
});

describe('an error in one line', () => {
  it('shows whatever was thrown', () => {
    assert.equal(errorLine(new TypeError('x is not y\nsee z')), 'TypeError: x is not y');
    assert.equal(errorLine({ code: 5 }), '{ code: 5 }');
    assert.equal(errorLine(undefined), 'undefined');
  });
});
