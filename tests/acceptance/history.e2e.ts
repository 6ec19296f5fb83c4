import assert from 'node:assert/strict';
import type { Plan } from '../../domain/cascade/plan.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';
import { openStore } from '../../db/registry.ts';
import { describeSharedLog } from '../demo/shared-log.ts';
import { synergyOk, servicePids } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { endsWell, endsWellAfterDeath, expectedReport, midway, reportOf, startHistory } from './history.ts';

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

describeSharedLog('a real access log, as of two weeks later', (lines) => {
  const expected = expectedReport(lines);

  describe('undisturbed', function () {
    this.timeout(240_000);
    const folder = tempFolder();
    let journal: readonly TransitionRecord[];

    before(async () => {
      await endsWell(startHistory(folder));
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
      await endsWell(startHistory(folder));
      const later = (await journalOf(folder)).slice(journal.length);
      const touched = new Set(later.filter((row) => row.entityKind === 'job').map((row) => row.entityId));
      assert.deepEqual([...touched].sort(), planned.toSorted());
      assert.deepEqual(await reportOf(folder), expected);
    });
  });

  describe('disturbed', function () {
    this.timeout(240_000);

    for (const victim of ['scheduler', 'worker'] as const) {
      it(`comes to the same report when the ${victim} is killed`, async () => {
        const folder = tempFolder();
        const run = startHistory(folder);
        await midway(run);
        const pid = (await servicePids(folder))[victim];
        assert.ok(pid !== undefined, `${victim} does not run`);
        process.kill(pid, 'SIGKILL');
        await endsWell(run);
        assert.deepEqual(await reportOf(folder), expected);
        await synergyOk(folder, 'db', 'check');
      });
    }

    it('comes to the same report when everything is killed and started again', async () => {
      const folder = tempFolder();
      await endsWellAfterDeath(folder);
      assert.deepEqual(await reportOf(folder), expected);
      await synergyOk(folder, 'db', 'check');
    });
  });
});
