import type { Level } from '../../domain/timetable/level.ts';
import { keyOf, reconsider } from '../../domain/timetable/timetable.ts';
import type { Node } from '../../domain/timetable/timetable.ts';
import type { JobPage } from '../../db/store.ts';
import { sleep } from '../../lib/sleep.ts';
import type { SchedulerServices } from '../services.ts';
import { refreshNode } from './load-timetable.ts';

/** The longest pause between two pages, ms: a clock may be set. */
const LONGEST = 2_000;

type Parts = Pick<SchedulerServices, 'shared' | 'turnLoop'>;

/** What the journal tells of a node, but for the state of its unit of work, which is heard of by reports. */
const textOf = ({ level, index }: Node): string =>
  JSON.stringify([
    ...[level.state(index), level.version(index), level.uowCount(index), level.redo(index)],
    level.units.get(index)?.id ?? null,
  ]);

/** The same of a job that was read. */
const readText = (page: JobPage, i: number, isFinished: boolean): string =>
  JSON.stringify([
    ...[page.states[i], page.versions[i], page.uowCounts[i], page.redo[i]],
    isFinished ? null : page.relatedUows[i],
  ]);

/** Failed looks at an empty source are in no journal, so that those of all nodes are read. */
const isSame = (node: Node, page: JobPage, i: number): boolean => {
  const { level, index } = node;
  const isFinished = level.isFinished(index);
  const failures = isFinished ? 0 : page.failures[i];
  return failures === (level.failures.get(index) ?? 0) && readText(page, i, isFinished) === textOf(node);
};

/** Nodes of a level that are not as they were read, unless they have moved since. */
const differing = (level: Level, page: JobPage): Node[] =>
  page.timeperiods.flatMap((timeperiod, i) => {
    const node = { level, index: level.indexOf(timeperiod) };
    if (node.index < 0 || node.index >= level.size) return [];
    if ((page.versions[i] ?? 0) < level.version(node.index)) return [];
    return isSame(node, page, i) ? [] : [node];
  });

/** Reads a node again, between two turns, in which it is as the store has it; whether it was not. */
const correct = async ({ shared, turnLoop }: Parts, node: Node): Promise<boolean> => {
  const before = textOf(node);
  const woken = await refreshNode(shared, node);
  reconsider(node);
  if (textOf(node) === before) return false;
  shared.log.warn('the timetable that was followed differs from the store: read again', {
    ...keyOf(node),
    followed: before,
    stored: textOf(node),
  });
  for (const level of new Set([node, ...woken].map((each) => each.level))) turnLoop.tick(level);
  return true;
};

/**
 * Compares a timetable that was followed with all jobs of the store, beside other work and for half of the time at most: a
 * job of which a row was missed would else be found by a conflict, or never. Returns how many were.
 */
export const correctTimetable = async (parts: Parts, stopping: AbortSignal): Promise<number> => {
  let corrected = 0;
  const { store, timetable, clock } = parts.shared;
  let begun = clock.now();
  for await (const page of store.loadJobs()) {
    const level = timetable.levels.get(page.processName);
    for (const node of level === undefined ? [] : differing(level, page))
      if (await parts.turnLoop.exclusive(() => correct(parts, node))) corrected++;
    await sleep(Math.min(LONGEST, Math.max(0, clock.now() - begun)), stopping);
    if (stopping.aborted) break;
    begun = clock.now();
  }
  return corrected;
};
