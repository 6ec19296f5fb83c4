import assert from 'node:assert/strict';
import { tileRowsOf, counterpart, defaultFocus, focusPath } from '../../../mx/present/tile-row.ts';
import type { TileRow } from '../../../mx/present/tile-row.ts';
import type { TreeSummary } from '../../../scheduler/api/api.ts';
import { makeFakeApi } from '../support/fake-api.ts';
import { NOW } from '../support/fake-timetable.ts';

describe('the bands of a tree', () => {
  const api = makeFakeApi();
  const treeOf = (name: string): TreeSummary => api.trees().find((tree) => tree.name === name)!;
  const bands = (tree: string, processName: string, timeperiod: string): TileRow[] => {
    const path = focusPath(api, treeOf(tree), api.node({ processName, timeperiod }));
    return tileRowsOf(api, tree, path);
  };

  it('go from years to the hours of the day in focus', () => {
    const shown = bands('site', 'SiteDaily', '2015052900');
    assert.deepEqual(
      shown.map(({ title }) => title),
      ['years', 'months of 2015', 'days of May 2015', 'hours of 29 May 2015'],
    );
    assert.deepEqual(
      shown.map(({ tiles }) => tiles.filter(({ focused }) => focused).map(({ text }) => text)),
      [['2015'], ['May'], ['29'], []],
    );
    assert.deepEqual(
      shown.map(({ tiles }) => tiles.length),
      [2, 6, 31, 24],
    );
  });

  it('keep the place of periods that are not there', () => {
    const [, months, days] = bands('site', 'SiteDaily', '2015060100');
    assert.deepEqual(months?.missing, [7, 8, 9, 10, 11, 12]);
    assert.deepEqual(
      days?.tiles.map(({ slot }) => slot),
      [1],
    );
    assert.equal(days.missing.length, 29);
  });

  it('lead from a focused tile to its job, from others to themselves', () => {
    const [, , , hours] = bands('site', 'SiteHourly', '2015052903');
    const hrefs = hours?.tiles.slice(2, 4).map(({ href }) => href);
    assert.deepEqual(hrefs, ['/timetable/site/SiteHourly/2015052902', '/jobs/SiteHourly/2015052903']);
  });

  it('mark failures all the way up to the year, and in the small cells', () => {
    const [years, months, days, hours] = bands('site', 'SiteDaily', '2015052900');
    const trouble = (band: TileRow | undefined, text: string): number | undefined =>
      band?.tiles.find((tile) => tile.text === text)?.trouble?.count;
    assert.deepEqual(
      [trouble(years, '2015'), trouble(months, 'May'), trouble(days, '29'), trouble(days, '28')],
      [2, 2, 1, undefined],
    );
    assert.equal(months?.tiles[4]?.cells[28], 'c6');
    assert.equal(hours?.tiles[3]?.look.glyph, 'invalid');
    assert.equal(hours.tiles[3].redo, true);
  });

  it('show weeks below each other in the cells of a month', () => {
    const [, months] = bands('site', 'SiteDaily', '2015052900');
    assert.deepEqual(
      months?.tiles.map(({ lead }) => lead),
      [3, 6, 6, 2, 4, 0],
    );
  });

  it('say when they show less than all, and lead on', () => {
    const [days] = bands('alert', 'AlertDaily', '2015053100');
    assert.equal(days?.tiles.length, 62);
    assert.equal(days.cap, '62 shown, there are more');
    assert.equal(days.earlier, '/timetable/alert/AlertDaily/2015033100');
    assert.equal(days.later, undefined);
    const [older] = bands('alert', 'AlertDaily', '2015021000');
    assert.ok(older?.tiles.some(({ focused }) => focused));
    assert.equal(older?.later, '/timetable/alert/AlertDaily/2015021100');
  });

  it('open on the day of the last full hour', () => {
    assert.equal(defaultFocus(api, treeOf('site'), NOW)?.timeperiod, '2015053100');
    assert.equal(defaultFocus(api, treeOf('client'), NOW)?.processName, 'ClientMonthly');
    assert.equal(defaultFocus(api, treeOf('alert'), Date.UTC(2030, 0, 1))?.timeperiod, '2015060100');
  });

  it('find the same period in another tree, or the one around it', () => {
    const focus = (processName: string, timeperiod: string) => api.node({ processName, timeperiod });
    const found = counterpart(api, treeOf('client'), focus('SiteHourly', '2015052903'));
    assert.deepEqual([found?.processName, found?.timeperiod], ['ClientDaily', '2015052900']);
    assert.equal(counterpart(api, treeOf('alert'), focus('SiteMonthly', '2015050000')), undefined);
  });
});
