import { SynergyError } from '../../domain/errors.ts';
import { eventTriggerSpec } from '../../db/event-collections.ts';
import type { TriggerStore } from '../../db/event-collections.ts';
import type { Cause } from '../../db/store.ts';
import { pauseTrigger, resumeTrigger, triggerEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger, TriggerChange, TriggerKey } from '../../domain/event/trigger.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { CommandOf } from '../commands/command-table.ts';
import { openRoom } from './quota.ts';
import type { SchedulerServices } from '../services.ts';

/** What changes of triggers stand on. */
export type TriggerServices = Pick<SchedulerServices, 'shared' | 'turnLoop' | 'events'>;

/** What becomes of the trigger that is known, if any is. */
export type Changed = (known: EventTrigger | undefined) => TriggerChange;

/** Says of which trigger a command is. */
type Named = Readonly<{ owner: string; triggerId: string }>;

/** Key of the trigger that a command names. */
export const keyOf = ({ owner, triggerId }: Named): TriggerKey => ({ owner, id: triggerId });

const unknownTrigger = (key: TriggerKey): SynergyError =>
  new SynergyError('NOT_FOUND', `no event trigger is named '${triggerEntry(key)}'`);

/** The trigger, which has to be there. Throws NOT_FOUND. */
export const existing = (key: TriggerKey, known: EventTrigger | undefined): EventTrigger => {
  if (known === undefined) throw unknownTrigger(key);
  return known;
};

/** The triggers of a store. */
export const recordsOf = (store: TriggerStore) => store.collection(eventTriggerSpec);

/** The trigger as it is stored. */
export const find = async (store: TriggerStore, key: TriggerKey): Promise<EventTrigger | undefined> =>
  (await recordsOf(store).getAll([key]))[0];

const changedMeanwhile = (key: TriggerKey): SynergyError =>
  new SynergyError(
    'CONFLICT',
    `event trigger ${triggerEntry(key)} was changed by another scheduler meanwhile: look again, then try again`,
  );

const write = (
  triggers: ReturnType<typeof recordsOf>,
  before: EventTrigger | undefined,
  trigger: EventTrigger,
): Promise<boolean> => {
  if (before === undefined) return triggers.insertNew(trigger);
  const { owner, id, revision, endedAt } = before;
  return triggers.compareAndSet({ owner, id }, { revision, endedAt }, trigger);
};

/** Stores a change, and has the planner follow it. Throws CONFLICT when another scheduler, which leads by now, was faster. */
export const change = async (
  services: TriggerServices,
  key: TriggerKey,
  changed: Changed,
  known?: EventTrigger,
): Promise<TriggerChange> => {
  const { store } = services.shared;
  const before = known ?? (await find(store, key));
  const next = changed(before);
  if (next.changed && !(await write(recordsOf(store), before, next.trigger))) {
    const now = await find(store, key);
    // The planner marks what has ended, and leaves the revision: that is no change of a user.
    if (now?.revision !== before?.revision) throw changedMeanwhile(key);
    return change(services, key, changed, now);
  }
  // Also what was so already: another scheduler may have stored it after this one had read all triggers.
  services.events.planner.put(next.trigger);
  return next;
};

/** The result of a command that changes a trigger, or finds it so already. */
export const answerOf = ({ changed, trigger }: TriggerChange): JsonObject => ({
  trigger: triggerEntry(trigger),
  changed,
  revision: trigger.revision,
});

/** Pauses a trigger: nothing is planned any more. Throws NOT_FOUND. */
export const pause = async (
  services: TriggerServices,
  request: CommandOf<'pause-trigger'>,
  { at }: Cause,
): Promise<JsonObject> => {
  const key = keyOf(request);
  const { note = null } = request;
  return answerOf(await change(services, key, (known) => pauseTrigger(existing(key, known), note, at)));
};

/** Lets a trigger go on; nothing of the pause is made up for. Throws NOT_FOUND, CONFLICT for one beyond the quota. */
export const resume = async (
  services: TriggerServices,
  request: CommandOf<'resume-trigger'>,
  { at }: Cause,
): Promise<JsonObject> => {
  const key = keyOf(request);
  const known = existing(key, await find(services.shared.store, key));
  (await openRoom(services))(known, resumeTrigger(known, at).trigger);
  return answerOf(await change(services, key, (before) => resumeTrigger(existing(key, before), at), known));
};
