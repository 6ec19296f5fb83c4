import assert from 'node:assert/strict';

import fc from 'fast-check';

import { planReprocess, planSkip } from '../../../domain/cascade/cascade.ts';
import { jobStates } from '../../../domain/machine/job-machine.ts';
import type { JobState } from '../../../domain/machine/job-machine.ts';
import { isJobFinished } from '../../../domain/machine/transition.ts';
import type { ManagedProcess, ProcessContext } from '../../../domain/model/process.ts';
import { factsOf } from '../../../domain/timetable/readiness.ts';
import { buildTimetable, isCovered, setJob } from '../../../domain/timetable/timetable.ts';
import type { Node, Timetable } from '../../../domain/timetable/timetable.ts';
import { label } from '../../support/grouping.ts';
import { anyWorld, naive } from '../../support/naive.ts';
import type { Naive, World } from '../../support/naive.ts';
import { at, nameOf } from '../../support/timetable.ts';

// What a grouped timetable says is worked out again by names alone: a period is finished when the job of its label is, and a
// job waits for what any of the periods that it covers waits for.

const groupings = {
  hourly: [1, 2, 3, 5, 23],
  daily: [1, 2, 7, 28],
  monthly: [1, 3, 12],
  yearly: [1],
} as const;

/** The same world with some of its processes grouped. */
const grouped = ({ context, span }: World, picks: readonly number[]): World => ({
  span,
  context: {
    ...context,
    processes: context.processes.map((process, place) => {
      if (process.kind !== 'managed') return process;
      const offered = groupings[process.qualifier];
      return { ...process, grouping: offered[(picks[place] ?? 0) % offered.length] ?? 1 };
    }),
  },
});

interface Change {
  readonly pick: number;
  readonly state: JobState;
  readonly redo: boolean;
}

const anyHistory = fc.record({
  world: fc
    .tuple(anyWorld, fc.array(fc.nat(4), { minLength: 9, maxLength: 9 }))
    .map(([world, picks]) => grouped(world, picks)),
  changes: fc.array(fc.record({ pick: fc.nat(), state: fc.constantFrom(...jobStates), redo: fc.boolean() }), {
    maxLength: 80,
  }),
});

/** All that is known of jobs, kept by name. */
interface Model {
  readonly oracle: Naive;
  readonly context: ProcessContext;
  readonly states: Map<string, JobState>;
  readonly redo: Set<string>;
  /** Periods by the name of the job that covers them. */
  readonly covers: ReadonlyMap<string, readonly string[]>;
}

const processOf = (context: ProcessContext, job: string): ManagedProcess =>
  context.processes.find(({ name }) => name === job.split('/')[0]) as ManagedProcess;

const coverOf = (context: ProcessContext, job: string): string => {
  const { name, qualifier, grouping } = processOf(context, job);
  return `${name}/${label(qualifier, job.split('/')[1] ?? '', grouping)}`;
};

const modelOf = ({ context, span }: World): Model => {
  const oracle = naive(context, span);
  const covers = new Map<string, string[]>();
  for (const job of oracle.jobs) {
    const cover = coverOf(context, job);
    covers.set(cover, [...(covers.get(cover) ?? []), job]);
  }
  return {
    ...{ oracle, context, covers },
    states: new Map(oracle.jobs.map((job) => [job, 'EMBRYO'])),
    redo: new Set(),
  };
};

/** State of a period; a job that does not exist yet is EMBRYO. */
const stateFor = ({ context, states }: Model, period: string): JobState =>
  states.get(coverOf(context, period)) ?? 'EMBRYO';

const isOpen = (model: Model, period: string): boolean => !isJobFinished(stateFor(model, period));

/** What the periods of a job wait for: for each the states of its inputs, and how many of them it takes. */
const needsOf = (model: Model, job: string) =>
  (model.covers.get(job) ?? []).flatMap((period) =>
    (model.oracle.inputs.get(period) ?? []).map(({ jobs, missing, dependency }) => {
      const states = jobs.map((input) => stateFor(model, input));
      const total = jobs.length + missing;
      return { jobs, states, total, needed: Math.min(total, dependency.atLeast ?? total) };
    }),
  );

const childrenOf = (model: Model, job: string): string[] =>
  (model.covers.get(job) ?? []).flatMap((period) => model.oracle.children.get(period) ?? []);

/** Whether inputs and children of a job are all finished, as it takes them. */
const isFinalizable = (model: Model, job: string): boolean =>
  !isJobFinished(model.states.get(job)!) &&
  childrenOf(model, job).every((child) => !isOpen(model, child)) &&
  needsOf(model, job).every(({ states, needed }) => states.filter(isJobFinished).length >= needed);

const permissionOf = (model: Model, job: string): 'yes' | 'no' | 'skip' => {
  const { blocking } = processOf(model.context, job);
  const needs = needsOf(model, job);
  const count = (states: readonly JobState[], wanted: readonly JobState[]): number =>
    states.filter((state) => wanted.includes(state)).length;
  if (blocking === 'dependencies') {
    if (needs.some(({ states, total, needed }) => total - count(states, ['SKIPPED']) < needed)) return 'skip';
    if (needs.some(({ states, needed }) => count(states, ['PROCESSED', 'NOOP']) < needed)) return 'no';
  }
  if (blocking === 'children' && !isFinalizable(model, job)) return 'no';
  const inputs = [...needs.flatMap(({ jobs }) => jobs), ...childrenOf(model, job)];
  const isRedone = inputs.some(
    (input) => isOpen(model, input) && model.redo.has(coverOf(model.context, input)),
  );
  return model.redo.has(job) && isRedone ? 'no' : 'yes';
};

const carryOut = (timetable: Timetable, model: Model, { pick, state, redo }: Change): Set<string> => {
  const job = model.oracle.jobs[pick % model.oracle.jobs.length]!;
  const { level, index } = at(timetable, job);
  model.states.set(job, state);
  if (redo) model.redo.add(job);
  else model.redo.delete(job);
  const fields = { state, redo, version: level.version(index) + 1, uowCount: 1 };
  return new Set(setJob(timetable, { level, index }, fields).map(nameOf));
};

const labelNodes = (timetable: Timetable): Node[] =>
  [...timetable.levels.values()].flatMap((level) =>
    Array.from({ length: level.size }, (_, index) => ({ level, index })).filter((node) => !isCovered(node)),
  );

describe('the grouped timetable, worked out again', () => {
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

  it('takes a period for open until the job that covers it is finished', () => {
    afterHistory((timetable, model) => {
      for (const level of timetable.levels.values())
        for (let index = 0; index < level.size; index++)
          assert.equal(level.open.has(index), isOpen(model, nameOf({ level, index })));
    });
  });

  it('lets no job run or end before what the jobs covering its inputs allow', () => {
    afterHistory((timetable, model) => {
      for (const node of labelNodes(timetable)) {
        const job = nameOf(node);
        const facts = factsOf(timetable, node, { now: Date.UTC(2030, 0), occasion: 'tick' });
        assert.equal(facts.finalizable, isFinalizable(model, job), job);
        assert.equal(facts.mayRun, permissionOf(model, job), job);
      }
    });
  });

  it('looks again at every job that what has ended held up last', () => {
    fc.assert(
      fc.property(anyHistory, ({ world, changes }) => {
        const timetable = buildTimetable(world.context, world.span);
        const model = modelOf(world);
        const ready = (): Set<string> =>
          new Set(
            [...model.covers.keys()].filter((job) => model.states.has(job) && isFinalizable(model, job)),
          );
        for (const change of changes) {
          const before = ready();
          const woken = carryOut(timetable, model, change);
          const job = model.oracle.jobs[change.pick % model.oracle.jobs.length]!;
          for (const fresh of ready())
            if (!before.has(fresh) && fresh !== job) assert.ok(woken.has(fresh), fresh);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('reprocesses and skips jobs, never a period that is covered', () => {
    afterHistory((timetable, model) => {
      for (const level of timetable.levels.values())
        for (let index = 0; index < level.size; index++) {
          const cover = coverOf(model.context, nameOf({ level, index }));
          for (const plan of [planReprocess, planSkip]) {
            const steps = plan(timetable, { level, index }).steps.map(
              ({ processName, timeperiod }) => `${processName}/${timeperiod}`,
            );
            assert.ok(steps.every((step) => model.covers.has(step) && model.states.has(step)));
            const [own] = plan(
              timetable,
              at(timetable, model.states.has(cover) ? cover : nameOf({ level, index })),
            ).steps;
            assert.equal(steps[0], own && `${own.processName}/${own.timeperiod}`);
          }
        }
    });
  });

  it('reprocesses whatever was computed on a job that is redone', () => {
    afterHistory((timetable, model) => {
      for (const node of labelNodes(timetable)) {
        const job = nameOf(node);
        const steps = new Set(
          planReprocess(timetable, node).steps.map(
            ({ processName, timeperiod }) => `${processName}/${timeperiod}`,
          ),
        );
        const covered = model.covers.get(job)!;
        const above = covered.flatMap((period) => [
          ...(model.oracle.dependants.get(period) ?? []),
          ...[model.oracle.parent.get(period)].filter((parent) => parent !== undefined),
        ]);
        for (const reached of above.map((period) => coverOf(model.context, period)))
          if ((model.states.get(reached) ?? 'EMBRYO') !== 'EMBRYO')
            assert.ok(steps.has(reached), `${job}: ${reached}`);
      }
    });
  });
});
