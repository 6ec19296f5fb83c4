import assert from 'node:assert/strict';
import { countStandings } from '../../../domain/timetable/standing.ts';
import { cellOf, tileOf } from '../../../mx/present/tile.ts';
import type { NodeView } from '../../../scheduler/api/api.ts';

const node = (more: Partial<NodeView> = {}): NodeView => ({
  processName: 'SiteDaily',
  timeperiod: '2015052900',
  tree: 'site',
  qualifier: 'daily',
  state: 'IN_PROGRESS',
  standing: 'IN_PROGRESS',
  version: 1,
  childCount: 0,
  redo: false,
  ...more,
});
const tile = (more: Partial<NodeView>) =>
  tileOf(node(more), { children: [], slotted: true, focus: undefined });

describe('a tile', () => {
  it('says of a failed job whether it is tried again, by shape and in words', () => {
    const retrying = tile({ standing: 'RETRYING', uow: 'INVALID' });
    assert.deepEqual(
      [retrying.look.glyph, retrying.look.label, retrying.look.meaning],
      ['invalid', 'Retrying', 'failed, will be tried again'],
    );
    const { look, title } = tile({ standing: 'QUARANTINED', uow: 'INVALID' });
    assert.deepEqual([look.glyph, look.label], ['quarantined', 'Quarantined']);
    assert.doesNotMatch(`${title} ${look.meaning}`, /will be tried again/);
  });

  it('counts what fails below it, with the look of the worst', () => {
    const below = (more: object) => tile({ counts: { ...countStandings(() => 0), PROCESSED: 3, ...more } });
    assert.equal(below({}).trouble, undefined);
    assert.deepEqual(
      [below({ RETRYING: 2 }).trouble?.glyph, below({ RETRYING: 2 }).trouble?.count],
      ['invalid', 2],
    );
    const both = below({ RETRYING: 2, QUARANTINED: 1 });
    assert.deepEqual([both.trouble?.glyph, both.trouble?.count], ['quarantined', 3]);
    assert.match(both.title, /1 quarantined, 2 retrying, 3 processed/);
  });

  it('is drawn small by the worst of itself and what is below it', () => {
    const counts = (more: object) => ({ ...countStandings(() => 0), ...more });
    assert.equal(cellOf(node({ standing: 'PROCESSED', counts: counts({ PROCESSED: 3 }) })), 'c3');
    assert.equal(cellOf(node({ standing: 'RETRYING' })), 'c6');
    assert.equal(cellOf(node({ standing: 'EMBRYO', counts: counts({ RETRYING: 1 }) })), 'c6');
    assert.equal(cellOf(node({ standing: 'RETRYING', counts: counts({ QUARANTINED: 1 }) })), 'c7');
    assert.equal(cellOf(node({ standing: 'QUARANTINED', counts: counts({ RETRYING: 1 }) })), 'c7');
  });
});
