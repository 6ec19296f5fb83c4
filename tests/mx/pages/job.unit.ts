import assert from 'node:assert/strict';
import { qualifiersOf } from '../../../mx/present/job-chip.ts';
import { present } from '../../../mx/pages/job.ts';
import type { JobModel } from '../../../mx/pages/job.ts';
import type { JobView } from '../../../scheduler/api/api.ts';
import { makeFakeApi } from '../support/fake-api.ts';
import { NOW } from '../support/fake-timetable.ts';

const api = makeFakeApi();
const setting = { now: Date.UTC(2026, 10, 21, 11), timetableNow: NOW, qualifiers: qualifiersOf(api.trees()) };
const shown = async (
  processName: string,
  timeperiod: string,
  more: Partial<JobView> = {},
): Promise<JobModel> => {
  const job = { ...(await api.job({ processName, timeperiod })), ...more };
  return present({ job, earlier: undefined, later: undefined, log: undefined }, setting);
};
const refused = ({ actions }: JobModel): Record<string, boolean> =>
  Object.fromEntries(actions.map(({ label, refused: why }) => [label, why !== undefined]));

describe('the page of a job', () => {
  it('offers what the machine allows, and says why not the rest', async () => {
    assert.deepEqual(refused(await shown('SiteHourly', '2015053010')), {
      Reprocess: false,
      Skip: true,
      'Release unit': true,
      'Cancel unit': true,
    });
    assert.deepEqual(refused(await shown('SiteHourly', '2015060100')), {
      Reprocess: true,
      Skip: false,
      'Release unit': true,
      'Cancel unit': true,
    });
    assert.deepEqual(refused(await shown('SiteHourly', '2015053117')), {
      Reprocess: false,
      Skip: false,
      'Release unit': false,
      'Cancel unit': false,
    });
  });

  it('tells root causes, and its own reasons only where they differ', async () => {
    const day = await shown('SiteDaily', '2015052900');
    assert.deepEqual(
      day.roots.items.map(({ words }) => words),
      ['failed, will be tried again'],
    );
    assert.deepEqual(
      day.blockers.items.map(({ words }) => words),
      ['needs its part'],
    );
    const hour = await shown('SiteHourly', '2015052903');
    assert.deepEqual([hour.roots.items.length, hour.blockers.items.length], [1, 0]);
    assert.match(hour.roots.items[0]?.detail ?? '', /^Error/);
  });

  it('cuts long lists and says by how much', async () => {
    const children = Array.from({ length: 100 }, () =>
      api.node({ processName: 'SiteHourly', timeperiod: '2015053010' }),
    );
    const model = await shown('SiteDaily', '2015053000', { children });
    assert.deepEqual([model.children.items.length, model.children.hidden], [62, 38]);
  });

  it('looks again while a unit runs, and watches itself and its neighbours', async () => {
    const running = await shown('SiteHourly', '2015053123');
    assert.equal(running.poll, 2);
    assert.deepEqual(running.units[0]?.progress, { done: 1380, total: 2207, text: '1,380 of 2,207' });
    assert.ok(running.watch.split(' ').includes('SiteDaily/2015053100'));
    assert.equal((await shown('SiteHourly', '2015053010')).poll, undefined);
  });
});
