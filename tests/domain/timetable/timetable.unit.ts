import assert from 'node:assert/strict';

import type { SynergyError } from '../../../domain/errors.ts';
import {
  buildTimetable,
  dependantNodes,
  growTimetable,
  isCovered,
  keyOf,
  levelOf,
  nodeOf,
  rouse,
  setJob,
  wake,
} from '../../../domain/timetable/timetable.ts';
import type { Timetable } from '../../../domain/timetable/timetable.ts';
import { cases, casesContext, contextOf, managed } from '../../support/context.ts';
import { at, casesTimetable, charge, nameOf, put, putAll } from '../../support/timetable.ts';

const candidates = (timetable: Timetable, processName: string): string[] => {
  const level = levelOf(timetable, processName);
  return [...level.candidates.between(0, level.size)].map((index) => level.timeperiod(index));
};

/** As a tick does that could bring none of them further. */
const putAside = (timetable: Timetable): void => {
  for (const level of timetable.levels.values())
    for (const index of level.candidates.between(0, level.size)) level.candidates.delete(index);
};

describe('timetable', () => {
  describe('building', () => {
    it('lays out the levels of each tree, coarse to fine whatever their order', () => {
      const context = contextOf({
        mixed: { processes: [managed('H', 'hourly'), managed('Y', 'yearly'), managed('D', 'daily')] },
        single: { processes: [managed('M', 'monthly')] },
      });
      const timetable = buildTimetable(context, cases);
      const names = (tree: string): string[] =>
        timetable.byTree.get(tree)!.map(({ process }) => process.name);
      assert.deepEqual(names('mixed'), ['Y', 'D', 'H']);
      assert.deepEqual(names('single'), ['M']);
      const [y, d, h] = timetable.byTree.get('mixed')!;
      assert.deepEqual(
        [y!.parent, y!.child, d!.parent, d!.child, h!.parent, h!.child],
        [undefined, d, y, h, d, undefined],
      );
      assert.equal(h!.tree, 'mixed');
    });

    it('keeps processes in the order of the context', () => {
      const timetable = buildTimetable(
        { ...casesContext(), trees: casesContext().trees.toReversed() },
        cases,
      );
      assert.deepEqual(
        [...timetable.levels.keys()],
        casesContext().processes.map(({ name }) => name),
      );
    });

    it('spans the period of the start through the current one', () => {
      const sizes = [...casesTimetable().levels].map(([name, { size }]) => `${name} ${size}`);
      assert.deepEqual(sizes.slice(0, 6), [
        'SiteYearly 1',
        'SiteMonthly 2',
        'SiteDaily 3',
        'SiteHourly 30',
        'ClientMonthly 2',
        'ClientDaily 3',
      ]);
    });

    it('is empty before its start', () => {
      const timetable = casesTimetable({}, cases.start - 1);
      assert.equal(levelOf(timetable, 'SiteHourly').size, 0);
      assert.equal(levelOf(timetable, 'SiteDaily').size, 1);
    });

    it('has a place for no process outside of a tree, nor for other kinds', () => {
      const context = {
        ...casesContext(),
        processes: [...casesContext().processes, managed('Astray', 'daily')],
      };
      assert.equal(buildTimetable(context, cases).levels.has('Astray'), false);
    });
  });

  describe('growing', () => {
    it('adds what has become current, and says how many', () => {
      const timetable = casesTimetable({}, Date.UTC(2015, 5, 30, 23));
      assert.equal(growTimetable(timetable, Date.UTC(2015, 5, 30, 23, 59)), 0);
      // Four hourly, three daily and two monthly levels.
      assert.equal(growTimetable(timetable, Date.UTC(2015, 6, 1)), 4 + 3 + 2);
      assert.equal(nameOf(at(timetable, 'SiteMonthly/2015070000')), 'SiteMonthly/2015070000');
      assert.equal(levelOf(timetable, 'SiteYearly').size, 1);
    });

    it('has new nodes looked at, and leaves the old ones as they are', () => {
      const timetable = casesTimetable();
      put(timetable, 'SiteHourly/2015060203', 'PROCESSED');
      putAside(timetable);
      growTimetable(timetable, Date.UTC(2015, 5, 2, 5));
      assert.deepEqual(candidates(timetable, 'SiteHourly'), ['2015060204', '2015060205']);
      assert.equal(levelOf(timetable, 'SiteHourly').state(29), 'PROCESSED');
    });

    it('never goes back', () => {
      const timetable = casesTimetable();
      assert.equal(growTimetable(timetable, cases.start), 0);
      assert.equal(levelOf(timetable, 'SiteHourly').size, 30);
    });
  });

  describe('names', () => {
    it('lead to nodes and back', () => {
      const key = { processName: 'SiteHourly', timeperiod: '2015060102' };
      const node = nodeOf(casesTimetable(), key);
      assert.equal(node.index, 4);
      assert.deepEqual(keyOf(node), key);
    });

    it('that are unknown are refused with the nearest one', () => {
      const timetable = casesTimetable();
      const refusal = (name: string): string => {
        try {
          levelOf(timetable, name);
        } catch (error) {
          assert.equal((error as SynergyError).code, 'NOT_FOUND');
          return (error as SynergyError).message;
        }
        return 'no refusal';
      };
      assert.equal(
        refusal('SiteHorly'),
        "no managed process is named 'SiteHorly': did you mean 'SiteHourly'?",
      );
      assert.equal(refusal('x'), "no managed process is named 'x': see `synergy list`");
    });

    it('of periods outside of the timetable are refused with what it spans', () => {
      const timetable = casesTimetable();
      for (const timeperiod of ['2015053121', '2015060204']) {
        assert.throws(() => nodeOf(timetable, { processName: 'SiteHourly', timeperiod }), {
          code: 'NOT_FOUND',
          message: `SiteHourly has no timeperiod ${timeperiod}: the timetable spans 2015053122 to 2015060203`,
        });
      }
    });

    it('of periods that do not fit the process are refused', () => {
      const timetable = casesTimetable();
      assert.throws(() => nodeOf(timetable, { processName: 'SiteDaily', timeperiod: '2015060102' }), {
        code: 'INVALID_TIMEPERIOD',
      });
    });
  });

  describe('waking', () => {
    it('is for the parent of the last child and for those whose dependency is met', () => {
      const timetable = casesTimetable();
      putAll(timetable, 'SiteHourly', 'PROCESSED', ['2015060107', '2015060113']);
      putAside(timetable);
      assert.deepEqual(put(timetable, 'SiteHourly/2015060107', 'PROCESSED'), []);
      assert.deepEqual(put(timetable, 'SiteHourly/2015060113', 'SKIPPED'), ['SiteDaily/2015060100']);
      assert.deepEqual(candidates(timetable, 'SiteDaily'), ['2015060100']);
      assert.deepEqual(put(timetable, 'SiteDaily/2015060100', 'NOOP'), ['ClientDaily/2015060100']);
      assert.deepEqual(candidates(timetable, 'ClientDaily'), ['2015060100']);
    });

    it('is not for every change, only for the end of a job', () => {
      const timetable = casesTimetable();
      putAll(timetable, 'SiteHourly', 'PROCESSED');
      assert.deepEqual(put(timetable, 'SiteDaily/2015060100', 'IN_PROGRESS'), []);
      assert.deepEqual(put(timetable, 'SiteDaily/2015060100', 'FINAL_RUN'), []);
      assert.deepEqual(put(timetable, 'SiteDaily/2015060100', 'PROCESSED'), ['ClientDaily/2015060100']);
      assert.deepEqual(put(timetable, 'SiteDaily/2015060100', 'PROCESSED'), [], 'it was finished before');
      assert.deepEqual(
        put(timetable, 'SiteDaily/2015060100', 'IN_PROGRESS', { redo: true }),
        [],
        'it begins anew',
      );
    });

    it('keeps what a worker is at away from the candidates', () => {
      const timetable = casesTimetable();
      charge(timetable, 'ClientDaily/2015060200', 'IN_PROGRESS');
      putAside(timetable);
      assert.deepEqual(put(timetable, 'SiteDaily/2015060200', 'PROCESSED'), ['ClientDaily/2015060200']);
      assert.deepEqual(candidates(timetable, 'ClientDaily'), []);
      charge(timetable, 'ClientDaily/2015060200', 'PROCESSED');
      assert.equal(wake(at(timetable, 'ClientDaily/2015060200')), true);
      assert.deepEqual(candidates(timetable, 'ClientDaily'), ['2015060200']);
    });

    it('passes by what is finished', () => {
      const timetable = casesTimetable();
      put(timetable, 'ClientDaily/2015060100', 'SKIPPED');
      assert.deepEqual(put(timetable, 'SiteDaily/2015060100', 'PROCESSED'), []);
    });

    it('is for what is being redone with every input that is finished, since only some hold it up', () => {
      const timetable = casesTimetable({
        ClientDaily: { dependsOn: [{ process: 'SiteDaily', mapping: { offset: [-1, 0] } }] },
      });
      for (const name of ['SiteDaily', 'ClientDaily']) {
        put(timetable, `${name}/2015060100`, 'IN_PROGRESS', { redo: true });
      }
      assert.deepEqual(put(timetable, 'SiteHourly/2015060107', 'PROCESSED'), ['SiteDaily/2015060100']);
      assert.deepEqual(put(timetable, 'SiteDaily/2015060100', 'PROCESSED'), ['ClientDaily/2015060100']);
    });

    it('is for those that a skipped dependency leaves without hope, though others are open', () => {
      const context = contextOf({
        below: { processes: [managed('Below', 'hourly')] },
        above: {
          processes: [
            managed('Above', 'daily', {
              blocking: 'dependencies',
              dependsOn: [{ process: 'Below', mapping: 'contained', atLeast: 23 }],
            }),
          ],
        },
      });
      const timetable = buildTimetable(context, cases);
      assert.deepEqual(put(timetable, 'Below/2015060100', 'SKIPPED'), []);
      assert.deepEqual(put(timetable, 'Below/2015060101', 'SKIPPED'), ['Above/2015060100']);
    });

    it('reaches what rests when the trigger fires', () => {
      const timetable = casesTimetable();
      const level = levelOf(timetable, 'SiteHourly');
      putAside(timetable);
      for (const index of [1, 2, 3]) level.resting.add(index);
      charge(timetable, 'SiteHourly/2015060100', 'REQUESTED');
      put(timetable, 'SiteHourly/2015060101', 'PROCESSED');
      rouse(level);
      assert.deepEqual(candidates(timetable, 'SiteHourly'), ['2015053123']);
      assert.equal(level.resting.size, 0);
    });

    it('does nothing to a finished node', () => {
      const timetable = casesTimetable();
      put(timetable, 'SiteHourly/2015060101', 'NOOP');
      assert.equal(wake(at(timetable, 'SiteHourly/2015060101')), false);
      assert.equal(candidates(timetable, 'SiteHourly').includes('2015060101'), false);
    });
  });

  it('knows the nodes of other trees that wait for one', () => {
    const timetable = casesTimetable();
    assert.deepEqual(dependantNodes(timetable, at(timetable, 'SiteMonthly/2015060000')).map(nameOf), [
      'ClientMonthly/2015060000',
    ]);
    assert.deepEqual(dependantNodes(timetable, at(timetable, 'SiteHourly/2015060101')), []);
  });

  it('links no process twice when it declares what its tree implies', () => {
    const timetable = casesTimetable({
      ClientDaily: { dependsOn: [{ process: 'SiteDaily', mapping: { offset: -1 } }] },
    });
    assert.deepEqual(dependantNodes(timetable, at(timetable, 'SiteDaily/2015060100')).map(nameOf), [
      'ClientDaily/2015060200',
    ]);
  });

  it('covers all periods of a group but its label', () => {
    const timetable = casesTimetable();
    const covered = (name: string): boolean => isCovered(at(timetable, name));
    assert.deepEqual(
      ['2015060102', '2015060103', '2015060104'].map((hour) => covered(`GroupHourly/${hour}`)),
      [true, false, true],
    );
    assert.equal(covered('SiteHourly/2015060102'), false);
  });

  it('is changed by name or by node alike', () => {
    const timetable = casesTimetable();
    const node = at(timetable, 'SiteHourly/2015060101');
    setJob(timetable, node, { state: 'FINAL_RUN', version: 5, uowCount: 2, redo: true });
    const { level, index } = node;
    assert.deepEqual(
      [level.state(index), level.version(index), level.uowCount(index), level.redo(index)],
      ['FINAL_RUN', 5, 2, true],
    );
  });
});
