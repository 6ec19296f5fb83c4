import { createHash } from 'node:crypto';
import type { ExecutionState } from '../../domain/event/execution.ts';
import { triggerEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';

/** How a run is told: it ended well, it failed, it expired; and that there was none. */
export const runCodes = { success: 0, failed: 1, expired: 2, never: -1 } as const;

/** An instant, ms, as tasks tell it. */
export const taskInstant = (at: number): string => new Date(at).toISOString();

/** By what a task is known to all users. */
export const taskGuid = (key: TriggerKey): string =>
  createHash('sha256').update(triggerEntry(key)).digest('hex');

/** An event trigger as a task. */
export const taskOf = (trigger: EventTrigger): object => {
  const { owner, id, name, schedule, target, payload, createdAt } = trigger;
  return {
    ...{ guid: taskGuid(trigger), id, user_id: owner, name, schedule, URN: target.url, payload },
    created_at: taskInstant(createdAt),
  };
};

/** How an execution that has ended is told. */
export const runCodeOf = (state: ExecutionState): number =>
  state === 'success' || state === 'expired' ? runCodes[state] : runCodes.failed;
