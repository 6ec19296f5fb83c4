import { fromOrdinal, ordinal } from '../../../domain/time/timeperiod.ts';
import type { TrafficData, TrafficPoint } from '../../../mx/traffic-data.ts';

const first = ordinal('hourly', '2015051700');

const hour = (n: number): TrafficPoint => {
  const day = 0.55 + 0.45 * Math.sin(((n % 24) - 8) / 3.8);
  const requests = Math.round(20 + 110 * day + ((n * 37) % 23));
  return {
    timeperiod: fromOrdinal('hourly', first + n),
    requests,
    visitors: Math.round(requests / 4),
    bytes: requests * 41_000,
  };
};

const add = (a: TrafficPoint, b: TrafficPoint): TrafficPoint => ({
  timeperiod: a.timeperiod,
  requests: a.requests + b.requests,
  visitors: a.visitors + b.visitors,
  bytes: a.bytes + b.bytes,
});

/** Two weeks of a small site, busy by day and quiet at night. */
export const fakeTraffic = (): TrafficData => {
  const hourly = Array.from({ length: 15 * 24 }, (_, n) => hour(n));
  const daily = Array.from({ length: 15 }, (_, n) =>
    hourly
      .slice(n * 24, n * 24 + 24)
      .reduce(add, { timeperiod: fromOrdinal('daily', first / 24 + n), requests: 0, visitors: 0, bytes: 0 }),
  );
  return {
    hourly,
    daily,
    clients: Array.from({ length: 18 }, (_, n) => ({
      client: `66.249.73.${135 + n}`,
      requests: 482 - n * 23,
      bytes: (482 - n * 23) * 77_000,
    })),
    lines: 10_000,
    malformed: 3,
  };
};
