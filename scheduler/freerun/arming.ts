import { fireDue, catchUp } from '../../domain/freerun/due.ts';
import { isFree } from '../../domain/freerun/entry.ts';
import type { LiveEntry } from '../../domain/freerun/entry.ts';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import { scheduleOf } from '../../domain/schedule/schedule.ts';
import type { TimerQueue } from '../../lib/timer-queue.ts';
import type { SchedulerContext } from '../context.ts';
import type { RequestsFor } from './firing-queue.ts';

/** What the alarms of freerun entries stand on. */
export interface ArmingTools {
  readonly shared: SchedulerContext;
  readonly alarms: TimerQueue;
  /** The entry of a key as it is now. */
  readonly entry: (key: string) => LiveEntry | undefined;
  /** Told that instants of an entry have passed, and what follows from that for the entry as it is when its turn comes. */
  readonly onDue: (key: string, requestsFor: RequestsFor) => void;
}

/** Arms an entry anew from now on; nothing while it is off. With `andMakeUp`, what was missed since it was last seen to comes first. */
export const armEntry = (tools: ArmingTools, key: string, andMakeUp?: 'andMakeUp'): void => {
  tools.alarms.clear(key);
  const entry = tools.entry(key);
  if (entry?.record.on !== true || !tools.shared.leader.isAtWork()) return;
  const { trigger } = entry.record;
  const now = tools.shared.timetableClock.now();
  if (andMakeUp) tools.onDue(key, (current) => catchUp(current, scheduleOf(trigger), now));
  setAlarm(tools, key, { trigger, after: now });
};

/** Rings at the next instant of a schedule, and at all that follow until the entry is armed anew. While it waits it costs its text. */
const setAlarm = (
  tools: ArmingTools,
  key: string,
  { trigger, after }: { trigger: string; after: number },
): void => {
  const { alarms, shared, onDue } = tools;
  const at = scheduleOf(trigger).next(after);
  if (at === undefined) return;
  const ring = (): void => {
    const now = Math.max(at, shared.timetableClock.now());
    onDue(key, (entry) => fireDue(entry, scheduleOf(trigger), { at, now }));
    setAlarm(tools, key, { trigger, after: now });
  };
  alarms.set(key, at - FIRING_LEAD, () => {
    if (mayPrepare(tools, key)) ring();
    else alarms.set(key, at, ring);
  });
};

/** Whether a firing may be carried out ahead of its instant. An external worker would not wait for that. */
const mayPrepare = ({ shared, entry: entryOf }: ArmingTools, key: string): boolean => {
  const entry = entryOf(key);
  if (entry === undefined || !isFree(entry)) return false;
  const process = shared.context.processes.find(({ name }) => name === entry.record.processName);
  return process !== undefined && process.worker.kind !== 'external';
};
