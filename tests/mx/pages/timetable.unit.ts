import assert from 'node:assert/strict';
import { present } from '../../../mx/pages/timetable.ts';
import type { TreeData, TimetableData, TimetableModel } from '../../../mx/pages/timetable.ts';
import { countStandings } from '../../../domain/timetable/standing.ts';
import type { TreeSummary } from '../../../scheduler/api/api.ts';
import { makeFakeApi } from '../support/fake-api.ts';

const api = makeFakeApi();
const trees = api.trees();
const none = countStandings(() => 0);

const tree = (name: string, more: Partial<TreeSummary> = {}): TreeSummary => {
  const found = trees.find((one) => one.name === name);
  assert.ok(found);
  return { ...found, ...more };
};
const panelOf = (name: string, more: Partial<TreeData> = {}): TreeData => ({
  tree: tree(name),
  bands: [],
  focus: undefined,
  ...more,
});
const shown = async (more: Partial<TimetableData>, chosen?: string): Promise<TimetableModel> =>
  present({ trees, panels: [], hiddenTrees: 0, processes: await api.managed(), ...more }, chosen);

describe('the timetable', () => {
  it('has a tab for every tree, with the chosen one lit', async () => {
    const lit = ({ tabs }: TimetableModel): unknown => tabs.map(({ href, active }) => [href, active]);
    assert.deepEqual(lit(await shown({}, 'client')), [
      ['/timetable/site', false],
      ['/timetable/client', true],
      ['/timetable/alert', false],
    ]);
    assert.ok((await shown({})).tabs.every(({ active }) => !active));
  });

  it('sums the jobs of all processes of a tree into its bar', async () => {
    const processes = [
      { name: 'SiteDaily', qualifier: 'daily', counts: { ...none, PROCESSED: 1, EMBRYO: 2, FINAL_RUN: 1 } },
      {
        name: 'SiteHourly',
        qualifier: 'hourly',
        counts: { ...none, PROCESSED: 3, NOOP: 1, SKIPPED: 1, IN_PROGRESS: 1, RETRYING: 2, QUARANTINED: 1 },
      },
    ] as const;
    const { panels } = await shown({ panels: [panelOf('site', { tree: tree('site', { processes }) })] });
    assert.deepEqual([panels[0]?.bar.total, panels[0]?.bar.percent], ['13', 46]);
    assert.equal(
      panels[0]?.bar.text,
      '13 jobs: 1 quarantined, 2 retrying, 4 processed, 1 noop, 1 skipped, 1 final run, 1 in progress, 2 embryo',
    );
  });

  it('leads to the trees a tree waits for, and to the oldest unfinished period of its own processes', async () => {
    const processes = (await api.managed()).map((summary) => ({
      ...summary,
      oldestUnfinished: { SiteHourly: '2015052903', ClientDaily: '2015052900' }[summary.process.name] ?? null,
    }));
    const { panels } = await shown({ panels: [panelOf('site'), panelOf('client')], processes });
    assert.deepEqual(
      panels.map(({ oldest }) => oldest),
      [
        [{ href: '/timetable/site/SiteHourly/2015052903', text: '29 May 2015 03h', process: 'SiteHourly' }],
        [{ href: '/timetable/client/ClientDaily/2015052900', text: '29 May 2015', process: 'ClientDaily' }],
      ],
    );
    assert.deepEqual(
      panels.map(({ dependsOn }) => dependsOn),
      [[], [{ name: 'site', href: '/timetable/site' }]],
    );
  });

  it('tells of the job in focus why it is not further, and names a few neighbours', async () => {
    const job = await api.job({ processName: 'SiteDaily', timeperiod: '2015052900' });
    const [dependant] = job.dependants;
    assert.ok(dependant);
    const focus = { ...job, dependants: Array.from({ length: 9 }, () => dependant) };
    const { panels } = await shown({ panels: [panelOf('site', { focus })] });
    const told = panels[0]?.focus;
    assert.deepEqual(
      [told?.title, told?.chip.href, told?.summary],
      ['Fri 29 May 2015', '/jobs/SiteDaily/2015052900', job.explanation.summary],
    );
    assert.deepEqual([told?.waitsFor.length, told?.waitedForBy.length], [0, 6]);
    assert.equal(told?.waitedForBy[0]?.name, 'ClientDaily');
  });

  it('shows a tree without any period, and never hides fewer than none', async () => {
    const { panels, hiddenTrees } = await shown({ panels: [panelOf('alert')], hiddenTrees: -1 });
    assert.deepEqual([panels[0]?.focus, panels[0]?.bands, hiddenTrees], [undefined, [], 0]);
    assert.equal((await shown({ hiddenTrees: 3 })).hiddenTrees, 3);
  });
});
