import { dependantNodes, parentNode } from '../timetable/timetable.ts';
import type { Node, Timetable } from '../timetable/timetable.ts';
import type { Level } from '../timetable/level.ts';

/** Whether something that was made from a job is to be made anew: until then the job's history tells from what. */
const isAskedFor = (timetable: Timetable, node: Node): boolean => {
  const parent = parentNode(node);
  return [...dependantNodes(timetable, node), ...(parent === undefined ? [] : [parent])].some(
    ({ level, index }) => index < level.size && level.redo(index),
  );
};

/**
 * Finished jobs of periods begun before an instant of the timetable, ms, that had more than one unit of work: those that
 * others took the place of may go. None that is being redone, nor the input of one that is.
 */
export function* supersededJobs(
  timetable: Timetable,
  level: Level,
  before: number,
): Generator<Node, undefined> {
  for (let index = 0; index < level.size && level.startAt(index) < before; index++) {
    if (level.uowCount(index) < 2 || !level.isFinished(index) || level.redo(index)) continue;
    const node = { level, index };
    if (!isAskedFor(timetable, node)) yield node;
  }
}
