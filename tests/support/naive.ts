import fc from 'fast-check';

import { effectiveDependencies, managedByName, processesOf } from '../../domain/model/dependencies.ts';
import type { Dependency, ManagedProcess, Mapping, ProcessContext } from '../../domain/model/process.ts';
import { compareQualifiers, isCoarser, qualifiers } from '../../domain/time/qualifier.ts';
import type { Qualifier } from '../../domain/time/qualifier.ts';
import { cast, current, increment, toInterval } from '../../domain/time/timeperiod.ts';
import { contextOf, managed } from './context.ts';
import type { TreeOfProcesses } from './context.ts';

/** The periods of one dependency of a job, those that there are. */
export interface NaiveInputs {
  readonly dependency: Dependency;
  /** Names of jobs. */
  readonly jobs: readonly string[];
  /** So many of the mapped periods lie after the last one that there is. */
  readonly missing: number;
}

/** Who belongs to whom, written down at length: the oracle of what the timetable calculates. */
export interface Naive {
  /** Names of all jobs, such as `P0h/2015060100`. */
  readonly jobs: readonly string[];
  readonly parent: ReadonlyMap<string, string>;
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly inputs: ReadonlyMap<string, readonly NaiveInputs[]>;
  readonly dependants: ReadonlyMap<string, readonly string[]>;
}

export interface Span {
  readonly start: number;
  readonly now: number;
}

const periodsOf = (qualifier: Qualifier, from: number, through: number): string[] => {
  const found = [current(qualifier, from)];
  const last = current(qualifier, through);
  while (found.at(-1) !== last) found.push(increment(qualifier, found.at(-1)!, 1));
  return found;
};

/** Periods of `input` that a period of `dependant` maps to, whether there are jobs for them or not. */
const mapped = (mapping: Mapping, dependant: Qualifier, timeperiod: string, input: Qualifier): string[] => {
  const { start, end } = toInterval(dependant, timeperiod);
  if (mapping === 'contained') return periodsOf(input, start, end - 1);
  if (mapping === 'containing') return [cast(input, timeperiod)];
  if (mapping === 'same') return [timeperiod];
  const [first, last] =
    typeof mapping.offset === 'number' ? [mapping.offset, mapping.offset] : mapping.offset;
  return Array.from({ length: last - first + 1 }, (_, i) =>
    increment(input, current(input, start), first + i),
  );
};

const addTo = <T>(lists: Map<string, T[]>, key: string, item: T): void => {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
};

export const naive = (context: ProcessContext, span: Span): Naive => {
  const processes = managedByName(context);
  const jobs: string[] = [];
  const parent = new Map<string, string>();
  const children = new Map<string, string[]>();
  const inputs = new Map<string, NaiveInputs[]>();
  const dependants = new Map<string, string[]>();
  for (const { name, qualifier } of processes.values()) {
    for (const timeperiod of periodsOf(qualifier, span.start, span.now)) jobs.push(`${name}/${timeperiod}`);
  }
  const exists = new Set(jobs);
  for (const job of jobs) {
    const [name = '', timeperiod = ''] = job.split('/');
    const process = processes.get(name)!;
    const above = aboveOf(context, process, processes);
    if (above !== undefined) {
      parent.set(job, `${above.name}/${cast(above.qualifier, timeperiod)}`);
      addTo(children, parent.get(job)!, job);
    }
    for (const dependency of effectiveDependencies(context).get(name)!) {
      const input = processes.get(dependency.process)!;
      const last = current(input.qualifier, span.now);
      const periods = mapped(dependency.mapping, process.qualifier, timeperiod, input.qualifier);
      const found = periods.map((period) => `${input.name}/${period}`).filter((other) => exists.has(other));
      const missing = periods.filter((period) => period > last).length;
      addTo(inputs, job, { dependency, jobs: found, missing });
      for (const other of found) addTo(dependants, other, job);
    }
  }
  return { jobs, parent, children, inputs, dependants };
};

const aboveOf = (
  context: ProcessContext,
  process: ManagedProcess,
  processes: ReadonlyMap<string, ManagedProcess>,
): ManagedProcess | undefined =>
  processesOf(
    context.trees.find((tree) => tree.processes.includes(process.name))!,
    processes,
  )
    .filter((other) => isCoarser(other.qualifier, process.qualifier))
    .sort((a, b) => compareQualifiers(a.qualifier, b.qualifier))[0];

// Arbitraries: small worlds of up to three trees in which later trees may wait for earlier ones.

interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly length: number;
  readonly byOffset: boolean;
  readonly atLeast: number | undefined;
}

const anyWanted: fc.Arbitrary<Wanted> = fc.record({
  from: fc.nat(20),
  to: fc.nat(20),
  first: fc.integer({ min: -4, max: 2 }),
  length: fc.nat(3),
  byOffset: fc.boolean(),
  atLeast: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
});

const wantedMapping = (want: Wanted, order: number): Mapping => {
  if (want.byOffset) {
    return { offset: want.length === 0 ? want.first : [want.first, want.first + want.length] };
  }
  return order === 0 ? 'same' : order < 0 ? 'contained' : 'containing';
};

interface Layer {
  readonly qualifiers: readonly Qualifier[];
  readonly waits: boolean;
}

const worldOf = (layers: readonly Layer[], wanted: readonly Wanted[]): ProcessContext => {
  const places = layers.flatMap((layer, tree) =>
    layer.qualifiers.map((qualifier) => ({ tree, qualifier, name: `P${tree}${qualifier.charAt(0)}` })),
  );
  const processOf = ({ tree, qualifier, name }: (typeof places)[number], place: number): ManagedProcess => {
    const earlier = places.filter((other) => other.tree < tree);
    const own = wanted.filter((want) => want.from % places.length === place && earlier.length > 0);
    const dependsOn = own.map((want) => {
      const input = earlier[want.to % earlier.length]!;
      const mapping = wantedMapping(want, compareQualifiers(input.qualifier, qualifier));
      return {
        process: input.name,
        mapping,
        ...(want.atLeast === undefined ? {} : { atLeast: want.atLeast }),
      };
    });
    const blocking = (['normal', 'dependencies', 'children'] as const)[place % 3]!;
    return managed(name, qualifier, { dependsOn, blocking });
  };
  const processes = places.map(processOf);
  const trees = layers.map((layer, tree): [string, TreeOfProcesses] => [
    `t${tree}`,
    {
      processes: processes.filter((_, place) => places[place]!.tree === tree),
      dependsOn: layer.waits && tree > 0 ? [`t${tree - 1}`] : [],
    },
  ]);
  return contextOf(Object.fromEntries(trees));
};

const HOUR = 3_600_000;

/** Shortly before the ends of a year, a leap February and a month. */
const anyStart = fc
  .tuple(
    fc.constantFrom(Date.UTC(2015, 11, 30, 20), Date.UTC(2016, 1, 28, 5), Date.UTC(2015, 4, 31, 22)),
    fc.nat(50),
  )
  .map(([instant, hours]) => instant + hours * HOUR + 1234);

/** Hours over days, days over months, or months over years: what is small enough to write out. */
const anyScale = fc.constantFrom(
  { finest: 0, hours: 60 },
  { finest: 1, hours: 80 * 24 },
  { finest: 2, hours: 900 * 24 },
);

/** A context and the time it spans. */
export interface World {
  readonly context: ProcessContext;
  readonly span: Span;
}

export const anyWorld: fc.Arbitrary<World> = anyScale.chain(({ finest, hours }) =>
  fc
    .record({
      layers: fc.array(
        fc.record({
          qualifiers: fc.subarray(qualifiers.slice(finest), { minLength: 1 }),
          waits: fc.boolean(),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      wanted: fc.array(anyWanted, { maxLength: 5 }),
      start: anyStart,
      length: fc.nat(hours),
    })
    .map(({ layers, wanted, start, length }) => ({
      context: worldOf(layers, wanted),
      span: { start, now: start + length * HOUR },
    })),
);
