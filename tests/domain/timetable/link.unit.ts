import assert from 'node:assert/strict';

import fc from 'fast-check';

import type { Mapping } from '../../../domain/model/process.ts';
import type { Qualifier } from '../../../domain/time/qualifier.ts';
import { dependantsOf, inputsOf, linkProgress } from '../../../domain/timetable/link.ts';
import type { Link, LinkProgress } from '../../../domain/timetable/link.ts';
import { buildTimetable } from '../../../domain/timetable/timetable.ts';
import type { Timetable } from '../../../domain/timetable/timetable.ts';
import { contextOf, managed } from '../../support/context.ts';
import { anyWorld, naive } from '../../support/naive.ts';
import { nameOf, put } from '../../support/timetable.ts';

const START = Date.UTC(2015, 4, 31, 22);
const NOW = Date.UTC(2015, 5, 3, 1);

interface Declared {
  readonly waits: Qualifier;
  readonly on: Qualifier;
  readonly mapping?: Mapping;
  readonly atLeast?: number;
  readonly now?: number;
}

/** A timetable in which `Waits` depends on `On`, and the link between them. */
const linked = ({ waits, on, mapping = 'same', now = NOW, ...more }: Declared): [Timetable, Link] => {
  const context = contextOf({
    below: { processes: [managed('On', on)] },
    above: { processes: [managed('Waits', waits, { dependsOn: [{ process: 'On', mapping, ...more }] })] },
  });
  const timetable = buildTimetable(context, { start: START, now });
  return [timetable, timetable.inputs.get('Waits')![0]!];
};

const inputNames = (link: Link, timeperiod: string): string[] => {
  const { from, to } = inputsOf(link, link.dependant.indexOf(timeperiod));
  return Array.from({ length: to - from }, (_, i) => link.input.timeperiod(from + i));
};

const dependantNames = (link: Link, timeperiod: string): string[] =>
  dependantsOf(link, link.input.indexOf(timeperiod)).map((index) => link.dependant.timeperiod(index));

describe('links', () => {
  describe('same', () => {
    const [, link] = linked({ waits: 'daily', on: 'daily' });

    it('waits for the period itself, which is waited for by it alone', () => {
      assert.deepEqual(inputNames(link, '2015060100'), ['2015060100']);
      assert.deepEqual(dependantNames(link, '2015060100'), ['2015060100']);
    });
  });

  describe('contained', () => {
    const [, link] = linked({ waits: 'monthly', on: 'daily', mapping: 'contained' });

    it('waits for every finer period inside, whether it exists or not', () => {
      const june = inputNames(link, '2015060000');
      assert.deepEqual([june.length, june[0], june.at(-1)], [30, '2015060100', '2015063000']);
    });

    it('knows of nothing before the first period there is', () => {
      assert.deepEqual(inputNames(link, '2015050000'), ['2015053100']);
    });

    it('is waited for by the coarser period around', () => {
      assert.deepEqual(dependantNames(link, '2015053100'), ['2015050000']);
      assert.deepEqual(dependantNames(link, '2015060300'), ['2015060000']);
    });
  });

  describe('containing', () => {
    const [, link] = linked({ waits: 'hourly', on: 'daily', mapping: 'containing' });

    it('waits for the coarser period around', () => {
      assert.deepEqual(inputNames(link, '2015060107'), ['2015060100']);
    });

    it('is waited for by the finer periods inside that exist', () => {
      assert.deepEqual(dependantNames(link, '2015053100'), ['2015053122', '2015053123']);
      assert.equal(dependantNames(link, '2015060200').length, 24);
      assert.deepEqual(dependantNames(link, '2015060300'), ['2015060300', '2015060301']);
    });
  });

  describe('offset', () => {
    it('counts in periods of the input: a day on the hour before it', () => {
      const [, link] = linked({ waits: 'daily', on: 'hourly', mapping: { offset: -1 } });
      assert.deepEqual(inputNames(link, '2015060200'), ['2015060123']);
      assert.deepEqual(dependantNames(link, '2015060123'), ['2015060200']);
      assert.deepEqual(dependantNames(link, '2015060122'), []);
    });

    it('counts from the period around: an hour on the day before its own', () => {
      const [, link] = linked({ waits: 'hourly', on: 'daily', mapping: { offset: -1 } });
      assert.deepEqual(inputNames(link, '2015060217'), ['2015060100']);
      assert.equal(dependantNames(link, '2015060100').length, 24);
      assert.deepEqual(dependantNames(link, '2015060300'), []);
    });

    it('covers ranges with both of their ends', () => {
      const [, link] = linked({ waits: 'daily', on: 'daily', mapping: { offset: [-2, 1] } });
      assert.deepEqual(inputNames(link, '2015060200'), [
        '2015053100',
        '2015060100',
        '2015060200',
        '2015060300',
      ]);
      assert.deepEqual(dependantNames(link, '2015060100'), [
        '2015053100',
        '2015060100',
        '2015060200',
        '2015060300',
      ]);
    });

    it('lets a process wait for its own earlier periods', () => {
      const context = contextOf({
        one: {
          processes: [
            managed('Own', 'monthly', { dependsOn: [{ process: 'Own', mapping: { offset: -1 } }] }),
          ],
        },
      });
      const timetable = buildTimetable(context, { start: START, now: NOW });
      const link = timetable.inputs.get('Own')![0]!;
      assert.deepEqual(inputNames(link, '2015060000'), ['2015050000']);
      assert.deepEqual(dependantNames(link, '2015050000'), ['2015060000']);
    });

    it('may reach back before 1970, where nothing is', () => {
      const context = contextOf({
        below: { processes: [managed('On', 'monthly')] },
        above: {
          processes: [
            managed('Waits', 'yearly', { dependsOn: [{ process: 'On', mapping: { offset: [-14, 13] } }] }),
          ],
        },
      });
      const timetable = buildTimetable(context, { start: 0, now: Date.UTC(1971, 2) });
      const link = timetable.inputs.get('Waits')![0]!;
      assert.deepEqual(inputsOf(link, 0), { from: 0, to: 14 });
      assert.deepEqual(dependantsOf(link, 0), [0, 1]);
      assert.deepEqual(dependantsOf(link, 14), [1]);
    });
  });

  describe('progress', () => {
    const day = (link: Link, timeperiod: string): LinkProgress =>
      linkProgress(link, link.dependant.indexOf(timeperiod));
    const finish = (
      timetable: Timetable,
      state: 'PROCESSED' | 'SKIPPED' | 'NOOP',
      ...timeperiods: string[]
    ): void => {
      for (const timeperiod of timeperiods) put(timetable, `On/${timeperiod}`, state);
    };

    it('lacks what is unfinished', () => {
      const [timetable, link] = linked({ waits: 'daily', on: 'daily', mapping: { offset: [-1, 0] } });
      assert.deepEqual(day(link, '2015060200'), { unready: 2, unfinished: 2, hopeless: false });
      finish(timetable, 'PROCESSED', '2015060100');
      assert.deepEqual(day(link, '2015060200'), { unready: 1, unfinished: 1, hopeless: false });
      finish(timetable, 'NOOP', '2015060200');
      assert.deepEqual(day(link, '2015060200'), { unready: 0, unfinished: 0, hopeless: false });
    });

    it('has no hope once a needed input is SKIPPED, finished as that is', () => {
      const [timetable, link] = linked({ waits: 'daily', on: 'daily' });
      finish(timetable, 'SKIPPED', '2015060100');
      assert.deepEqual(day(link, '2015060100'), { unready: 1, unfinished: 0, hopeless: true });
    });

    it('asks nothing of periods before the first', () => {
      const [, link] = linked({ waits: 'daily', on: 'daily', mapping: { offset: [-9, -1] } });
      assert.deepEqual(day(link, '2015053100'), { unready: 0, unfinished: 0, hopeless: false });
      assert.deepEqual(day(link, '2015060100'), { unready: 1, unfinished: 1, hopeless: false });
    });

    it('waits for periods after the last, even where others would exist', () => {
      const [timetable, link] = linked({ waits: 'daily', on: 'daily', mapping: { offset: [1, 2] } });
      assert.deepEqual(day(link, '2015060300'), { unready: 2, unfinished: 2, hopeless: false });
      finish(timetable, 'PROCESSED', '2015060300');
      assert.deepEqual(day(link, '2015060200'), { unready: 1, unfinished: 1, hopeless: false });
    });

    it('is content with any n, and hopeless only when n cannot be reached', () => {
      const [timetable, link] = linked({ waits: 'daily', on: 'hourly', mapping: 'contained', atLeast: 22 });
      const hours = Array.from({ length: 24 }, (_, hour) => `20150602${String(hour).padStart(2, '0')}`);
      finish(timetable, 'PROCESSED', ...hours.slice(3));
      assert.deepEqual(day(link, '2015060200'), { unready: 1, unfinished: 1, hopeless: false });
      finish(timetable, 'SKIPPED', hours[0]!, hours[1]!);
      assert.deepEqual(day(link, '2015060200'), { unready: 1, unfinished: 0, hopeless: false });
      finish(timetable, 'PROCESSED', hours[2]!);
      assert.deepEqual(day(link, '2015060200'), { unready: 0, unfinished: 0, hopeless: false });
      finish(timetable, 'SKIPPED', hours[2]!);
      assert.deepEqual(day(link, '2015060200'), { unready: 1, unfinished: 0, hopeless: true });
    });

    it('wants n of the periods that there are, not of those before the first', () => {
      const [timetable, link] = linked({ waits: 'daily', on: 'hourly', mapping: 'contained', atLeast: 1 });
      assert.equal(day(link, '2015053100').unready, 1);
      finish(timetable, 'PROCESSED', '2015053123');
      assert.equal(day(link, '2015053100').unready, 0);
    });

    it('takes an n beyond the mapped periods for all of them', () => {
      const [timetable, link] = linked({ waits: 'daily', on: 'daily', atLeast: 5 });
      assert.equal(day(link, '2015060100').unready, 1);
      finish(timetable, 'PROCESSED', '2015060100');
      assert.equal(day(link, '2015060100').unready, 0);
    });

    it('lists open inputs that exist, in order', () => {
      const [timetable, link] = linked({ waits: 'daily', on: 'daily', mapping: { offset: [-9, 9] } });
      finish(timetable, 'PROCESSED', '2015060100');
      const { from, to } = inputsOf(link, link.dependant.indexOf('2015060100'));
      const open = [...link.input.open.between(from, to)];
      assert.deepEqual(
        open.map((index) => link.input.timeperiod(index)),
        ['2015053100', '2015060200', '2015060300'],
      );
    });
  });

  describe('between random trees', () => {
    it('map to the periods that the calendar says', () => {
      fc.assert(
        fc.property(anyWorld, ({ context, span }) => {
          const timetable = buildTimetable(context, span);
          const expected = naive(context, span).inputs;
          for (const [name, links] of timetable.inputs) {
            const level = timetable.levels.get(name)!;
            for (let index = 0; index < level.size; index++) {
              const found = links.map((link) => {
                const { from, to } = inputsOf(link, index);
                const jobs: string[] = [];
                for (let i = from; i < Math.min(to, link.input.size); i++)
                  jobs.push(nameOf({ level: link.input, index: i }));
                return { jobs, missing: Math.max(0, to - Math.max(from, link.input.size)) };
              });
              assert.deepEqual(
                found,
                expected.get(nameOf({ level, index }))!.map(({ jobs, missing }) => ({ jobs, missing })),
              );
            }
          }
        }),
        { numRuns: 150 },
      );
    });

    it('are inverted exactly', () => {
      fc.assert(
        fc.property(anyWorld, ({ context, span }) => {
          const timetable = buildTimetable(context, span);
          for (const link of [...timetable.inputs.values()].flat()) {
            const expected = Array.from({ length: link.input.size }, (): number[] => []);
            for (let index = 0; index < link.dependant.size; index++) {
              const { from, to } = inputsOf(link, index);
              for (let i = from; i < Math.min(to, link.input.size); i++) expected[i]!.push(index);
            }
            const found = expected.map((_, index) => dependantsOf(link, index));
            assert.deepEqual(found, expected);
          }
        }),
        { numRuns: 150 },
      );
    });
  });
});
