import type { Level } from '../timetable/level.ts';
import type { Node, Timetable } from '../timetable/timetable.ts';

/** What is wrong with a parent, and the event that mends it. */
export interface Repair {
  readonly node: Node;
  readonly event: 'reprocess' | 'skip';
}

/** Every child is SKIPPED, and there is one. */
const allChildrenSkipped = (level: Level, index: number): boolean => {
  const { child } = level;
  if (child === undefined || level.openChildren(index) > 0) return false;
  const { from, to } = level.coveredChildren(index);
  for (let i = from; i < to; i++) if (child.state(child.labelOf(i)) !== 'SKIPPED') return false;
  return to > from;
};

/**
 * Whether a parent contradicts its children: finished over an active child, or unfinished while all children
 * were skipped (the youngest of its level is left: its last children may still come).
 */
export const validateNode = ({ level, index }: Node): Repair['event'] | undefined => {
  // Children of a covered period are those of the job that covers it.
  if (level.child === undefined || level.labelOf(index) !== index) return undefined;
  if (level.isFinished(index)) return level.openChildren(index) > 0 ? 'reprocess' : undefined;
  return index < level.size - 1 && allChildrenSkipped(level, index) ? 'skip' : undefined;
};

/** All parents that need mending, coarse levels first. */
export const validateTimetable = (timetable: Timetable): Repair[] => {
  const repairs: Repair[] = [];
  for (const level of [...timetable.byTree.values()].flat()) {
    if (level.child === undefined) continue;
    for (let index = 0; index < level.size; index++) {
      const event = validateNode({ level, index });
      if (event !== undefined) repairs.push({ node: { level, index }, event });
    }
  }
  return repairs;
};
