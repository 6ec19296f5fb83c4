import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Report } from '../acceptance/history.ts';
import { reportOf } from '../acceptance/history.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
import type { Ended } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Minutes of 17 May 2015 from ten o'clock on, a request each. */
const lines = (minutes: readonly number[], host = '203.0.113.1'): string =>
  minutes
    .map((minute) => {
      const time = new Date(Date.UTC(2015, 4, 17, 10, minute)).toISOString().slice(11, 19);
      return `${host} - - [17/May/2015:${time} +0000] "GET / HTTP/1.1" 200 10 "-" "x"\n`;
    })
    .join('');

const until = (folder: string, ...argv: readonly string[]): Promise<Ended> =>
  synergy(folder, 'start', '--mx-port', '0', '--until-done', ...argv).ended;

const overLog = (folder: string, log: string): Promise<Ended> => {
  const time = ['--start-timeperiod', '2015051700', '--as-of', '2015-05-18T00:30:00Z'];
  return until(folder, '--demo', '--access-log', log, ...time);
};

const contextOf = (process: string): string => `
  import { defineContext, managedProcess, tree } from 'synergy-scheduler';
  export default defineContext({
    processes: [managedProcess({ name: 'A', qualifier: 'daily', ${process} })],
    trees: [tree({ name: 't', processes: ['A'] })],
  });`;

const days = ['--start-timeperiod', '2026010100', '--as-of'];
const failing = "command: ['false'], retry: { delay: '1s', maxDelay: '1s', maxAttempts: 1 }";

const ends = ({ code, stdout, stderr }: Ended, expected: number): void =>
  assert.equal(code, expected, `${stdout}\n${stderr}`);

describe('a run until all is done', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder();
  });
  const write = (name: string, content: string | Buffer): void => writeFileSync(join(folder, name), content);
  const hours = ({ hourly }: Report): [string, number][] =>
    hourly.map(({ timeperiod, requests }) => [timeperiod, requests]);

  it('reads what a log has grown by, names hours that came late, and computes them again when told to', async () => {
    write('a.log', lines([0, 1, 2]));
    ends(await overLog(folder, 'a.log'), 0);
    appendFileSync(join(folder, 'a.log'), lines([3, 60, 61], '203.0.113.2'));
    const second = await overLog(folder, 'a.log');
    ends(second, 0);
    const late =
      /^warning: the log has lines that came after their hour was computed, of 2015051710, 2015051711:/m;
    assert.match(second.stdout, late);
    const before = await reportOf(folder);
    assert.deepEqual([before.lines, before.late], [6, ['2015051710', '2015051711']]);
    assert.deepEqual(hours(before), [['2015051710', 3]]);
    for (const hour of before.late)
      await synergyOk(folder, 'job', 'reprocess', 'SiteHourly', hour, '--yes', '--reason', 'late lines');
    const third = await overLog(folder, 'a.log');
    ends(third, 0);
    assert.doesNotMatch(third.stdout, late);
    const after = await reportOf(folder);
    assert.deepEqual(after.late, []);
    assert.deepEqual(hours(after), [
      ['2015051710', 4],
      ['2015051711', 2],
    ]);
    assert.deepEqual(
      after.daily.map(({ requests, visitors }) => [requests, visitors]),
      [[6, 2]],
    );
    await synergyOk(folder, 'db', 'check', '--done', '--demo');
  });

  it('computes an hour that was reprocessed on the lines that came meanwhile, and not before', async () => {
    write('a.log', lines([0, 1, 2]));
    ends(await overLog(folder, 'a.log'), 0);
    await synergyOk(
      folder,
      'job',
      'reprocess',
      'SiteHourly',
      '2015051710',
      '--yes',
      '--reason',
      'late lines',
    );
    appendFileSync(join(folder, 'a.log'), lines([3, 4]));
    ends(await overLog(folder, 'a.log'), 0);
    const report = await reportOf(folder);
    assert.deepEqual([hours(report), report.late], [[['2015051710', 5]], []]);
  });

  it('exits 1 with the reason when the log cannot be read to its end', async () => {
    write('cut.gz', gzipSync(lines([...Array(600).keys()])).subarray(0, 500));
    const run = await overLog(folder, 'cut.gz');
    ends(run, 1);
    assert.match(
      run.stdout,
      /^not done, held up by:\n.*SiteHourly 2015051700 waits for its source.*daemon SessionCollector failed too often and stays down: .*access log '.*cut\.gz' cannot be read: unexpected end of file/m,
    );
  });

  it('exits 1 with the reason when the log is another one, though every period is finished', async () => {
    write('a.log', `# head\n${lines([0, 1])}`);
    ends(await overLog(folder, 'a.log'), 0);
    write('b.log', `# head\n${lines([0, 1], '203.0.114.1')}`);
    const run = await overLog(folder, 'b.log');
    ends(run, 1);
    assert.match(
      run.stdout,
      /^ {2}.*access log '.*b\.log' cannot go into this store, which holds an access log/m,
    );
    assert.deepEqual(hours(await reportOf(folder)), [['2015051710', 2]]);
    ends(await overLog(folder, 'a.log'), 0);
  });

  it('exits 3 and names the jobs that were given up, each time it is asked', async () => {
    write('process_context.ts', contextOf(failing));
    const told =
      /^but 2 of 2 jobs failed until given up, and were skipped;.*\n {2}A 2026010100: gave up after 1 attempt.*: exit code 1\n {2}A 2026010200: /m;
    for (let time = 0; time < 2; time++) {
      const run = await until(folder, ...days, '2026-01-03T00:30:00Z');
      ends(run, 3);
      assert.match(run.stdout, told);
    }
  });

  it('exits 0 when a person skipped what had failed', async () => {
    write('process_context.ts', contextOf(failing));
    ends(await until(folder, ...days, '2026-01-02T00:30:00Z'), 3);
    const reason = ['--yes', '--reason', 'not needed'];
    await synergyOk(folder, 'job', 'reprocess', 'A', '2026010100', ...reason);
    await synergyOk(folder, 'job', 'skip', 'A', '2026010100', ...reason);
    const run = await until(folder, ...days, '2026-01-02T00:30:00Z');
    ends(run, 0);
    assert.match(run.stdout.trimEnd().split('\n').at(-1) ?? '', /^done: /, 'nothing is told after the end');
  });

  it('exits 1 when no worker serves a process, and says which box would', async () => {
    write('process_context.ts', contextOf("identity: true, presentOnBoxes: ['other*']"));
    const run = await until(folder, ...days, '2026-01-02T00:30:00Z', '--box-id', 'here');
    ends(run, 1);
    assert.match(run.stdout, /^ {2}A 2026010100 waits for a worker, and none runs A.*'other\*'/m);
  });

  it('exits 1 when it is stopped before all is done, together or in processes of its own', async () => {
    write('process_context.ts', contextOf("command: ['sleep', '300']"));
    await synergyOk(folder, 'db', 'init', '--start-timeperiod', '2026010100');
    for (const [names, isUp] of [
      [[], /^dashboard: /],
      [['scheduler'], /^scheduler runs/],
    ] as const) {
      const argv = ['start', ...names, '--mx-port', '0', '--until-done', '--as-of', '2026-01-03T00:30:00Z'];
      const run = synergy(folder, ...argv);
      await run.line(isUp);
      run.child.kill('SIGTERM');
      const ended = await run.ended;
      ends(ended, 1);
      assert.match(ended.stdout, /^not done: stopped before every period was finished$/m);
    }
  });

  it('waits for no start lag over history', async () => {
    write('process_context.ts', contextOf("identity: true, startLag: '2h'"));
    const run = await until(folder, ...days, '2026-01-03T00:00:00Z');
    ends(run, 0);
    assert.match(run.stdout, /^2\/2 periods finished$/m);
    await synergyOk(folder, 'db', 'check', '--done');
  });

  it('is refused when the timetable begins after it', async () => {
    write('process_context.ts', contextOf('identity: true'));
    const { code, stderr } = await until(folder, ...days, '2025-12-31T00:00:00Z');
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^synergy: setting 'startTimeperiod': nothing is to be done until 2025-12-31T00:00:00.000Z, since the timetable begins later, with 2026010100: expected/,
    );
  });
});
