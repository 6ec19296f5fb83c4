import assert from 'node:assert/strict';
import { brokenOff, givenBack } from '../../../domain/model/given-back.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { endOfRun, giveBack, runPolicy } from '../../../domain/strategy/end-of-run.ts';
import type { RunResult } from '../../../domain/strategy/end-of-run.ts';
import { attemptsOf } from '../../../domain/strategy/retry-delay.ts';

const NOW = 10;
const policy = { retry: { delay: 1000, maxDelay: 60_000, maxAttempts: 3 }, maxCrashes: 3, maxLost: 4 };
const uow = { id: 'u', attempt: 2, token: 't', crashes: 0, released: null, createdAt: 5 } as UowRecord;
const failed: RunResult = { event: 'fail', processed: 1, aggregated: 2, error: 'no' };
const crashed: RunResult = { ...failed, error: 'it died', crashed: true };
const stopped: RunResult = { event: 'repost', processed: 0, aggregated: 0, error: brokenOff };

const end = (result: RunResult, more: Partial<UowRecord> = {}, random = 0) =>
  endOfRun({ ...uow, ...more }, result, policy, { now: NOW, random });

describe('the end of a run', () => {
  it('is reported with attempt and token, and without a retry of what is done', () => {
    for (const event of ['complete', 'empty', 'cancel'] as const)
      assert.deepEqual(end({ event, processed: 1, aggregated: 2, error: null }), {
        id: 'u',
        attempt: 2,
        token: 't',
        event,
        processed: 1,
        aggregated: 2,
        error: null,
        retryAt: null,
      });
    assert.equal(end(failed, { token: null }).token, '');
  });

  it('says after a failure when to try again: after the delay for the attempts that count, or at once', () => {
    assert.deepEqual(end(failed), { ...failed, id: 'u', attempt: 2, token: 't', retryAt: NOW + 2000 });
    assert.equal(end(failed, {}, 0.5).retryAt, NOW + 1800);
    assert.equal(end(failed, { released: { attempt: 1, at: 5 } }).retryAt, NOW + 1000);
    assert.equal(end({ ...failed, retryNow: true }).retryAt, NOW);
  });

  it('leaves it to the run to say when to try again, and that the attempt does not count', () => {
    assert.equal(end({ ...failed, retryAt: 77 }).retryAt, 77);
    assert.deepEqual(end({ ...failed, retryAt: 77, uncounted: false }).released, undefined);
    assert.deepEqual(end({ ...failed, retryAt: 77, uncounted: true }), {
      ...failed,
      ...{ id: 'u', attempt: 2, token: 't', retryAt: 77, released: { attempt: 1, at: 5 } },
    });
  });

  it('gives the unit back after a crash and counts, then quarantines it', () => {
    const after = (crashes: number, result = crashed) => {
      const { event, error, retryAt, crashes: counted, released } = end(result, { crashes });
      return [event, error, retryAt, counted, released];
    };
    assert.deepEqual(after(0), ['repost', 'it died', null, 1, undefined]);
    assert.deepEqual(after(1), ['repost', 'it died', null, 2, undefined]);
    assert.deepEqual(after(2), ['fail', 'poison: 3 crashes in a row, last: it died', null, 3, undefined]);
    assert.deepEqual(after(0, { ...crashed, error: null })[1], 'no reason given');
  });

  it('allows for more crashes where a lease was lost', () => {
    const lapsed = { ...crashed, error: 'cut off', lapsed: true };
    const after = (crashes: number) => {
      const { event, error, crashes: counted } = end(lapsed, { crashes });
      return [event, error, counted];
    };
    assert.deepEqual(after(2), ['repost', 'cut off', 3]);
    assert.deepEqual(after(3), ['fail', 'poison: 4 crashes in a row, last: cut off', 4]);
  });

  it('counts neither a crash nor the attempt where the worker was stopped', () => {
    const first = end(stopped, { crashes: 2, attempt: 5 });
    assert.deepEqual(
      [first.event, first.error, first.crashes, first.released],
      ['repost', brokenOff, 2, { attempt: 1, at: 5 }],
    );
    const { released } = end(stopped, { released: first.released ?? null });
    assert.deepEqual(released, { attempt: 2, at: 5 });
    assert.equal(attemptsOf({ attempt: 5, released }), 3);
    assert.deepEqual(giveBack(uow, givenBack), end({ ...stopped, error: givenBack }));
  });

  it('goes by the policy of its process: handlers may lose more leases', () => {
    const { retry } = policy;
    const handler = { kind: 'handler', module: 'm', exportName: 'default', isolation: 'host' } as const;
    assert.deepEqual(runPolicy({ retry, worker: handler }, 3), { retry, maxCrashes: 3, maxLost: 9 });
    assert.deepEqual(runPolicy({ retry, worker: { kind: 'external' } }, 3), {
      retry,
      maxCrashes: 3,
      maxLost: 3,
    });
  });
});
