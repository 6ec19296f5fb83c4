import assert from 'node:assert/strict';
import type { DemoReport } from '../../demo/report.ts';
import type { Plan } from '../../domain/cascade/plan.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';
import { openStore } from '../../db/registry.ts';
import { countLines, describeSharedLog, sharedLog } from '../demo/shared-log.ts';
import type { Count } from '../demo/shared-log.ts';
import { isAlive, synergy, synergyOk, unitPids } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const AS_OF = '2015-06-01T00:30:00Z';
const history = [
  '--demo',
  '--access-log',
  sharedLog,
  '--start-timeperiod',
  '2015051700',
  '--as-of',
  AS_OF,
  '--mx-port',
  '0',
];

const start = (folder: string): Run => synergy(folder, 'start', ...history, '--until-done');

const reportOf = async (folder: string): Promise<DemoReport> =>
  JSON.parse(await synergyOk(folder, 'demo', 'report', '--json')) as DemoReport;

const journalOf = async (folder: string): Promise<TransitionRecord[]> => {
  const store = await openStore('embedded', {
    dataDir: `${folder}/synergy-data`,
    clock: { now: () => Date.now() },
  });
  try {
    return await store.journal({ after: 0, limit: 100_000 });
  } finally {
    await store.close();
  }
};

const expectedRows = (counts: Record<string, Count>): DemoReport['hourly'] =>
  Object.entries(counts)
    .map(([timeperiod, { requests, bytes, hosts }]) => ({
      timeperiod,
      requests,
      bytes,
      visitors: hosts.size,
    }))
    .sort((a, b) => a.timeperiod.localeCompare(b.timeperiod));

describeSharedLog('a real access log, as of two weeks later', (lines) => {
  const expected: DemoReport = {
    hourly: expectedRows(countLines(lines, 10)),
    daily: expectedRows(countLines(lines, 8)),
    monthly: expectedRows(countLines(lines, 6)),
    lines: 10_000,
    malformed: 0,
  };

  describe('undisturbed', function () {
    this.timeout(240_000);
    const folder = tempFolder();
    let journal: readonly TransitionRecord[];

    before(async () => {
      const { code, stdout, stderr } = await start(folder).ended;
      assert.equal(code, 0, `${stdout}\n${stderr}`);
      journal = await journalOf(folder);
    });

    const lastState = (job: string): string | undefined =>
      journal.filter((row) => row.entityId === job).at(-1)?.to;
    const position = (job: string, event: string): number =>
      journal.find((row) => row.entityId === job && row.event === event)?.sequence ?? NaN;

    it('reports the sums that an independent count of the file gives', async () => {
      assert.deepEqual(await reportOf(folder), expected);
    });

    it('skips hours without data, and finishes the month', () => {
      assert.equal(lastState('SiteHourly/2015051709'), 'SKIPPED');
      assert.equal(lastState('SiteHourly/2015051710'), 'PROCESSED');
      assert.equal(lastState('SiteDaily/2015052500'), 'SKIPPED');
      assert.equal(lastState('SiteMonthly/2015050000'), 'PROCESSED');
      assert.equal(lastState('ClientMonthly/2015050000'), 'PROCESSED');
    });

    it('ran client and alert jobs only after the site days they depend on', () => {
      for (const day of ['2015051700', '2015051800', '2015051900', '2015052000']) {
        for (const job of [`ClientDaily/${day}`, `AlertDaily/${day}`]) {
          assert.ok(position(job, 'start') > position(`SiteDaily/${day}`, 'complete'), job);
        }
      }
    });

    it('leaves a ledger that the checker accepts', async () => {
      await synergyOk(folder, 'db', 'check');
    });

    it('reruns exactly what a dry run of a reprocess names', async () => {
      const hour = ['job', 'reprocess', 'SiteHourly', '2015051710'];
      const plan = JSON.parse(await synergyOk(folder, ...hour, '--dry-run', '--json')) as Plan;
      const planned = plan.steps.map((step) => `${step.processName}/${step.timeperiod}`);
      assert.deepEqual(planned.toSorted(), [
        'AlertDaily/2015051700',
        'ClientDaily/2015051700',
        'ClientMonthly/2015050000',
        'SiteDaily/2015051700',
        'SiteHourly/2015051710',
        'SiteMonthly/2015050000',
        'SiteYearly/2015000000',
      ]);
      await synergyOk(folder, ...hour, '--yes', '--reason', 'acceptance');
      assert.equal((await start(folder).ended).code, 0);
      const later = (await journalOf(folder)).slice(journal.length);
      const touched = new Set(later.filter((row) => row.entityKind === 'job').map((row) => row.entityId));
      assert.deepEqual([...touched].sort(), planned.toSorted());
      assert.deepEqual(await reportOf(folder), expected);
    });
  });

  describe('disturbed', function () {
    this.timeout(240_000);

    /** Waits until some, not all, periods are finished. */
    const midway = async (run: Run): Promise<void> => {
      const line = await run.line(/^[1-9]\d*\/\d+ periods finished/);
      const [finished, total] = line.split(/[/ ]/).map(Number) as [number, number];
      assert.ok(finished < total, `nothing was left to disturb: ${line}`);
    };

    for (const victim of ['scheduler', 'worker'] as const) {
      it(`comes to the same report when the ${victim} is killed`, async () => {
        const folder = tempFolder();
        const run = start(folder);
        await midway(run);
        const pid = (await unitPids(folder))[victim];
        assert.ok(pid !== undefined, `${victim} does not run`);
        process.kill(pid, 'SIGKILL');
        const { code, stdout, stderr } = await run.ended;
        assert.equal(code, 0, `${stdout}\n${stderr}`);
        assert.deepEqual(await reportOf(folder), expected);
        await synergyOk(folder, 'db', 'check');
      });
    }

    it('comes to the same report when everything is killed and started again', async () => {
      const folder = tempFolder();
      const first = start(folder);
      await midway(first);
      const pids = Object.values(await unitPids(folder));
      assert.equal(pids.length, 3);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      assert.equal((await first.ended).code, null);
      const { code, stdout, stderr } = await start(folder).ended;
      assert.equal(code, 0, `${stdout}\n${stderr}`);
      assert.deepEqual(await reportOf(folder), expected);
      await synergyOk(folder, 'db', 'check');
      assert.deepEqual(pids.filter(isAlive), []);
    });
  });
});
