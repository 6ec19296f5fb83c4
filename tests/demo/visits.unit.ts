import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AccessRow } from '../../demo/access.ts';
import { visitsOfMinute } from '../../demo/visits.ts';
import { current } from '../../domain/time/timeperiod.ts';

const MINUTE = 60_000;
const thursdayNoon = Date.parse('2026-01-01T12:00:00Z') / MINUTE;

/** Requests of some minutes in a row. */
const visits = (first: number, count: number, rate: number) =>
  Array.from({ length: count }, (_, index) => visitsOfMinute(first + index, rate)).flat();

describe('invented visits', () => {
  it('depend on the minute and the rate only', () => {
    fc.assert(
      fc.property(fc.nat(30_000_000), fc.double({ min: 0, max: 60, noNaN: true }), (minute, rate) => {
        assert.deepEqual(visitsOfMinute(minute, rate), visitsOfMinute(minute, rate));
      }),
    );
  });

  it('are in order of time, in their minute and hour, with ids that rise and never meet', () => {
    fc.assert(
      fc.property(fc.nat(30_000_000), fc.double({ min: 0, max: 5000, noNaN: true }), (minute, rate) => {
        const both = visits(minute, 2, rate);
        for (const [index, { at, row }] of both.entries()) {
          const before = both[index - 1];
          assert.ok(before === undefined || (before.at <= at && before.row.id < row.id));
          assert.equal(row.timeperiod, current('hourly', at));
          assert.ok(at >= minute * MINUTE && at < (minute + 2) * MINUTE);
        }
      }),
    );
  });

  it('come at about the rate on a weekday, more in the afternoon than at night and on Sundays', () => {
    const day = visits(thursdayNoon - 720, 1440, 30).length;
    assert.ok(Math.abs(day / (1440 * 30) - 1) < 0.05, `${day} requests`);
    const afternoon = visits(thursdayNoon + 120, 120, 30).length;
    assert.ok(afternoon > 2 * visits(thursdayNoon - 600, 120, 30).length);
    assert.ok(afternoon > 1.3 * visits(thursdayNoon + 3 * 1440 + 120, 120, 30).length);
  });

  it('look like traffic: few clients and pages ask for most, few requests fail', () => {
    const rows = visits(thursdayNoon, 240, 30).map(({ row }) => row.value);
    const share = (holds: (row: AccessRow) => boolean): number => rows.filter(holds).length / rows.length;
    const hosts = new Set(rows.map(({ host }) => host));
    assert.ok(hosts.size > 100 && hosts.size <= 180, `${hosts.size} clients`);
    const busiest = Math.max(...[...hosts].map((host) => share((row) => row.host === host)));
    assert.ok(busiest > 10 / hosts.size, 'one client stands out');
    const failed = share(({ status }) => status >= 400);
    assert.ok(failed > 0.01 && failed < 0.1, `${failed} failed`);
    assert.ok(rows.every(({ size, path }) => Number.isInteger(size) && size >= 0 && path.startsWith('/')));
  });
});
