import { isUowFinished } from '../machine/transition.ts';
import type { UowState } from '../machine/uow-machine.ts';
import type { JobFacts } from '../strategy/decision.ts';
import type { Level, Range } from './level.ts';
import { inputsOf } from './link.ts';
import type { LinkProgress } from './link.ts';
import { coveredPeriods, progressBy } from './timetable.ts';
import type { Node, Timetable } from './timetable.ts';

/** Why and when a node is looked at. */
export interface Look {
  /** Timetable time, ms. */
  readonly now: number;
  readonly occasion: JobFacts['occasion'];
  /** State of the unit of work in charge, when it differs from what the level knows (it just finished). */
  readonly uow?: UowState;
}

/** When a period may be taken for complete: its end, and its end plus the process's start lag. Ms. */
export const dueTimes = ({ level, index }: Node): { start: number; end: number; due: number } => {
  const end = level.startAt(index + 1);
  return { start: level.startAt(index), end, due: end + level.process.startLag };
};

/** Everything a strategy needs to know of a node. */
export const factsOf = (timetable: Timetable, node: Node, look: Look): JobFacts => {
  const { level, index } = node;
  const { start, end, due } = dueTimes(node);
  const links = progressOf(timetable, node);
  const finalizable =
    !level.isFinished(index) &&
    level.openChildren(index) === 0 &&
    links.every(({ unfinished }) => unfinished === 0);
  const uow = look.uow ?? level.units.get(index)?.state;
  return {
    state: level.state(index),
    uow,
    endId: level.units.get(index)?.endId ?? undefined,
    failures: level.failures.get(index) ?? 0,
    emptySource: level.process.emptySource,
    future: start > look.now,
    periodOver: end <= look.now,
    lagOver: due <= look.now,
    finalizable,
    mayRun: permission(timetable, node, { links, finalizable, uow }),
    occasion: look.occasion,
  };
};

/** How far the inputs of each dependency of a node are. */
const progressOf = (timetable: Timetable, node: Node): readonly LinkProgress[] =>
  (timetable.inputs.get(node.level.process.name) ?? []).flatMap((link) => progressBy(link, node));

interface Inputs {
  readonly links: readonly LinkProgress[];
  readonly finalizable: boolean;
  readonly uow: UowState | undefined;
}

const permission = (timetable: Timetable, node: Node, inputs: Inputs): JobFacts['mayRun'] => {
  const { blocking } = node.level.process;
  if (blocking === 'dependencies') {
    if (inputs.links.some((link) => link.hopeless)) return 'skip';
    if (inputs.links.some((link) => link.unready > 0)) return 'no';
  }
  if (blocking === 'children' && !inputs.finalizable) return 'no';
  // A job that was reprocessed must not be computed again on what is itself being redone, whatever its blocking.
  const wantsFresh = node.level.redo(node.index) && (inputs.uow === undefined || isUowFinished(inputs.uow));
  return wantsFresh && hasRedoneInput(timetable, node) ? 'no' : 'yes';
};

/** An input of the node, child or dependency, is being redone. */
const hasRedoneInput = (timetable: Timetable, node: Node): boolean =>
  (node.level.child !== undefined && isRedone(node.level.child, node.level.coveredChildren(node.index))) ||
  (timetable.inputs.get(node.level.process.name) ?? []).some((link) =>
    coveredPeriods(node).some((period) => isRedone(link.input, inputsOf(link, period))),
  );

const isRedone = (level: Level, { from, to }: Range): boolean => {
  for (const index of level.open.between(from, to)) if (level.redo(level.labelOf(index))) return true;
  return false;
};
