import { fireDue, catchUp } from '../../domain/freerun/due.ts';
import { asStored, isFree } from '../../domain/freerun/entry.ts';
import type { PlannedEntry } from '../../domain/freerun/entry.ts';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import { entryKeyOf } from '../../domain/model/entity.ts';
import type { FreerunEntryRecord } from '../../domain/model/record.ts';
import { scheduleOf } from '../../domain/schedule/schedule.ts';
import type { TimerQueue } from '../../lib/timer-queue.ts';
import type { SchedulerContext } from '../context.ts';
import type { RequestsFor } from './firing-queue.ts';

/** What the alarms of freerun entries stand on. */
export interface ArmingTools {
  readonly shared: SchedulerContext;
  readonly alarms: TimerQueue;
  /** The entry of a key as it is now. */
  readonly entry: (key: string) => PlannedEntry | undefined;
  /** Told that instants of an entry have passed, and what follows from that for the entry as it is when its turn comes. */
  readonly onDue: (key: string, requestsFor: RequestsFor) => void;
}

export interface Arming {
  /** Arms an entry anew from now on; nothing while it is off. With its record, what was missed since it was last seen to comes first. */
  readonly arm: (key: string, record?: FreerunEntryRecord) => void;
}

/**
 * Arms freerun entries: an alarm rings at the next instant of a schedule, and at all that follow until the entry is armed
 * anew. While a schedule waits it costs its text and its next instant.
 */
export const createArming = (tools: ArmingTools): Arming => {
  const { shared, alarms, entry: entryOf, onDue } = tools;

  const setAlarm = (key: string, { trigger }: PlannedEntry, after: number): void => {
    const at = scheduleOf(trigger).next(after);
    if (at !== undefined) alarms.set(key, at - FIRING_LEAD, prepare);
  };

  /** An instant of a schedule is near. */
  const prepare = (key: string, ahead: number): void => {
    const at = ahead + FIRING_LEAD;
    if (mayPrepare(tools, key)) ring(key, at);
    else alarms.set(key, at, ring);
  };

  const ring = (key: string, at: number): void => {
    const known = entryOf(key);
    if (known === undefined) return;
    const { trigger } = known;
    const now = Math.max(at, shared.timetableClock.now());
    onDue(key, (entry) => fireDue(entry, scheduleOf(trigger), { at, now }));
    setAlarm(key, known, now);
  };

  return {
    arm: (key, record) => {
      alarms.clear(key);
      const known = entryOf(key);
      if (known?.on !== true || !shared.leader.isAtWork()) return;
      const { trigger } = known;
      const now = shared.timetableClock.now();
      const missed: RequestsFor = (entry) => catchUp(entry, scheduleOf(trigger), now);
      if (record && missed(asStored(record)).requests.length > 0) onDue(key, missed);
      setAlarm(key, known, now);
    },
  };
};

/** Whether a firing may be carried out ahead of its instant. An external worker would not wait for that. */
const mayPrepare = ({ shared, entry: entryOf }: ArmingTools, key: string): boolean => {
  const entry = entryOf(key);
  if (entry === undefined || !isFree(entry)) return false;
  const { processName } = entryKeyOf(key);
  const process = shared.context.processes.find(({ name }) => name === processName);
  return process !== undefined && process.worker.kind !== 'external';
};
