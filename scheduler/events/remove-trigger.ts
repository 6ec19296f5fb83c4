import { finishCommand } from '../../db/collections.ts';
import { SynergyError } from '../../domain/errors.ts';
import { EVENTS, triggerEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { CommandOf } from '../commands/command-table.ts';
import { causeOf } from '../context.ts';
import { cancellation } from '../engine/job-update.ts';
import { existing, find, keyOf, recordsOf } from './change-trigger.ts';
import type { TriggerServices } from './change-trigger.ts';
import { removeSecrets } from './secrets.ts';

/** Units that are canceled at a time. */
const PAGE = 500;

/** Cancels what waits of a trigger that is deleted. */
const cancelWaiting = async ({ shared, turnLoop }: TriggerServices, key: TriggerKey): Promise<number> => {
  const cause = causeOf(shared, 'scheduler', 'its trigger was deleted');
  const states = ['REQUESTED', 'INVALID'] as const;
  const query = { processName: EVENTS, entryName: triggerEntry(key), states, limit: PAGE };
  let canceled = 0;
  for (;;) {
    const waiting = await shared.store.findUows(query);
    if (waiting.length === 0) return canceled;
    const groups = waiting.map((uow) => ({ cause, writes: [cancellation(uow, cause)] }));
    const outcomes = await shared.store.commit(groups);
    canceled += outcomes.filter((outcome) => outcome === 'applied').length;
    void turnLoop.report(waiting.map(({ id }) => id));
  }
};

/** Deletes a trigger; its executions stay until retention takes them, and those that wait are canceled. */
export const removeTrigger = async (services: TriggerServices, key: TriggerKey): Promise<JsonObject> => {
  await services.events.planner.drop(key);
  const canceled = await cancelWaiting(services, key);
  const { store } = services.shared;
  // While the trigger is there, who broke off finds it and does the rest.
  await removeSecrets(store, key);
  await recordsOf(store).remove(key);
  return { removed: triggerEntry(key), canceled };
};

/** It would be there again at the next start. */
const refuseDeclared = ({ owner, id, origin }: EventTrigger): void => {
  if (origin !== 'context') return;
  throw new SynergyError(
    'CONFLICT',
    `event trigger ${triggerEntry({ owner, id })} comes from the context: pause it, or remove it there`,
  );
};

/** The same for a user. One that was begun is taken to its end. Throws NOT_FOUND, CONFLICT for one of the context. */
export const removeByCommand = async (
  services: TriggerServices,
  request: CommandOf<'remove-trigger'>,
  { id, result }: CommandRecord,
): Promise<JsonObject> => {
  const { store } = services.shared;
  const key = keyOf(request);
  if (result === null) refuseDeclared(existing(key, await find(store, key)));
  await finishCommand(store, id, { state: 'open', result: { removed: triggerEntry(key) }, finishedAt: null });
  return removeTrigger(services, key);
};

/** Deletes triggers that are to go once they have ended, and whose last execution has ended. */
export const removeEnded = async (services: TriggerServices): Promise<void> => {
  const { shared, events } = services;
  for (const key of events.planner.leaving())
    await events.alone(async () => {
      const states = ['REQUESTED', 'IN_PROGRESS', 'INVALID'] as const;
      const query = { processName: EVENTS, entryName: triggerEntry(key), states, limit: 1 };
      if ((await shared.store.findUows(query)).length > 0 || !events.planner.isLeaving(key)) return;
      await removeTrigger(services, key);
    });
};
