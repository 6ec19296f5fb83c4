import { jobKeyText } from '../../model/entity.ts';
import type { JobKey } from '../../model/record.ts';
import { childNodes, coveringNode, inputNodes, keyOf } from '../../timetable/timetable.ts';
import type { Node, Timetable } from '../../timetable/timetable.ts';

/**
 * Tells whether all that a job waits for, however indirectly, is of periods that are over, their start lags too, at `now`, ms:
 * the job that covers an input may be of a later period than the one that waits. Each job is looked at once for all questions.
 */
export const createDueJudge = (timetable: Timetable, now: number): ((key: JobKey) => boolean) => {
  const known = new Map<string, boolean>();
  const keyText = (node: Node): string => jobKeyText(keyOf(node));
  const isOver = ({ level, index }: Node): boolean =>
    level.startAt(index + 1) + level.process.startLag <= now;
  const judge = (first: Node): boolean => {
    const seen = new Set<string>();
    const queue = [first];
    let due = true;
    for (let node = queue.pop(); node !== undefined && due; node = queue.pop()) {
      const key = keyText(node);
      const answer = known.get(key);
      if (answer === true || seen.has(key)) continue;
      seen.add(key);
      due = answer !== false && isOver(node);
      if (due) queue.push(...childNodes(node), ...inputNodes(timetable, node));
    }
    // What such a job waits for is due too; of one that is not, some of it may be.
    if (due) for (const key of seen) known.set(key, true);
    else known.set(keyText(first), false);
    return due;
  };
  return ({ processName, timeperiod }) => {
    const level = timetable.levels.get(processName);
    return level === undefined || judge(coveringNode({ level, index: level.indexOf(timeperiod) }));
  };
};
