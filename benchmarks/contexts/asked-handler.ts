import { appendFileSync } from 'node:fs';
import type { Handler } from 'synergy-scheduler';

/** Writes down when it started: a line of milliseconds since 1970 per firing, in BENCH_FIRINGS. */
const handler: Handler = () => {
  appendFileSync(process.env['BENCH_FIRINGS'] ?? '', `${performance.timeOrigin + performance.now()}\n`);
  return Promise.resolve({});
};

export default handler;
