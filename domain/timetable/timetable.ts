import { SynergyError } from '../errors.ts';
import { isUowFinished } from '../machine/transition.ts';
import type { Dependency, ManagedProcess, ProcessContext, Tree } from '../model/process.ts';
import { effectiveDependencies, managedByName, processesOf } from '../model/dependencies.ts';
import type { JobKey } from '../model/record.ts';
import { nearest } from '../nearest.ts';
import { isLabel } from '../time/grouping.ts';
import { compareQualifiers } from '../time/qualifier.ts';
import { Level } from './level.ts';
import type { JobFields } from './level.ts';
import { dependantsOf, linkProgress, makeLink } from './link.ts';
import type { Link } from './link.ts';

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

/**
 * Builds the timetable: nodes from the period around `start` through the one around `now` (ms), all EMBRYO.
 * `context` is valid; see `validateContext`.
 */
export const buildTimetable = (context: ProcessContext, span: { start: number; now: number }): Timetable => {
  const managed = managedByName(context);
  const place = new Map([...managed.keys()].map((name, i) => [name, i]));
  const placeOf = ({ process }: Level): number => place.get(process.name) ?? 0;
  const byTree = new Map(context.trees.map((tree) => [tree.name, buildTree(tree, managed, span.start)]));
  const ordered = [...byTree.values()].flat().sort((a, b) => placeOf(a) - placeOf(b));
  const levels = new Map(ordered.map((level) => [level.process.name, level]));
  const timetable = { trees: context.trees, levels, byTree, ...link(levels, effectiveDependencies(context)) };
  growTimetable(timetable, span.now);
  return timetable;
};

const buildTree = (
  tree: Tree,
  managed: ReadonlyMap<string, ManagedProcess>,
  start: number,
): readonly Level[] => {
  const levels: Level[] = [];
  const coarseFirst = processesOf(tree, managed).sort((a, b) => compareQualifiers(b.qualifier, a.qualifier));
  for (const process of coarseFirst) {
    const parent = levels.at(-1);
    const level = new Level({ process, tree: tree.name, parent, start });
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
      const made = makeLink(level, input, dependency);
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

/** Nodes of other trees that wait for this one. */
export const dependantNodes = (timetable: Timetable, { level, index }: Node): Node[] =>
  (timetable.dependants.get(level.process.name) ?? []).flatMap((made) =>
    dependantsOf(made, index).map((dependant) => ({ level: made.dependant, index: dependant })),
  );

/**
 * Changes a node. When that finishes it, those that wait for it are looked at again, unless they still wait
 * for others of its kind: the last hour wakes its day. Returns them.
 */
export const setJob = (timetable: Timetable, node: Node, job: JobFields): Node[] => {
  const { level, index } = node;
  const wasFinished = level.isFinished(index);
  level.set(index, job);
  return level.isFinished(index) && !wasFinished ? released(timetable, node).filter(wake) : [];
};

/** Those that a node which has just finished was the last to hold up, as a child or by a dependency. */
const released = (timetable: Timetable, { level, index }: Node): Node[] => {
  const found: Node[] = [];
  for (const made of timetable.dependants.get(level.process.name) ?? []) {
    for (const waiting of dependantsOf(made, index)) {
      // A job that is being redone waits for those of its inputs only that are being redone, too.
      if (made.dependant.redo(waiting) || hasEnough(made, waiting))
        found.push({ level: made.dependant, index: waiting });
    }
  }
  const { parent } = level;
  if (parent === undefined) return found;
  const above = level.parentOf(index);
  if (parent.redo(above) || parent.openChildren(above) === 0) found.push({ level: parent, index: above });
  return found;
};

const hasEnough = (link: Link, index: number): boolean => {
  const { unfinished, hopeless } = linkProgress(link, index);
  return unfinished === 0 || hopeless;
};

/** Has an unfinished node looked at again; false when it is finished. */
export const wake = ({ level, index }: Node): boolean => {
  if (level.isFinished(index)) return false;
  const unit = level.units.get(index);
  if (unit === undefined || isUowFinished(unit.state)) level.candidates.add(index);
  return true;
};

/** The trigger of a process fired: what rested may go on. */
export const rouse = (level: Level): void => {
  for (const index of level.resting) wake({ level, index });
  level.resting.clear();
};

/** A period of a grouped process that another period's job covers. */
export const isCovered = ({ level, index }: Node): boolean =>
  level.process.grouping > 1 &&
  !isLabel(level.process.qualifier, level.timeperiod(index), level.process.grouping);
