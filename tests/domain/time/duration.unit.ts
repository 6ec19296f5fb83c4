import assert from 'node:assert/strict';

import fc from 'fast-check';

import { END_OF_TIME } from '../../../domain/time/calendar.ts';
import { formatDuration, parseDuration, readDuration, writeDuration } from '../../../domain/time/duration.ts';

describe('duration', () => {
  it('is read with its unit, or in seconds', () => {
    assert.equal(parseDuration('250ms'), 250);
    assert.equal(parseDuration('90s'), 90_000);
    assert.equal(parseDuration('5m'), 300_000);
    assert.equal(parseDuration('2h'), 7_200_000);
    assert.equal(parseDuration(' 1d '), 86_400_000);
    assert.equal(parseDuration('900'), 900_000);
    assert.equal(parseDuration(900), 900_000);
    assert.equal(parseDuration(0.25), 250);
    assert.equal(parseDuration('0s'), 0);
  });

  it('is refused when it is none, naming what was given', () => {
    for (const value of [
      '',
      'soon',
      '5 m',
      '-5m',
      '1.5h',
      '5w',
      '99999999999999999d',
      '3000000d',
      3e11,
      -1,
      NaN,
      Infinity,
    ]) {
      assert.throws(
        () => parseDuration(value),
        (error: Error & { code?: string }) =>
          error.code === 'INVALID_ARGUMENT' &&
          error.message.startsWith(`duration '${value}' cannot be read: expected`),
        String(value),
      );
    }
  });

  it('is written so that it can be read again', () => {
    fc.assert(
      fc.property(fc.nat({ max: END_OF_TIME - 1 }), (ms) =>
        assert.equal(readDuration(writeDuration(ms)), ms),
      ),
    );
    assert.deepEqual([900_000, 5_400_000, 3_600_000, 172_800_000, 61_000, 1500].map(writeDuration), [
      '15m',
      '90m',
      '1h',
      '2d',
      '61s',
      '1500ms',
    ]);
  });

  it('is shown to people in its two largest units', () => {
    assert.deepEqual(
      [0, 250, 1500, 59_999, 60_000, 90_000, 3_600_000, 5_459_999, 86_400_000, 183_600_000, -90_000].map(
        formatDuration,
      ),
      ['0ms', '250ms', '1.5s', '59.9s', '1m', '1m 30s', '1h', '1h 30m', '1d', '2d 3h', '-1m 30s'],
    );
  });
});
