import { appendFileSync } from 'node:fs';
import type { Handler } from 'synergy-scheduler';

/** Writes down how long after its planned instant it started: a line of milliseconds per firing, in BENCH_FIRINGS. */
const handler: Handler = ({ timeperiod, arguments: { offset } }) => {
  const startedAt = performance.timeOrigin + performance.now();
  const [, ...services] = /^(....)(..)(..)(..)(..)(..)$/.exec(timeperiod) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = services.map(Number);
  const planned = Date.UTC(year, month - 1, day, hour, minute, second) + Number(offset);
  appendFileSync(process.env['BENCH_FIRINGS'] ?? '', `${startedAt - planned}\n`);
  return Promise.resolve({});
};

export default handler;
