import { SynergyError } from '../errors.ts';
import { isUowFinished } from '../machine/transition.ts';
import type { Dependency, ManagedProcess, ProcessContext, Tree } from '../model/process.ts';
import { effectiveDependencies, managedByName, processesOf } from '../model/dependencies.ts';
import type { JobKey } from '../model/record.ts';
import { nearest } from '../did-you-mean.ts';
import type { GroupingHistory } from '../time/grouping.ts';
import { compareQualifiers } from '../time/qualifier.ts';
import { Level } from './level.ts';
import type { JobFields, Range } from './level.ts';
import { dependantsOf, inputsOf, linkProgress } from './link.ts';
import type { Link, LinkProgress } from './link.ts';

/** A node: a period of a process. Nodes have no object of their own; this pair is their address. */
export interface Node {
  readonly level: Level;
  readonly index: number;
}

/** All trees with the state of every node, built from the context and filled from the store. */
export interface Timetable {
  readonly trees: readonly Tree[];
  /** Levels by process name, in the order of the context. */
  readonly levels: ReadonlyMap<string, Level>;
  /** Levels of a tree, coarse to fine. */
  readonly byTree: ReadonlyMap<string, readonly Level[]>;
  /** Links by the process that waits, and by the process waited for. */
  readonly inputs: ReadonlyMap<string, readonly Link[]>;
  readonly dependants: ReadonlyMap<string, readonly Link[]>;
}

/** Groupings over time by process name; of those left out, the one in the context holds for ever. */
export type Groupings = ReadonlyMap<string, GroupingHistory>;

/** What a timetable spans, instants in ms, and how its periods were grouped. */
export interface TimetableExtent {
  readonly start: number;
  readonly now: number;
  readonly groupings?: Groupings;
}

/**
 * Builds the timetable: nodes from the period around `start` through the one around `now` (ms), all EMBRYO.
 * `context` is valid; see `validateContext`.
 */
export const buildTimetable = (context: ProcessContext, extent: TimetableExtent): Timetable => {
  const managed = managedByName(context);
  const place = new Map([...managed.keys()].map((name, i) => [name, i]));
  const placeOf = ({ process }: Level): number => place.get(process.name) ?? 0;
  const byTree = new Map(context.trees.map((tree) => [tree.name, buildTree(tree, managed, extent)]));
  const ordered = [...byTree.values()].flat().sort((a, b) => placeOf(a) - placeOf(b));
  const levels = new Map(ordered.map((level) => [level.process.name, level]));
  const timetable = { trees: context.trees, levels, byTree, ...link(levels, effectiveDependencies(context)) };
  growTimetable(timetable, extent.now);
  return timetable;
};

const buildTree = (
  tree: Tree,
  managed: ReadonlyMap<string, ManagedProcess>,
  { start, groupings }: TimetableExtent,
): readonly Level[] => {
  const levels: Level[] = [];
  const coarseFirst = processesOf(tree, managed).sort((a, b) => compareQualifiers(b.qualifier, a.qualifier));
  for (const process of coarseFirst) {
    const parent = levels.at(-1);
    const level = new Level({
      ...{ process, tree: tree.name, parent, start },
      groupings: groupings?.get(process.name),
    });
    if (parent !== undefined) parent.child = level;
    levels.push(level);
  }
  return levels;
};

const link = (
  levels: ReadonlyMap<string, Level>,
  dependencies: ReadonlyMap<string, readonly Dependency[]>,
): Pick<Timetable, 'inputs' | 'dependants'> => {
  const inputs = new Map<string, Link[]>();
  const dependants = new Map<string, Link[]>();
  for (const [name, level] of levels) {
    for (const dependency of dependencies.get(name) ?? []) {
      const input = levels.get(dependency.process);
      if (input === undefined) continue;
      const { mapping, atLeast } = dependency;
      const made: Link = { dependant: level, input, mapping, atLeast };
      inputs.set(name, [...(inputs.get(name) ?? []), made]);
      dependants.set(dependency.process, [...(dependants.get(dependency.process) ?? []), made]);
    }
  }
  return { inputs, dependants };
};

/** Adds nodes through the period around `now`; returns how many. Coarse levels first, so that counts find their owners. */
export const growTimetable = (timetable: Timetable, now: number): number => {
  let grown = 0;
  for (const levels of timetable.byTree.values()) {
    for (const level of levels) {
      const size = level.indexAt(now) + 1;
      grown += Math.max(0, size - level.size);
      level.grow(size);
    }
  }
  return grown;
};

/** The level of a managed process. Throws NOT_FOUND with the nearest name. */
export const levelOf = (timetable: Timetable, processName: string): Level => {
  const level = timetable.levels.get(processName);
  if (level !== undefined) return level;
  const guess = nearest(processName, [...timetable.levels.keys()]);
  const hint = guess === undefined ? 'see `synergy list`' : `did you mean '${guess}'?`;
  throw new SynergyError('NOT_FOUND', `no managed process is named '${processName}': ${hint}`);
};

/** The node of a job. Throws NOT_FOUND, or INVALID_TIMEPERIOD for a malformed or misfitting timeperiod. */
export const nodeOf = (timetable: Timetable, key: JobKey): Node => {
  const level = levelOf(timetable, key.processName);
  const index = level.indexOf(key.timeperiod);
  if (index >= 0 && index < level.size) return { level, index };
  throw new SynergyError(
    'NOT_FOUND',
    `${key.processName} has no timeperiod ${key.timeperiod}: the timetable spans ${level.timeperiod(0)} to ${level.timeperiod(level.size - 1)}`,
  );
};

/** The job that a node stands for. */
export const keyOf = ({ level, index }: Node): JobKey => ({
  processName: level.process.name,
  timeperiod: level.timeperiod(index),
});

/** The node whose job covers this one; itself where the period runs itself. It may not exist yet. */
export const coveringNode = ({ level, index }: Node): Node => ({ level, index: level.labelOf(index) });

/** A period of a grouped process that another period's job covers. */
export const isCovered = ({ level, index }: Node): boolean => level.labelOf(index) !== index;

/** Indices of the range, one by one. */
const each = ({ from, to }: Range): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Indices of the periods that the job of a node covers. */
export const coveredPeriods = ({ level, index }: Node): number[] => each(level.groupOf(index));

/** Indices of the nodes of `level` whose jobs cover these periods, each once. */
export const labelsOf = (level: Level, periods: readonly number[]): number[] => [
  ...new Set(periods.map((index) => level.labelOf(index))),
];

/** Jobs that the job of this node waits for beside its children, those that do not exist yet as well. */
export const inputNodes = (timetable: Timetable, node: Node): Node[] =>
  (timetable.inputs.get(node.level.process.name) ?? []).flatMap((made) => {
    const periods = coveredPeriods(node).flatMap((index) => each(inputsOf(made, index)));
    return labelsOf(made.input, periods).map((index) => ({ level: made.input, index }));
  });

/** Jobs of other trees that wait for the job of this node. */
export const dependantNodes = (timetable: Timetable, node: Node): Node[] =>
  (timetable.dependants.get(node.level.process.name) ?? []).flatMap((made) => {
    const periods = coveredPeriods(node).flatMap((index) => dependantsOf(made, index));
    return labelsOf(made.dependant, periods).map((index) => ({ level: made.dependant, index }));
  });

/** The job around that of a node, one level up. */
export const parentNode = ({ level, index }: Node): Node | undefined =>
  level.parent && coveringNode({ level: level.parent, index: level.parentOf(index) });

/** The jobs inside that of a node, one level down. */
export const childNodes = ({ level, index }: Node): Node[] => {
  const { child } = level;
  if (child === undefined) return [];
  return labelsOf(child, each(level.coveredChildren(index))).map((label) => ({ level: child, index: label }));
};

/**
 * How far the inputs of a job are by one of its links: once for each period that it covers, since it waits for what any of
 * them waits for.
 */
export const progressBy = (link: Link, node: Node): LinkProgress[] =>
  coveredPeriods(node).map((period) => linkProgress(link, period));

/**
 * Changes a node. When that finishes it, those that wait for it are looked at again, unless they still wait
 * for others of its kind: the last hour wakes its day. Returns them.
 */
export const setJob = (timetable: Timetable, node: Node, job: JobFields): Node[] => {
  const { level, index } = node;
  const wasFinished = level.isFinished(index);
  level.set(index, job);
  const ends = level.isFinished(index) && !wasFinished && !isCovered(node);
  return ends ? released(timetable, node).filter(wake) : [];
};

/** Those that a node which has just finished was the last to hold up, as a child or by a dependency. */
const released = (timetable: Timetable, node: Node): Node[] => {
  const found: Node[] = [];
  for (const made of timetable.dependants.get(node.level.process.name) ?? []) {
    const periods = coveredPeriods(node).flatMap((index) => dependantsOf(made, index));
    for (const index of labelsOf(made.dependant, periods)) {
      const waiting = { level: made.dependant, index };
      // A job that is being redone waits for those of its inputs only that are being redone, too.
      if (made.dependant.redo(index) || hasEnough(made, waiting)) found.push(waiting);
    }
  }
  const above = parentNode(node);
  if (above !== undefined && (above.level.redo(above.index) || above.level.openChildren(above.index) === 0))
    found.push(above);
  return found;
};

const hasEnough = (link: Link, waiting: Node): boolean => {
  const progress = progressBy(link, waiting);
  return progress.some(({ hopeless }) => hopeless) || progress.every(({ unfinished }) => unfinished === 0);
};

/** Has an unfinished node looked at again; false when it is finished, or does not exist yet. */
export const wake = ({ level, index }: Node): boolean => {
  if (index >= level.size || level.isFinished(index)) return false;
  const unit = level.units.get(index);
  if (unit === undefined || isUowFinished(unit.state)) level.candidates.add(index);
  return true;
};

/** After a change of a node or its unit of work: it is worth a look where no unit is unfinished, and otherwise not. */
export const reconsider = (node: Node): void => {
  node.level.candidates.delete(node.index);
  wake(node);
};

/** The trigger of a process fired: what rested may go on. */
export const rouse = (level: Level): void => {
  for (const index of level.resting) wake({ level, index });
  level.resting.clear();
};
