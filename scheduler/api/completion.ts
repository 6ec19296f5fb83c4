import type { Blocker, BlockerKind } from '../../domain/timetable/blocker.ts';
import { sourceBlocker } from '../../domain/timetable/explain.ts';
import type { Level } from '../../domain/timetable/level.ts';
import { blockerKey } from '../../domain/timetable/blocker.ts';
import { explainNode, readCircumstances } from './explain-job.ts';
import type { Explanation } from './api.ts';
import type { SchedulerContext } from '../context.ts';

/** How far all periods that end at or before an instant are. */
export interface Completion {
  readonly finished: number;
  readonly total: number;
}

/** A job that was skipped since the collector gave up its unit of work. */
export interface GivenUp {
  readonly processName: string;
  readonly timeperiod: string;
  /** In one line. */
  readonly because: string;
}

const endless: readonly BlockerKind[] = ['process-off', 'quarantined', 'no-worker'];

/** Whether neither time nor work will end a root blocker. */
const isEndless = ({ kind, detail, until }: Blocker): boolean => {
  if (kind === 'source-open') return detail !== undefined;
  if (kind === 'waiting-for-trigger') return until === undefined;
  return endless.includes(kind);
};

const endedBefore = (level: Level, instant: number): number =>
  Math.max(0, Math.min(level.size, level.indexAt(instant)));

/** Counts the periods that ended at or before `instant` (ms), and those of them that are finished. */
export const completionAt = (shared: SchedulerContext, instant: number): Completion => {
  let finished = 0;
  let total = 0;
  for (const level of shared.timetable.levels.values()) {
    const ended = endedBefore(level, instant);
    total += ended;
    finished += ended - level.active.count(0, ended);
  }
  return { finished, total };
};

/** Sources that are not complete up to `instant`: what is finished may lack rows that are being read. */
export const openSources = async (shared: SchedulerContext, instant: number): Promise<readonly Blocker[]> => {
  const levels = [...shared.timetable.levels.values()].filter(({ process }) => process.source !== undefined);
  if (levels.length === 0) return [];
  const around = await readCircumstances(shared);
  return levels.flatMap((level) => {
    const ended = endedBefore(level, instant);
    return ended === 0 ? [] : (sourceBlocker({ level, index: ended - 1 }, around) ?? []);
  });
};

/** Whether a job is of a period that is not over at `instant`, ms. */
const endsAfter = (
  { timetable }: SchedulerContext,
  { processName, timeperiod }: Blocker,
  instant: number,
): boolean => {
  const level = timetable.levels.get(processName);
  return level !== undefined && level.startAt(level.indexOf(timeperiod) + 1) > instant;
};

/**
 * What is unfinished before `instant` and can never finish; undefined while anything that is due by then may still move.
 * What waits for a period that ends later is not due by then: an hour that waits for one which a later job covers.
 */
export const deadEnds = async (
  shared: SchedulerContext,
  instant: number,
): Promise<readonly Explanation[] | undefined> => {
  const around = await readCircumstances(shared);
  const ends: Explanation[] = [];
  for (const level of shared.timetable.levels.values()) {
    for (const index of level.active.between(0, endedBefore(level, instant))) {
      const explanation = explainNode(shared, { level, index }, around);
      if (explanation.roots.some((root) => endsAfter(shared, root, instant))) continue;
      if (!explanation.roots.every(isEndless)) return undefined;
      ends.push(explanation);
    }
  }
  return ends;
};

/** Root blockers of dead ends, each once. */
const rootsOf = (ends: readonly Explanation[]): readonly Blocker[] => {
  const roots = new Map<string, Blocker>();
  for (const root of ends.flatMap((end) => end.roots)) roots.set(blockerKey(root), root);
  return [...roots.values()];
};

/**
 * Why what is left before `instant` can never be done; empty while anything may still move. `open` are the sources that
 * are not complete, asked for once nothing that is due is unfinished.
 */
export const endlessBlockers = (
  ends: readonly Explanation[] | undefined,
  open: readonly Blocker[],
): readonly Blocker[] => (open.every(isEndless) ? [...open, ...rootsOf(ends ?? [])] : []);

/** Jobs of periods before `instant` that the collector gave up; what a person, a handler or a rule skipped is none of them. */
export const givenUpJobs = async (shared: SchedulerContext, instant: number): Promise<readonly GivenUp[]> => {
  const { store, timetable } = shared;
  const found: GivenUp[] = [];
  for (const { id, kind, processName, timeperiod, error } of await store.findUows({ states: ['CANCELED'] })) {
    const level = timetable.levels.get(processName);
    if (kind === 'freerun' || level === undefined) continue;
    const index = level.indexOf(timeperiod);
    if (index >= endedBefore(level, instant) || level.state(index) !== 'SKIPPED') continue;
    const [last] = await store.journal({ entityId: id, limit: 1 });
    if (last?.actor !== 'collector') continue;
    const job = await store.job({ processName, timeperiod });
    if (job?.relatedUow === id) found.push({ processName, timeperiod, because: error ?? 'no reason given' });
  }
  return found;
};
