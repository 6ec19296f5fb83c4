import assert from 'node:assert/strict';
import { toDiagram } from '../../../domain/machine/diagram.ts';
import { countStandings } from '../../../domain/timetable/standing.ts';
import { machines } from '../../../domain/machine/registry.ts';
import { processMap } from '../../../mx/present/process-map.ts';
import { drawMachine } from '../../../mx/present/state-diagram.ts';
import { anyLook } from '../../../mx/present/state-look.ts';
import { makeFakeApi } from '../support/fake-api.ts';

const draw = (name: 'job' | 'uow', current: string, taken: { from: string | null; to: string }[] = []) =>
  drawMachine(toDiagram(machines[name]), { current, taken }, (state) => anyLook(name, state));

describe('the drawing of a machine', () => {
  for (const name of ['job', 'uow'] as const) {
    it(`holds every state and arrow of the ${name} machine, inside its bounds, no state upon another`, () => {
      const { states, edges } = toDiagram(machines[name]);
      const drawn = draw(name, states[0]?.id ?? '');
      assert.deepEqual(
        drawn.states.map(({ id }) => id),
        states.map(({ id }) => id),
      );
      assert.equal(drawn.arrows.length, edges.length);
      for (const one of drawn.states) {
        assert.ok(one.x - one.width / 2 >= 0 && one.x + one.width / 2 <= drawn.width);
        assert.ok(one.y - one.height / 2 >= 0 && one.y + one.height / 2 <= drawn.height);
        const clash = drawn.states.find(
          (other) =>
            other !== one && Math.abs(other.x - one.x) < one.width && Math.abs(other.y - one.y) < one.height,
        );
        assert.equal(clash, undefined, `${one.id} stands upon ${clash?.id ?? ''}`);
      }
      for (const { path } of drawn.arrows) assert.match(path, /^M [-\d. ]+C [-\d. C]+$/);
    });
  }

  it('lights where the job is, what it did and what it may do', () => {
    const { states, arrows } = draw('job', 'IN_PROGRESS', [
      { from: null, to: 'EMBRYO' },
      { from: 'EMBRYO', to: 'IN_PROGRESS' },
    ]);
    assert.deepEqual(
      states.filter(({ current }) => current).map(({ id }) => id),
      ['IN_PROGRESS'],
    );
    assert.deepEqual(
      arrows.filter(({ role }) => role === 'taken').map(({ label }) => label),
      ['start'],
    );
    assert.deepEqual(
      arrows
        .filter(({ role }) => role === 'next')
        .map(({ label }) => label)
        .sort(),
      ['complete', 'empty', 'finalize', 'reprocess', 'rerun, reprocess [hasUow]', 'skip'],
    );
  });
});

describe('the map of processes', () => {
  it('leads from parts to wholes, and from those waited for to those who wait', async () => {
    const api = makeFakeApi();
    const map = processMap(api.trees(), await api.managed());
    assert.equal(map.stations.length, 8);
    assert.deepEqual(
      [
        map.tracks.filter(({ kind }) => kind === 'nest').length,
        map.tracks.filter(({ kind }) => kind === 'wait').length,
      ],
      [5, 4],
    );
    const x = (name: string): number => map.stations.find((station) => station.name === name)?.x ?? NaN;
    assert.ok(
      x('SiteHourly') < x('SiteDaily') &&
        x('SiteDaily') < x('ClientDaily') &&
        x('ClientDaily') < x('ClientMonthly'),
    );
  });

  it('has room for what is told below the names', async () => {
    const [summary] = await makeFakeApi().managed();
    assert.ok(summary);
    const counts = { ...countStandings(() => 0), RETRYING: 250, EMBRYO: 9750 };
    const { stations, width } = processMap([], [{ ...summary, counts, on: false }]);
    const [station] = stations;
    assert.equal(station?.bar.failing?.text, '250 failing');
    assert.equal(station.below, ' of 10,000 jobs, switched off');
    // From where the view begins it, by what a letter of 12 px takes at least.
    const end = station.x + 27 + `${station.bar.failing.text}${station.below}`.length * 6;
    assert.ok(end <= width, `${end} of ${width}`);
  });

  it('is empty without processes', () => {
    const { stations, tracks } = processMap([], []);
    assert.deepEqual([stations, tracks], [[], []]);
  });
});
