import assert from 'node:assert/strict';
import type { DemoReport } from '../../demo/report.ts';
import { countLines, sharedLog } from '../demo/shared-log.ts';
import type { Count } from '../demo/shared-log.ts';
import { isAlive, synergy, synergyOk, servicePids } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';

const AS_OF = '2015-06-01T00:30:00Z';
const start = ['--demo', '--access-log', sharedLog, '--start-timeperiod', '2015051700', '--as-of', AS_OF];

/** Starts the demo suite over the shared access log, two weeks later; it ends when every period is finished. */
export const startHistory = (folder: string): Run =>
  synergy(folder, 'start', ...start, '--mx-port', '0', '--until-done');

/** What `demo report --json` prints: also the hours with lines that came too late for it. */
export type Report = DemoReport & { readonly late: readonly string[] };

export const reportOf = async (folder: string): Promise<Report> =>
  JSON.parse(await synergyOk(folder, 'demo', 'report', '--json')) as Report;

/** Waits until some, not all, periods are finished. */
export const midway = async (run: Run): Promise<void> => {
  const line = await run.line(/^[1-9]\d*\/\d+ periods finished/);
  const [finished, total] = line.split(/[/ ]/).map(Number) as [number, number];
  assert.ok(finished < total, `nothing was left to disturb: ${line}`);
};

/** Waits for the end of a run that has to end well. */
export const endsWell = async (run: Run): Promise<void> => {
  const { code, stdout, stderr } = await run.ended;
  assert.equal(code, 0, `${stdout}\n${stderr}`);
};

/** Everything of a run is killed in the middle, then started again; nothing of the first stays behind. */
export const endsWellAfterDeath = async (folder: string): Promise<void> => {
  const first = startHistory(folder);
  await midway(first);
  const pids = Object.values(await servicePids(folder));
  assert.equal(pids.length, 3);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  assert.equal((await first.ended).code, null);
  await endsWell(startHistory(folder));
  assert.deepEqual(pids.filter(isAlive), []);
};

const rows = (counts: Record<string, Count>): DemoReport['hourly'] =>
  Object.entries(counts)
    .map(([timeperiod, { requests, bytes, hosts }]) => ({
      timeperiod,
      requests,
      bytes,
      visitors: hosts.size,
    }))
    .sort((a, b) => a.timeperiod.localeCompare(b.timeperiod));

/** What an independent count of the file says the report has to be. */
export const expectedReport = (lines: readonly string[]): Report => ({
  hourly: rows(countLines(lines, 10)),
  daily: rows(countLines(lines, 8)),
  monthly: rows(countLines(lines, 6)),
  lines: 10_000,
  malformed: 0,
  late: [],
});
