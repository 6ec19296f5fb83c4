import assert from 'node:assert/strict';

import fc from 'fast-check';

import { jobStates } from '../../../domain/machine/job-machine.ts';
import type { JobState } from '../../../domain/machine/job-machine.ts';
import { isJobFinished, isUowFinished } from '../../../domain/machine/transition.ts';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import type { LiveUnit } from '../../../domain/timetable/level.ts';
import { standings } from '../../../domain/timetable/standing.ts';
import { buildTimetable, growTimetable, rouse, setJob } from '../../../domain/timetable/timetable.ts';
import type { Node, Timetable } from '../../../domain/timetable/timetable.ts';
import { anyWorld, naive } from '../../support/naive.ts';
import type { Naive, World } from '../../support/naive.ts';
import { at, nameOf, unitOf } from '../../support/timetable.ts';

// What the timetable keeps up to date with every change is counted again from nothing, by names alone.

interface Change {
  readonly pick: number;
  readonly state: JobState;
  readonly redo: boolean;
  readonly unit: LiveUnit | undefined;
  readonly what: 'set' | 'discharge' | 'set-aside' | 'rest' | 'rouse';
}

const anyUnit: fc.Arbitrary<LiveUnit> = fc
  .record({
    state: fc.oneof(fc.constant('INVALID' as const), fc.constantFrom(...uowStates)),
    retryAt: fc.constantFrom(null, 1_000),
  })
  .map(({ state, retryAt }) => unitOf('unit', state, { retryAt }));

const anyChange: fc.Arbitrary<Change> = fc.record({
  pick: fc.nat(),
  state: fc.constantFrom(...jobStates),
  redo: fc.boolean(),
  unit: fc.option(anyUnit, { nil: undefined }),
  what: fc.constantFrom('set', 'set', 'set', 'discharge', 'set-aside', 'rest', 'rouse'),
});

const anyHistory = fc.record({ world: anyWorld, changes: fc.array(anyChange, { maxLength: 60 }) });

/** All that is known of the nodes, kept the slow way. */
interface Model {
  readonly oracle: Naive;
  readonly states: Map<string, JobState>;
  readonly redo: Set<string>;
  readonly units: Map<string, LiveUnit>;
  readonly candidates: Set<string>;
  readonly resting: Set<string>;
}

const modelOf = ({ context, span }: World): Model => {
  const oracle = naive(context, span);
  return {
    oracle,
    states: new Map(oracle.jobs.map((job) => [job, 'EMBRYO'])),
    redo: new Set(),
    units: new Map(),
    candidates: new Set(oracle.jobs),
    resting: new Set(),
  };
};

const isOpen = (model: Model, job: string): boolean => !isJobFinished(model.states.get(job)!);

const wakeModel = (model: Model, job: string): boolean => {
  if (!isOpen(model, job)) return false;
  const unit = model.units.get(job);
  if (unit === undefined || isUowFinished(unit.state)) model.candidates.add(job);
  return true;
};

/** Whether a dependency of `job` on `input` holds it up no longer. */
const isMet = (model: Model, job: string, input: string): boolean =>
  model.oracle.inputs
    .get(job)!
    .filter(({ jobs }) => jobs.includes(input))
    .some(({ dependency, jobs, missing }) => {
      const total = jobs.length + missing;
      const open = jobs.filter((other) => isOpen(model, other)).length + missing;
      const skipped = jobs.filter((other) => model.states.get(other) === 'SKIPPED').length;
      const needed = Math.min(total, dependency.atLeast ?? total);
      return total - open >= needed || total - skipped < needed;
    });

const setModel = (model: Model, job: string, { state, redo }: Change): string[] => {
  const wasOpen = isOpen(model, job);
  model.states.set(job, state);
  if (redo) model.redo.add(job);
  else model.redo.delete(job);
  if (!wasOpen || isOpen(model, job)) return [];
  for (const known of [model.candidates, model.resting, model.units]) known.delete(job);
  const { parent, children, dependants } = model.oracle;
  const above = [parent.get(job)].filter((name) => name !== undefined);
  const woken = [
    ...(dependants.get(job) ?? []).filter((name) => model.redo.has(name) || isMet(model, name, job)),
    ...above.filter(
      (name) => model.redo.has(name) || !children.get(name)!.some((child) => isOpen(model, child)),
    ),
  ];
  return [...new Set(woken.filter((name) => wakeModel(model, name)))].sort();
};

const carryOut = (timetable: Timetable, model: Model, change: Change): void => {
  const job = model.oracle.jobs[change.pick % model.oracle.jobs.length]!;
  const node = at(timetable, job);
  const { level, index } = node;
  if (change.unit !== undefined && isOpen(model, job)) {
    level.setUnit(index, change.unit);
    model.units.set(job, change.unit);
  }
  switch (change.what) {
    case 'set': {
      const { state, redo } = change;
      const woken = setJob(timetable, node, { state, redo, version: level.version(index) + 1, uowCount: 1 });
      assert.deepEqual([...new Set(woken.map(nameOf))].sort(), setModel(model, job, change));
      return;
    }
    case 'discharge':
      level.setUnit(index, undefined);
      model.units.delete(job);
      return;
    case 'rest':
      if (!isOpen(model, job)) return;
      level.resting.add(index);
      model.resting.add(job);
      return;
    case 'set-aside':
      level.candidates.delete(index);
      model.candidates.delete(job);
      return;
    case 'rouse':
      rouse(level);
      for (const name of model.resting) {
        if (!name.startsWith(`${level.process.name}/`)) continue;
        wakeModel(model, name);
        model.resting.delete(name);
      }
  }
};

const allNodes = (timetable: Timetable): Node[] =>
  [...timetable.levels.values()].flatMap((level) =>
    Array.from({ length: level.size }, (_, index) => ({ level, index })),
  );

const below = (model: Model, job: string): string[] =>
  (model.oracle.children.get(job) ?? []).flatMap((child) => [child, ...below(model, child)]);

/** What a failed unit makes of its job, whatever the state; in words of its own. */
const standingIn = (model: Model, job: string): string => {
  const unit = model.units.get(job);
  if (unit?.state !== 'INVALID') return model.states.get(job)!;
  return unit.retryAt === null ? 'QUARANTINED' : 'RETRYING';
};

const tally = (model: Model, jobs: readonly string[]): number[] =>
  standings.map((standing) => jobs.filter((job) => standingIn(model, job) === standing).length);

describe('the timetable, counted again', () => {
  const afterHistory = (check: (timetable: Timetable, model: Model) => void): void => {
    fc.assert(
      fc.property(anyHistory, ({ world, changes }) => {
        const timetable = buildTimetable(world.context, world.span);
        const model = modelOf(world);
        for (const change of changes) carryOut(timetable, model, change);
        check(timetable, model);
      }),
      { numRuns: 80 },
    );
  };

  it('has the nodes, parents and children that the calendar says', () => {
    afterHistory((timetable, { oracle }) => {
      const nodes = allNodes(timetable);
      assert.deepEqual(nodes.map(nameOf), oracle.jobs);
      for (const { level, index } of nodes) {
        const job = nameOf({ level, index });
        const parent = level.parent && nameOf({ level: level.parent, index: level.parentOf(index) });
        assert.equal(parent, oracle.parent.get(job));
        const { from, to } = level.childrenOf(index);
        const children = Array.from({ length: to - from }, (_, i) =>
          nameOf({ level: level.child!, index: from + i }),
        );
        assert.deepEqual(children, oracle.children.get(job) ?? []);
      }
    });
  });

  it('counts subtrees, open children and levels right', () => {
    afterHistory((timetable, model) => {
      for (const { level, index } of allNodes(timetable)) {
        const job = nameOf({ level, index });
        assert.deepEqual(
          standings.map((standing) => level.below(index, standing)),
          tally(model, below(model, job)),
        );
        assert.equal(level.standing(index), standingIn(model, job));
        const open = (model.oracle.children.get(job) ?? []).filter((child) => isOpen(model, child));
        assert.equal(level.openChildren(index), open.length);
      }
      for (const [name, level] of timetable.levels) {
        const jobs = model.oracle.jobs.filter((job) => job.startsWith(`${name}/`));
        assert.deepEqual([...level.totals], tally(model, jobs));
      }
    });
  });

  it('has the frontier that a walk over all nodes finds', () => {
    afterHistory((timetable, model) => {
      for (const [name, level] of timetable.levels) {
        const jobs = model.oracle.jobs.filter((job) => job.startsWith(`${name}/`));
        for (let from = 0; from <= jobs.length; from++) {
          const walk = (wanted: (job: string) => boolean): number =>
            jobs.findIndex((job, index) => index >= from && wanted(job));
          assert.equal(
            level.active.next(from),
            walk((job) => isOpen(model, job)),
          );
          assert.equal(
            level.candidates.next(from),
            walk((job) => model.candidates.has(job)),
          );
        }
        assert.deepEqual(
          [...level.resting].map((index) => nameOf({ level, index })).sort(),
          jobs.filter((job) => model.resting.has(job)).sort(),
        );
        assert.deepEqual(
          [...level.units.keys()].sort((a, b) => a - b).map((index) => jobs[index]),
          jobs.filter((job) => model.units.has(job)),
        );
      }
    });
  });

  it('grows to what it would have been built as', () => {
    const anyGrowth = fc.record({
      world: anyWorld,
      stops: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
      changes: fc.array(
        fc.record({ pick: fc.nat(), state: fc.constantFrom(...jobStates), stop: fc.nat(4) }),
        {
          maxLength: 20,
        },
      ),
    });
    const snapshot = (timetable: Timetable): unknown =>
      allNodes(timetable).map(({ level, index }) => [
        nameOf({ level, index }),
        level.state(index),
        level.version(index),
        level.active.has(index),
        level.candidates.has(index),
        level.openChildren(index),
        standings.map((standing) => level.below(index, standing)),
        [...level.totals],
        [level.size, level.active.size, level.candidates.size],
      ]);
    fc.assert(
      fc.property(anyGrowth, ({ world: { context, span }, stops, changes }) => {
        const instants = [...stops]
          .sort((a, b) => a - b)
          .map((share) => Math.floor(span.start + share * (span.now - span.start)));
        const grown = buildTimetable(context, { ...span, now: instants[0] ?? span.start });
        const done: (readonly [string, JobState])[] = [];
        const change = (timetable: Timetable, job: string, state: JobState): void => {
          const { level, index } = at(timetable, job);
          level.set(index, { state, version: level.version(index) + 1, uowCount: 0, redo: false });
        };
        [...instants, span.now].forEach((now, stop) => {
          growTimetable(grown, now);
          const jobs = allNodes(grown).map(nameOf);
          for (const { pick, state } of changes.filter((one) => one.stop === stop)) {
            done.push([jobs[pick % jobs.length]!, state]);
            change(grown, ...done.at(-1)!);
          }
        });
        const built = buildTimetable(context, span);
        for (const [job, state] of done) change(built, job, state);
        assert.deepEqual(snapshot(grown), snapshot(built));
      }),
      { numRuns: 80 },
    );
  });
});
