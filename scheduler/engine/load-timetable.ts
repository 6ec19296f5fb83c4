import { InvalidTimeperiodError } from '../../domain/errors.ts';
import { isJobFinished } from '../../domain/machine/transition.ts';
import type { ProcessContext } from '../../domain/model/process.ts';
import { liveUnit } from '../../domain/timetable/apply-transition.ts';
import type { Level } from '../../domain/timetable/level.ts';
import { buildTimetable, keyOf, reconsider, setJob } from '../../domain/timetable/timetable.ts';
import type { TimetableExtent, Node, Timetable } from '../../domain/timetable/timetable.ts';
import type { JobPage, Store } from '../../db/store.ts';
import type { Clock } from '../../domain/clock.ts';
import { checkQualifiers, groupingsOf, qualifierChanged, readRegister } from '../register.ts';

const fillPage = (level: Level, page: JobPage, related: Map<string, Node>): void => {
  page.timeperiods.forEach((timeperiod, i) => {
    const index = level.indexOf(timeperiod);
    // Records from before the start of the timetable, or of a time that is yet to come, are kept but not driven.
    if (index < 0 || index >= level.size) return;
    const state = page.states[i] as JobPage['states'][number];
    level.set(index, {
      state,
      version: page.versions[i] ?? 0,
      uowCount: page.uowCounts[i] ?? 0,
      redo: page.redo[i] ?? false,
    });
    if (level.isFinished(index)) return;
    const failures = page.failures[i] ?? 0;
    if (failures > 0) level.failures.set(index, failures);
    const uow = page.relatedUows[i];
    if (typeof uow === 'string') related.set(uow, { level, index });
  });
};

/** A store that was never told of qualifiers may hold jobs of another one, which the digits betray. */
const takePage = (level: Level, page: JobPage, related: Map<string, Node>): void => {
  try {
    fillPage(level, page, related);
  } catch (error) {
    if (!(error instanceof InvalidTimeperiodError)) throw error;
    throw qualifierChanged(`process '${page.processName}': ${error.message}`);
  }
};

const BATCH = 1_000;

/** Builds the timetable and fills it from the store: where the last run ended, this one goes on. */
export const loadTimetable = async (
  context: ProcessContext,
  store: Store,
  extent: TimetableExtent,
): Promise<Timetable> => {
  const timetable = buildTimetable(context, extent);
  const related = new Map<string, Node>();
  for await (const page of store.loadJobs()) {
    const level = timetable.levels.get(page.processName);
    if (level !== undefined) takePage(level, page, related);
  }
  const ids = [...related.keys()];
  for (let from = 0; from < ids.length; from += BATCH) {
    for (const uow of await store.uows(ids.slice(from, from + BATCH))) {
      const node = related.get(uow.id) as Node;
      node.level.setUnit(node.index, liveUnit(uow));
      reconsider(node);
    }
  }
  return timetable;
};

/** What a timetable is read by. */
export interface TimetableOptions {
  readonly context: ProcessContext;
  readonly store: Store;
  readonly timetableClock: Clock;
  /** First instant of the timetable, ms. */
  readonly start: number;
}

/** A timetable as the store has it, and what the store remembers of its processes. Throws QUALIFIER_CHANGED. */
export const readTimetable = async ({ context, store, timetableClock, start }: TimetableOptions) => {
  const register = await readRegister(store);
  await checkQualifiers(context, store, register);
  const extent = { start, now: timetableClock.now(), groupings: groupingsOf(register) };
  return { timetable: await loadTimetable(context, store, extent), register };
};

/** Reads a node again that another writer changed; returns those that its end has woken. */
export const refreshNode = async (
  shared: { store: Pick<Store, 'job' | 'uows'>; timetable: Timetable },
  node: Node,
): Promise<Node[]> => {
  const { level, index } = node;
  const record = await shared.store.job(keyOf(node));
  if (record === undefined) return [];
  const [uow] = record.relatedUow === null ? [] : await shared.store.uows([record.relatedUow]);
  const isOpen = !isJobFinished(record.state);
  level.setUnit(index, isOpen && uow !== undefined ? liveUnit(uow) : undefined);
  if (isOpen && record.failures > 0) level.failures.set(index, record.failures);
  else level.failures.delete(index);
  return setJob(shared.timetable, node, record);
};
