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

/** Which jobs of a level are asked for. */
interface Settled {
  /** Instant of the timetable, ms, before which their periods began. */
  readonly before: number;
  readonly isWanted: (level: Level, index: number) => boolean;
}

/** Finished jobs of which history may go: none that is being redone, nor the input of one that is. */
export function* settledJobs(
  timetable: Timetable,
  level: Level,
  { before, isWanted }: Settled,
): Generator<Node, undefined> {
  for (let index = 0; index < level.size && level.startAt(index) < before; index++) {
    if (!isWanted(level, index) || !level.isFinished(index) || level.redo(index)) continue;
    const node = { level, index };
    if (!isAskedFor(timetable, node)) yield node;
  }
}
