import type { Blocker, BlockerKind } from '../domain/timetable/blocker.ts';
import type { Level } from '../domain/timetable/level.ts';
import { explainNode, readCircumstances } from './circumstances.ts';
import type { Explanation } from './api.ts';
import type { Kernel } from './kernel.ts';

/** How far all periods that end at or before an instant are. */
export interface Completion {
  readonly finished: number;
  readonly total: number;
}

/** Reasons that neither time nor work will mend. */
const hopeless: readonly BlockerKind[] = ['process-off', 'quarantined'];

const endedBefore = (level: Level, instant: number): number =>
  Math.max(0, Math.min(level.size, level.indexAt(instant)));

/** Counts the periods that ended at or before `instant` (ms), and those of them that are finished. */
export const completionAt = (kernel: Kernel, instant: number): Completion => {
  let finished = 0;
  let total = 0;
  for (const level of kernel.timetable.levels.values()) {
    const ended = endedBefore(level, instant);
    total += ended;
    finished += ended - level.active.count(0, ended);
  }
  return { finished, total };
};

/** What is unfinished before `instant` and can never finish; empty while anything may still move. */
export const deadEnds = async (kernel: Kernel, instant: number): Promise<readonly Explanation[]> => {
  const around = await readCircumstances(kernel);
  const ends: Explanation[] = [];
  for (const level of kernel.timetable.levels.values()) {
    for (const index of level.active.between(0, endedBefore(level, instant))) {
      const explanation = explainNode(kernel, { level, index }, around);
      if (!explanation.roots.every((root) => hopeless.includes(root.kind))) return [];
      ends.push(explanation);
    }
  }
  return ends;
};

/** Root blockers of dead ends, each once. */
export const rootsOf = (ends: readonly Explanation[]): readonly Blocker[] => {
  const roots = new Map<string, Blocker>();
  for (const root of ends.flatMap((end) => end.roots))
    roots.set(`${root.kind} ${root.processName}/${root.timeperiod}`, root);
  return [...roots.values()];
};
