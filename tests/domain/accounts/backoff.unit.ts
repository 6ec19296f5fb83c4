import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  FORGOTTEN_AFTER,
  accountBackoff,
  addressBackoff,
  addressKey,
  lockedFor,
  withFailure,
  withoutFailure,
} from '../../../domain/accounts/backoff.ts';
import type { BackoffRule, Failures } from '../../../domain/accounts/backoff.ts';

const NOW = 1_000_000;
const rule: BackoffRule = { free: 2, first: 100, longest: 1000 };
const failed = (count: number, at = NOW): Failures => ({ count, at });

describe('back-off', () => {
  it('costs nothing at first, then doubles up to its longest', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 50, 5000].map((count) => lockedFor(failed(count), rule, NOW));
    assert.deepEqual(pauses, [0, 0, 100, 200, 400, 800, 1000, 1000, 1000]);
    assert.equal(lockedFor(undefined, rule, NOW), 0);
  });

  it('is over when its time has passed, and its failures are forgotten after an hour', () => {
    assert.equal(lockedFor(failed(3), rule, NOW + 40), 60);
    assert.equal(lockedFor(failed(3), rule, NOW + 100), 0);
    assert.deepEqual(withFailure(failed(3), NOW + 100), failed(4, NOW + 100));
    assert.deepEqual(withFailure(failed(3), NOW + FORGOTTEN_AFTER - 1), failed(4, NOW + FORGOTTEN_AFTER - 1));
    assert.deepEqual(withFailure(failed(3), NOW + FORGOTTEN_AFTER), failed(1, NOW + FORGOTTEN_AFTER));
    const slow = { free: 0, first: 2 * FORGOTTEN_AFTER, longest: 2 * FORGOTTEN_AFTER };
    assert.equal(lockedFor(failed(1), slow, NOW + FORGOTTEN_AFTER), 0);
  });

  it('takes back the failure that a right try counted as', () => {
    assert.equal(withoutFailure(undefined), undefined);
    assert.equal(withoutFailure(failed(1)), undefined);
    assert.deepEqual(withoutFailure(failed(3)), failed(2));
  });

  it('never lasts longer than its rule says, whichever way the clock is set', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(accountBackoff, addressBackoff),
        fc.array(fc.integer({ min: -5_000_000, max: 5_000_000 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: -5_000_000, max: 5_000_000 }),
        (given, steps, last) => {
          let failures: Failures | undefined;
          let now = NOW;
          for (const step of steps) failures = withFailure(failures, (now += step));
          const wait = lockedFor(failures, given, now + last);
          assert.ok(wait >= 0 && wait <= given.longest);
          if (steps.length <= given.free) assert.equal(wait, 0);
        },
      ),
    );
  });

  it('leaves who guesses without a pause a few hundred tries a day', () => {
    let failures: Failures | undefined;
    let tries = 0;
    const day = 24 * FORGOTTEN_AFTER;
    for (let now = NOW; now < NOW + day; tries++) {
      now += lockedFor(failures, addressBackoff, now) || 1;
      failures = withFailure(failures, now);
    }
    assert.ok(tries < 150, `${tries} tries`);
  });
});

describe('an address that failures are counted by', () => {
  it('is one of IPv4, however it is written', () => {
    assert.equal(addressKey('192.0.2.7'), '192.0.2.7');
    assert.equal(addressKey('::ffff:192.0.2.7'), '192.0.2.7');
    assert.equal(addressKey('::FFFF:192.0.2.7'), '192.0.2.7');
    assert.notEqual(addressKey('192.0.2.8'), addressKey('192.0.2.7'));
  });

  it('is the network of 64 bits of IPv6', () => {
    assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
    assert.equal(addressKey('2001:0DB8:0001:0002:ffff::1'), '2001:db8:1:2::/64');
    assert.equal(addressKey('2001:db8::1'), '2001:db8:0:0::/64');
    assert.equal(addressKey('fe80::1%eth0'), 'fe80:0:0:0::/64');
    assert.equal(addressKey('::1'), '0:0:0:0::/64');
    assert.notEqual(addressKey('2001:db8:1:3::1'), addressKey('2001:db8:1:2::1'));
  });
});
