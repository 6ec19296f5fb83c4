import type { WriteGroup } from '../../db/store.ts';
import { shareCommitLog } from '../../domain/commit-log.ts';
import { EXECUTION_QUEUE } from '../../domain/event/process.ts';
import { executionId, executionOf, executionUow } from '../../domain/event/execution.ts';
import { EVENTS, deadlineOf, triggerOfEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';
import { clockTime } from '../../domain/event/verdict.ts';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { isQuarantined } from '../../domain/timetable/standing.ts';
import { causeOf, ring } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import { uowChange } from '../engine/job-update.ts';

/** One firing of a trigger that is to have its execution. */
export interface PlannedFiring extends Pick<EventTrigger, 'epsilon' | 'overlap'> {
  /** `owner/id`. */
  readonly entry: string;
  /** Planned instant, ms. */
  readonly at: number;
  /** Nothing is sent for it, since it has expired. */
  readonly expired?: string;
}

/** An execution as it is to be written. */
interface Writing {
  readonly id: string;
  readonly group: WriteGroup;
  /** A worker is to take it. */
  readonly rings: boolean;
}

const keyOf = (entry: string): TriggerKey => triggerOfEntry(entry) as TriggerKey;

/** Units of an entry that are under way, save those that wait for a user, and tests. */
const underWay = async ({ store }: SchedulerContext, entryName: string): Promise<string[]> => {
  const states = ['REQUESTED', 'IN_PROGRESS', 'INVALID'] as const;
  const found = await store.findUows({ processName: EVENTS, entryName, states, limit: 100 });
  const counts = (uow: UowRecord): boolean => !isQuarantined(uow) && executionOf(uow)?.occasion !== 'test';
  return found.filter(counts).map(({ id }) => id);
};

/** Firings that meet the one before still under way, of triggers that are to skip these; with what they met. */
const skippedOf = async (
  shared: SchedulerContext,
  firings: readonly PlannedFiring[],
): Promise<ReadonlyMap<PlannedFiring, string>> => {
  const careful = firings.filter(({ overlap, expired }) => overlap === 'skip' && expired === undefined);
  const entries = [...new Set(careful.map(({ entry }) => entry))];
  const open = new Map(await Promise.all(entries.map(async (e) => [e, await underWay(shared, e)] as const)));
  const skipped = new Map<PlannedFiring, string>();
  for (const firing of careful) {
    const id = executionId(keyOf(firing.entry), firing.at);
    const others = open.get(firing.entry) ?? [];
    const met = others.find((other) => other !== id);
    if (met === undefined) open.set(firing.entry, [id]);
    else skipped.set(firing, `skipped: ${met} is still under way`);
  }
  return skipped;
};

const writingOf = (shared: SchedulerContext, firing: PlannedFiring, skipped: string | undefined): Writing => {
  const { entry, at, expired } = firing;
  const trigger = keyOf(entry);
  const id = executionId(trigger, at);
  const now = shared.clock.now();
  const ahead = Math.min(FIRING_LEAD, at - now);
  const uow = executionUow({ id, trigger, at, due: at, occasion: 'schedule', first: id }, { now, ahead });
  const insert = { kind: 'uow-insert', uow } as const;
  const because = expired ?? skipped;
  const cause = causeOf(shared, 'scheduler', because ?? null);
  if (because === undefined) return { id, rings: true, group: { cause, writes: [insert] } };
  const end = uowChange(uow, expired === undefined ? 'cancel' : 'empty', { finishedAt: now, error: because });
  return { id, rings: false, group: { cause, writes: [insert, end] } };
};

/** The firing, or what becomes of it when it could not be written before its deadline. */
const asOf = (firing: PlannedFiring, now: number): PlannedFiring => {
  const deadline = deadlineOf(firing, firing.at);
  if (firing.expired !== undefined || now <= deadline) return firing;
  const [until, back] = [deadline, now].map((instant) => clockTime(instant, now));
  return { ...firing, expired: `could have begun until ${until}, the store took it at ${back}` };
};

/**
 * Writes the executions of firings in one commit and rings for those that workers are to take. One that is there already stays
 * as it is, so that a batch may be written again whose outcome is unknown.
 */
export const writeExecutions = async (
  shared: SchedulerContext,
  firings: readonly PlannedFiring[],
): Promise<void> => {
  const now = shared.clock.now();
  const current = firings.map((firing) => asOf(firing, now));
  const skipped = await skippedOf(shared, current);
  const writings = current.map((firing) => writingOf(shared, firing, skipped.get(firing)));
  const writing = shared.store.commit(writings.map(({ group }) => group));
  const ids = writings.filter(({ rings }) => rings).map(({ id }) => id);
  const rung = (): Promise<void> =>
    ids.length === 0 ? Promise.resolve() : ring(shared, EXECUTION_QUEUE, ids);
  // One commit for both: a second one would keep the workers, once rung, from claiming.
  if (shareCommitLog(shared.store, shared.queue)) void rung();
  else void writing.then(rung, () => undefined);
  await writing;
  for (const { at, expired } of current)
    if (expired === undefined)
      shared.measurements.triggers.observe(Math.max(0, shared.clock.now() - at) / 1_000, EVENTS);
};
