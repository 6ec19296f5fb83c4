import type { Collection } from '../../db/collection.ts';
import { triggerEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';
import { giveWay } from '../../lib/sleep.ts';

/** A trigger as it is stored now; undefined when there is none. Throws `VALUE_UNREADABLE`. */
export type TriggerReader = (key: TriggerKey) => Promise<EventTrigger | undefined>;

/** Reads triggers, all together that are asked for in one turn of the event loop: of those due at one instant there are many. */
export const createTriggerReader = (
  triggers: Pick<Collection<EventTrigger, 'owner' | 'id'>, 'get' | 'getAll'>,
): TriggerReader => {
  let asked: TriggerKey[] = [];
  let reading: Promise<ReadonlyMap<string, EventTrigger>> | undefined;
  const readAsked = async (): Promise<ReadonlyMap<string, EventTrigger>> => {
    await giveWay();
    const keys = asked;
    asked = [];
    reading = undefined;
    const found = await triggers.getAll(keys);
    return new Map(found.map((trigger) => [triggerEntry(trigger), trigger]));
  };
  return async (key) => {
    asked.push(key);
    const found = (await (reading ??= readAsked())).get(triggerEntry(key));
    // What cannot be read as a whole is among many as one that is off, or not at all: by itself it says why.
    return found?.on === true ? found : triggers.get(key);
  };
};
