import assert from 'node:assert/strict';
import type { DemoReport } from '../../demo/report.ts';
import { countLines, sharedLog } from '../demo/shared-log.ts';
import type { Count } from '../demo/shared-log.ts';
import { isAlive, synergy, synergyOk, servicePids } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';

/** Half an hour after the month of the log is over, and after its last line. */
const asOf = { month: '2015-06-01T00:30:00Z', log: '2015-05-21T00:30:00Z' } as const;
export type AsOf = keyof typeof asOf;

const start = ['--demo', '--access-log', sharedLog, '--start-timeperiod', '2015051700', '--mx-port', '0'];

/** Starts the demo suite over the shared access log, two weeks later, or as soon as that is over; it ends when every period is finished. */
export const startHistory = (folder: string, until: AsOf = 'month'): Run =>
  synergy(folder, 'start', ...start, '--as-of', asOf[until], '--until-done');

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
export const endsWellAfterDeath = async (folder: string, until?: AsOf): Promise<void> => {
  const first = startHistory(folder, until);
  await midway(first);
  const pids = Object.values(await servicePids(folder));
  assert.equal(pids.length, 3);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  assert.equal((await first.ended).code, null);
  await endsWell(startHistory(folder, until));
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

/** What an independent count of the file says the report has to be; before the month is over it has no sums. */
export const expectedReport = (lines: readonly string[], until: AsOf = 'month'): Report => ({
  hourly: rows(countLines(lines, 10)),
  daily: rows(countLines(lines, 8)),
  monthly: until === 'month' ? rows(countLines(lines, 6)) : [],
  lines: 10_000,
  malformed: 0,
  late: [],
});
