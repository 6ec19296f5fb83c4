import type { JobKey } from '../../domain/model/record.ts';
import type { Level } from '../../domain/timetable/level.ts';
import { countStandings, standingCode } from '../../domain/timetable/standing.ts';
import type { StandingCounts } from '../../domain/timetable/standing.ts';
import { dependantNodes, inputNodes, keyOf } from '../../domain/timetable/timetable.ts';
import type { Node, Timetable } from '../../domain/timetable/timetable.ts';
import type { NodeView, TreeSummary } from './api.ts';

/** Neighbours shown of one kind; a job with more says so by its counts. */
const MOST_NEIGHBOURS = 100;

/** Jobs of a process by standing. */
export const countsOfLevel = (level: Level): StandingCounts =>
  countStandings((standing) => level.totals[standingCode(standing)] ?? 0);

/** One tile. */
export const nodeView = ({ level, index }: Node): NodeView => {
  const unit = level.units.get(index);
  const { from, to } = level.childrenOf(index);
  return {
    ...keyOf({ level, index }),
    tree: level.tree,
    qualifier: level.process.qualifier,
    state: level.state(index),
    standing: level.standing(index),
    version: level.version(index),
    redo: level.redo(index),
    childCount: to - from,
    ...(level.child === undefined
      ? {}
      : { counts: countStandings((standing) => level.below(index, standing)) }),
    ...(unit === undefined ? {} : { uow: unit.state }),
  };
};

/** All children, oldest first. */
export const childViews = ({ level, index }: Node): NodeView[] => {
  const { child } = level;
  if (child === undefined) return [];
  const { from, to } = level.childrenOf(index);
  return Array.from({ length: to - from }, (_, i) => nodeView({ level: child, index: from + i }));
};

const exists = ({ level, index }: Node): boolean => index < level.size;

/** Existing jobs of other trees that this one waits for, at most a hundred. */
export const dependencyViews = (timetable: Timetable, node: Node): NodeView[] =>
  inputNodes(timetable, node).filter(exists).slice(0, MOST_NEIGHBOURS).map(nodeView);

/** Existing jobs of other trees that wait for this one, at most a hundred. */
export const dependantViews = (timetable: Timetable, node: Node): NodeView[] =>
  dependantNodes(timetable, node).filter(exists).slice(0, MOST_NEIGHBOURS).map(nodeView);

export const parentView = ({ level, index }: Node): NodeView | undefined =>
  level.parent === undefined ? undefined : nodeView({ level: level.parent, index: level.parentOf(index) });

/** A page of the coarsest level of a tree, newest first. */
export const rootViews = (
  level: Level,
  page: { before?: string; limit: number },
): { nodes: readonly NodeView[]; more: boolean } => {
  const end = page.before === undefined ? level.size : Math.min(level.size, level.indexOf(page.before));
  const start = Math.max(0, end - page.limit);
  const nodes = Array.from({ length: Math.max(0, end - start) }, (_, i) =>
    nodeView({ level, index: end - 1 - i }),
  );
  return { nodes, more: start > 0 };
};

/** A tree with its processes, coarse to fine. */
export const treeSummaries = (timetable: Timetable): TreeSummary[] =>
  timetable.trees.map((tree) => ({
    name: tree.name,
    page: tree.page,
    description: tree.description,
    dependsOn: tree.dependsOn,
    processes: (timetable.byTree.get(tree.name) ?? []).map((level) => ({
      name: level.process.name,
      qualifier: level.process.qualifier,
      counts: countsOfLevel(level),
    })),
  }));

/** Oldest unfinished period of a process. */
export const oldestUnfinished = (level: Level): JobKey | undefined => {
  const index = level.active.next(0);
  return index === -1 ? undefined : keyOf({ level, index });
};
