import assert from 'node:assert/strict';
import fc from 'fast-check';
import { verdictAtClaim, verdictOf, verdictOfTest } from '../../../domain/event/verdict.ts';
import type { Receipt } from '../../../domain/event/verdict.ts';

const noon = Date.UTC(2027, 0, 31, 12);
const policy = { attempts: 10, delay: 1000, maxDelay: 60_000 };
const time = { now: noon, expiresAt: noon + 300_000 };
const bad: Receipt = { ok: false, retry: true, summary: '503 in 41 ms' };
const terms = { attempt: 1, policy, random: 0 };

describe('the verdict on an attempt', () => {
  it('is success, whatever the time', () => {
    const receipt = { ok: true, retry: false, summary: '204' };
    assert.deepEqual(verdictOf(receipt, { ...terms, attempt: 10 }, { now: noon, expiresAt: noon - 1 }), {
      is: 'success',
    });
  });

  it('is a retry after a delay that doubles to its maximum, less up to a fifth', () => {
    const delayAt = (attempt: number, random: number): unknown => {
      const verdict = verdictOf(bad, { attempt, policy, random }, time);
      return verdict.is === 'retry' && verdict.counts && verdict.at - noon;
    };
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempt) => delayAt(attempt, 0)),
      [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000],
    );
    assert.equal(delayAt(1, 0.5), 900);
  });

  it('is a retry after what the target asked for, when that is longer', () => {
    const at = (retryAfter: number): unknown => {
      const verdict = verdictOf({ ...bad, retryAfter }, terms, time);
      return verdict.is === 'retry' && verdict.at - noon;
    };
    assert.deepEqual([at(30_000), at(10), at(300_000)], [30_000, 1000, 300_000]);
  });

  it('is failure where a retry would come after the deadline', () => {
    const because = 'no time for another try: 503 in 41 ms';
    for (const [retryAfter, expiresAt] of [
      [300_001, time.expiresAt],
      [0, noon + 999],
    ] as const) {
      assert.deepEqual(verdictOf({ ...bad, retryAfter }, terms, { now: noon, expiresAt }), {
        is: 'failed',
        because,
        pause: false,
      });
    }
  });

  it('is failure after the last attempt, and where no other may fare better', () => {
    assert.deepEqual(verdictOf(bad, { ...terms, attempt: 10 }, time), {
      is: 'failed',
      because: 'gave up after 10 attempts: 503 in 41 ms',
      pause: false,
    });
    assert.deepEqual(verdictOf({ ...bad, retry: false }, terms, time), {
      is: 'failed',
      because: '503 in 41 ms',
      pause: false,
    });
  });

  it('pauses the trigger of a target that is gone', () => {
    assert.deepEqual(verdictOf({ ok: false, retry: false, gone: true, summary: '410 Gone' }, terms, time), {
      is: 'failed',
      because: '410 Gone',
      pause: true,
    });
  });

  it('lets a delivery wait whose host is busy, which is no attempt, until its deadline', () => {
    const busy = { ok: false, retry: true, busy: true, summary: 'busy' };
    const wait = { is: 'retry', at: noon + 1000, because: 'busy', counts: false };
    assert.deepEqual(verdictOf(busy, { ...terms, attempt: 99 }, time), wait);
    assert.deepEqual(verdictOf({ ...busy, retryAfter: 4000 }, terms, { now: noon, expiresAt: noon + 9000 }), {
      ...wait,
      at: noon + 4000,
    });
    assert.deepEqual(verdictOf({ ...busy, retryAfter: 8500 }, terms, { now: noon, expiresAt: noon + 9000 }), {
      ...wait,
      at: noon + 8000,
    });
    const late = { now: noon, expiresAt: noon + 999 };
    assert.deepEqual(verdictOf(busy, terms, late), { is: 'expired', because: 'busy' });
    assert.deepEqual(verdictOf(busy, { ...terms, attempt: 2 }, late), {
      is: 'failed',
      because: 'no time for another try: busy',
      pause: false,
    });
  });

  it('never has an attempt begin after the deadline, too early or beyond their number', () => {
    const receipts = fc.record({
      ok: fc.boolean(),
      retry: fc.boolean(),
      gone: fc.boolean(),
      busy: fc.boolean(),
      retryAfter: fc.nat(600_000),
      summary: fc.constant('answer'),
    });
    const policies = fc.record({
      attempts: fc.integer({ min: 1, max: 20 }),
      delay: fc.nat(10_000),
      maxDelay: fc.nat(100_000),
    });
    const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const attempts = fc.integer({ min: 1, max: 25 });
    fc.assert(
      fc.property(
        receipts,
        policies,
        randoms,
        attempts,
        fc.integer({ min: -1000, max: 600_000 }),
        (...given) => {
          const [receipt, own, random, attempt, left] = given;
          const expiresAt = noon + left;
          const verdict = verdictOf(receipt, { attempt, policy: own, random }, { now: noon, expiresAt });
          assert.equal(verdict.is === 'success', receipt.ok);
          assert.equal(verdict.is === 'failed' && verdict.pause, receipt.gone && !receipt.ok);
          if (verdict.is === 'expired') assert.ok(receipt.busy && attempt === 1);
          if (verdict.is !== 'retry') return;
          assert.ok(verdict.at <= expiresAt && verdict.at >= noon);
          assert.equal(verdict.counts, !receipt.busy);
          if (receipt.busy) return assert.ok(verdict.at >= noon + 1000);
          assert.ok(receipt.retry && attempt < own.attempts);
          assert.ok(verdict.at - noon >= receipt.retryAfter);
          const longest = Math.max(receipt.retryAfter, own.maxDelay);
          assert.ok(verdict.at - noon <= longest);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('the verdict on a test', () => {
  const summary = '410 in 7 ms';
  it('is what its only attempt got, and pauses nothing', () => {
    assert.deepEqual(verdictOfTest({ ok: true, retry: false, summary }, terms, time), { is: 'success' });
    for (const receipt of [bad, { ok: false, retry: false, gone: true, summary: bad.summary }]) {
      const failed = { is: 'failed', because: bad.summary, pause: false };
      assert.deepEqual(verdictOfTest(receipt, terms, time), failed);
    }
  });

  it('lets it wait whose host is busy', () => {
    const busy = { ok: false, retry: true, busy: true, summary };
    assert.equal(verdictOfTest(busy, terms, time).is, 'retry');
  });
});

describe('the verdict at the claim', () => {
  it('lets an attempt begin up to the deadline', () => {
    assert.equal(verdictAtClaim(1, { now: noon, expiresAt: noon }, null), undefined);
  });

  it('is expired later, where no attempt was begun', () => {
    assert.deepEqual(verdictAtClaim(1, { now: noon + 250, expiresAt: noon }, null), {
      is: 'expired',
      because: 'could have begun until 12:00:00, a worker was there at 12:00:00.250',
    });
    assert.deepEqual(verdictAtClaim(1, { now: noon, expiresAt: noon - 86_400_000 }, null), {
      is: 'expired',
      because: 'could have begun until 2027-01-30 12:00:00, a worker was there at 12:00:00',
    });
  });

  it('is failed where one was', () => {
    const late = 'it could have begun until 12:00:00, a worker was there at 12:00:01';
    const failed = (because: string) => ({ is: 'failed', because, pause: false });
    const at = { now: noon + 1000, expiresAt: noon };
    assert.deepEqual(verdictAtClaim(2, at, '503'), failed(`no time for another try: ${late}; last: 503`));
    assert.deepEqual(
      verdictAtClaim(2, at, null),
      failed(`no time for another try: ${late}; last: no answer`),
    );
  });
});
