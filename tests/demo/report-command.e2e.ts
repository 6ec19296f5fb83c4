import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { siteSum, writeSite } from '../../demo/site.ts';
import type { DemoReport } from '../../demo/report.ts';
import { demoStore } from './demo-store.ts';
import type { DemoStore } from './demo-store.ts';

const launch = fileURLToPath(new URL('../../launch.ts', import.meta.url));
let place: DemoStore;

const report = async (...options: string[]): Promise<string> => {
  const argv = ['--import', 'tsx', launch, 'demo', 'report', '--data-dir', place.folder, ...options];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return stdout;
};

beforeEach(async () => {
  place = await demoStore();
  const sum = siteSum();
  sum.addTraffic('a', { requests: 1234, bytes: 5_678_901 });
  await writeSite(place.store.data, 'hourly', '2015051710', sum);
});
afterEach(() => place.remove());

describe('synergy demo report', () => {
  it('prints JSON for programs', async () => {
    const expected: DemoReport & { late: readonly string[] } = {
      hourly: [{ timeperiod: '2015051710', requests: 1234, bytes: 5_678_901, visitors: 1 }],
      daily: [],
      monthly: [],
      lines: 0,
      malformed: 0,
      late: [],
    };
    assert.deepEqual(JSON.parse(await report('--json')), expected);
  });

  it('prints a table for people', async () => {
    const text = await report();
    assert.match(text, /hourly .* 2015051710 .* 1,234 .* 5,678,901 .* 1 /);
    assert.match(text, /\n0 lines read, 0 malformed\n$/);
  });
});
