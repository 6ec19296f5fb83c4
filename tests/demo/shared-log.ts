import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/**
 * The access log that the sums are proven on: 10,000 lines of May 2015, gzipped. It lies outside of the
 * repository; `SYNERGY_TEST_ACCESS_LOG` may name another place.
 */
export const sharedLog =
  process.env['SYNERGY_TEST_ACCESS_LOG'] ??
  fileURLToPath(new URL('../../../shared/data/access.log.gz', import.meta.url));

/** Defines tests that need the shared log; where it is missing they are skipped, saying so. */
export const describeSharedLog = (title: string, tests: (lines: readonly string[]) => void): void => {
  if (!existsSync(sharedLog)) {
    describe.skip(`${title} (${sharedLog} is missing)`, () => tests([]));
    return;
  }
  describe(title, () => tests(gunzipSync(readFileSync(sharedLog)).toString().trimEnd().split('\n')));
};

/** What a period adds up to. */
export interface Count {
  requests: number;
  bytes: number;
  hosts: Set<string>;
}

/** Counts by period, as a person would with a few lines and no parser: `digits` of YYYYMMDDHH tell the periods. */
export const countLines = (lines: readonly string[], digits: 10 | 8 | 6): Record<string, Count> => {
  const counts: Record<string, Count> = {};
  for (const line of lines) {
    const [, day, hour] = /\[(\d\d)\/May\/2015:(\d\d)/.exec(line)!;
    const [, size] = /" \d{3} (\d+|-)/.exec(line)!;
    const period = `201505${day}${hour}`.slice(0, digits).padEnd(10, '0');
    const count = (counts[period] ??= { requests: 0, bytes: 0, hosts: new Set() });
    count.requests += 1;
    count.bytes += size === '-' ? 0 : Number(size);
    count.hosts.add(line.split(' ')[0]!);
  }
  return counts;
};
