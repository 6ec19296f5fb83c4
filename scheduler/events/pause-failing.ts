import { commandSpec } from '../../db/collections.ts';
import { eventTriggerSpec } from '../../db/event-collections.ts';
import { whyPause } from '../../domain/event/failing.ts';
import { EVENTS, MOST_FAILURES, triggerEntry, triggerOfEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import { COMMAND_QUEUE } from '../../domain/model/queue-name.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { commandRecord } from '../commands/check-command.ts';
import { ring } from '../context.ts';
import type { SchedulerContext } from '../context.ts';

/** Others that may lie between those that tell: tests, and executions that expired. */
const BESIDE = 50;

const pauseIfFailing = async (shared: SchedulerContext, trigger: EventTrigger): Promise<void> => {
  const { store, clock } = shared;
  const limit = MOST_FAILURES + BESIDE;
  const executions = await store.findUows({ processName: EVENTS, entryName: triggerEntry(trigger), limit });
  const why = whyPause(trigger, executions);
  if (why === undefined) return;
  const { owner, id: triggerId } = trigger;
  const id = `failing/${executions[0]?.id}`;
  const request = { kind: 'pause-trigger', owner, triggerId, note: why, reason: why, id } as const;
  const record = commandRecord(request, { actor: 'scheduler', now: clock.now() });
  if (await store.collection(commandSpec).insertNew(record)) await ring(shared, COMMAND_QUEUE, [record.id]);
};

/** Told of executions that failed, pauses their triggers once so many in a row have failed as these say. */
export const createPauseFailing = (shared: SchedulerContext): ((uow: UowRecord) => void) => {
  const failed = new Set<string>();
  const look = async (): Promise<void> => {
    const keys = [...failed].flatMap((entry) => triggerOfEntry(entry) ?? []);
    failed.clear();
    for (const trigger of await shared.store.collection(eventTriggerSpec).getAll(keys))
      if (trigger.on && trigger.pauseAfter !== null) await pauseIfFailing(shared, trigger);
  };
  return ({ processName, entryName, state, attempt }) => {
    if (processName !== EVENTS || entryName === null || state !== 'CANCELED' || attempt === 0) return;
    failed.add(entryName);
    // Of those of one turn together. One that is not seen to is with the next failure.
    if (failed.size === 1)
      setImmediate(() => {
        look().catch((error: unknown) => {
          shared.log.warn(`it was not looked at which event triggers fail: ${String(error)}`);
        });
      });
  };
};
