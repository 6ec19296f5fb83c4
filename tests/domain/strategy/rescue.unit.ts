import assert from 'node:assert/strict';
import fc from 'fast-check';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { rescue, dueAt } from '../../../domain/strategy/rescue.ts';
import type { RescueTerms } from '../../../domain/strategy/rescue.ts';
import { canUow } from '../../../domain/machine/transition.ts';
import { freshUow } from '../../support/records.ts';

const NOW = 1_000_000_000;
const care = (more: Partial<RescueTerms> = {}): RescueTerms => ({
  now: NOW,
  on: true,
  rung: false,
  retry: { delay: 30_000, maxDelay: 900_000, maxAttempts: 5 },
  resubmitAfter: 20_000,
  lifeSupport: 3_600_000,
  maxCrashes: 3,
  ...more,
});
const uow = (more: Partial<UowRecord>): UowRecord =>
  freshUow('Work/2015060100#1', { createdAt: NOW - 1_000, ...more });

describe('collect', () => {
  it('rings again for a unit that no worker claimed in time', () => {
    assert.deepEqual(rescue(uow({ state: 'REQUESTED', submittedAt: NOW - 20_000 }), care()), { do: 'ring' });
    assert.deepEqual(rescue(uow({ state: 'REQUESTED', submittedAt: NOW - 19_999 }), care()), { do: 'wait' });
  });

  it('takes what is further ahead than can be for due: the clock was set back', () => {
    const requested = (submittedAt: number) => rescue(uow({ state: 'REQUESTED', submittedAt }), care()).do;
    assert.equal(requested(NOW + 60_000), 'wait');
    assert.equal(requested(NOW + 60_001), 'ring');
    const failed = (attempt: number, retryAt: number) =>
      rescue(
        uow({ state: 'INVALID', attempt, retryAt }),
        care({ retry: { ...care().retry, maxAttempts: 99 } }),
      ).do;
    assert.equal(failed(1, NOW + 90_000), 'wait');
    assert.equal(failed(1, NOW + 90_001), 'repost', 'no first failure puts the next try off for as long');
    assert.equal(failed(9, NOW + 960_000), 'wait');
    assert.equal(failed(9, NOW + 960_001), 'repost');
  });

  it('rings half as often each time while rings pile up, and at once when they are gone', () => {
    const createdAt = NOW - 10 * 3_600_000;
    const rings: number[] = [];
    const old = (submittedAt: number) => uow({ state: 'REQUESTED', createdAt, submittedAt });
    let last = createdAt;
    for (let now = createdAt; now < NOW; now += 10_000) {
      if (rescue(old(last), care({ now, rung: true })).do === 'wait') continue;
      rings.push((now - createdAt) / 1_000);
      last = now;
    }
    assert.deepEqual(rings, [20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480]);
    assert.equal(rescue(old(NOW - 20_000), care({ rung: true })).do, 'wait');
    assert.equal(rescue(old(NOW - 20_000), care()).do, 'ring');
  });

  it('counts from the instant that a unit was prepared for', () => {
    const prepared = { state: 'REQUESTED', createdAt: NOW - 20_040, submittedAt: NOW - 20_040 } as const;
    assert.equal(rescue(uow(prepared), care()).do, 'ring');
    assert.equal(rescue(uow({ ...prepared, notBefore: NOW - 19_999 }), care()).do, 'wait');
    assert.equal(rescue(uow({ ...prepared, notBefore: NOW - 20_000 }), care()).do, 'ring');
  });

  it('begins to ring often again after each run and release', () => {
    const submittedAt = NOW - 20_000;
    const old = { state: 'REQUESTED', createdAt: NOW - 3_600_000, submittedAt } as const;
    const rung = care({ rung: true });
    assert.equal(rescue(uow(old), rung).do, 'wait');
    assert.equal(rescue(uow({ ...old, startedAt: submittedAt - 1 }), rung).do, 'ring');
    assert.equal(rescue(uow({ ...old, finishedAt: submittedAt - 1 }), rung).do, 'ring');
    assert.equal(rescue(uow({ ...old, released: { attempt: 1, at: submittedAt } }), rung).do, 'ring');
  });

  it('has to look at a unit when it was rung, or when its lease or its pause ends', () => {
    const lease = { owner: 'w1', expiresAt: 7 };
    const fields = { submittedAt: 5, lease, retryAt: 9 };
    assert.deepEqual(
      uowStates.map((state) => [state, dueAt({ ...fields, state })]),
      [
        ['REQUESTED', 5],
        ['IN_PROGRESS', 7],
        ['PROCESSED', null],
        ['NOOP', null],
        ['CANCELED', null],
        ['INVALID', 9],
      ],
    );
    assert.equal(dueAt({ ...fields, state: 'IN_PROGRESS', lease: null }), null);
  });

  it('leaves a unit whose lease holds, and reposts it once the lease is over', () => {
    const running = (expiresAt: number) => uow({ state: 'IN_PROGRESS', lease: { owner: 'w1', expiresAt } });
    assert.deepEqual(rescue(running(NOW + 1), care()), { do: 'wait' });
    assert.deepEqual(rescue(running(NOW), care()), {
      do: 'repost',
      crashes: 1,
      because: 'lease lost by w1',
    });
  });

  it('quarantines a unit with the last crash allowed', () => {
    const lost = uow({ state: 'IN_PROGRESS', crashes: 2, lease: null });
    assert.deepEqual(rescue(lost, care()), {
      do: 'quarantine',
      crashes: 3,
      because: 'poison: 3 crashes in a row, last: lease lost by unknown',
    });
  });

  it('reposts a failed unit when its back-off is over, never a quarantined one', () => {
    const failed = (retryAt: number | null) =>
      uow({ state: 'INVALID', attempt: 1, retryAt, error: 'broken' });
    assert.deepEqual(rescue(failed(NOW + 1), care()), { do: 'wait' });
    assert.deepEqual(rescue(failed(null), care()), { do: 'wait' });
    assert.deepEqual(rescue(failed(NOW), care()), {
      do: 'repost',
      crashes: 0,
      because: 'retry after: broken',
    });
  });

  it('gives a failed unit up after its attempts, or its life support', () => {
    const failed = { state: 'INVALID', retryAt: NOW, error: null } as const;
    assert.deepEqual(rescue(uow({ ...failed, attempt: 5 }), care()), {
      do: 'cancel',
      because: 'gave up after 5 attempts: no reason given',
    });
    const once = { ...care(), retry: { ...care().retry, maxAttempts: 1 } };
    assert.deepEqual(rescue(uow({ ...failed, attempt: 1 }), once), {
      do: 'cancel',
      because: 'gave up after 1 attempt: no reason given',
    });
    assert.deepEqual(rescue(uow({ ...failed, attempt: 1, createdAt: NOW - 3_600_001 }), care()), {
      do: 'cancel',
      because: 'life support ended: no reason given',
    });
  });

  it('counts attempts and age from the last release', () => {
    const failed = { state: 'INVALID', retryAt: NOW, error: 'broken', createdAt: NOW - 3_600_001 } as const;
    const released = { attempt: 4, at: NOW - 1_000 };
    assert.equal(rescue(uow({ ...failed, attempt: 8, released }), care()).do, 'repost');
    assert.deepEqual(rescue(uow({ ...failed, attempt: 9, released }), care()), {
      do: 'cancel',
      because: 'gave up after 5 attempts: broken',
    });
    const old = { attempt: 4, at: NOW - 3_600_001 };
    assert.deepEqual(rescue(uow({ ...failed, attempt: 8, released: old }), care()), {
      do: 'cancel',
      because: 'life support ended: broken',
    });
  });

  it('touches nothing that is off or finished, and only does what the machine allows', () => {
    const any = fc.record({
      state: fc.constantFrom(...uowStates),
      attempt: fc.nat(8),
      crashes: fc.nat(4),
      submittedAt: fc.integer({ min: NOW - 60_000, max: NOW }),
      retryAt: fc.option(fc.integer({ min: NOW - 10, max: NOW + 10 })),
      createdAt: fc.integer({ min: NOW - 7_200_000, max: NOW }),
    });
    const events = { repost: 'repost', quarantine: 'fail', cancel: 'cancel' } as const;
    fc.assert(
      fc.property(any, fc.boolean(), (fields, on) => {
        const remedy = rescue(uow(fields), care({ on }));
        if (!on || ['PROCESSED', 'NOOP', 'CANCELED'].includes(fields.state)) assert.equal(remedy.do, 'wait');
        if (remedy.do === 'ring') assert.equal(fields.state, 'REQUESTED');
        else if (remedy.do !== 'wait') assert.ok(canUow(fields.state, events[remedy.do]));
      }),
    );
  });
});
