import { declareTrigger } from '../../domain/event/define-trigger.ts';
import { placeText, placesOfTarget } from '../../domain/event/secret.ts';
import { EVENTS, triggerEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import type { DeclaredTrigger } from '../../domain/model/process.ts';
import { change, recordsOf } from './change-trigger.ts';
import type { TriggerServices } from './change-trigger.ts';
import { removeTrigger } from './remove-trigger.ts';
import { dropLogin, keptSecrets } from './secrets.ts';

/** Triggers that are read, and written, together: firings come in between, however many are declared. */
const GROUP = 100;

/** One that lacks a secret is stored all the same: without the scheduler no secret is taken. */
const warnOfSecrets = async (
  { shared }: TriggerServices,
  triggers: readonly EventTrigger[],
): Promise<void> => {
  const places = triggers.flatMap((trigger) => placesOfTarget(trigger));
  const kept = await keptSecrets(shared.store, places);
  for (const place of places)
    if (!kept.has(placeText(place)))
      shared.log.warn(
        `event triggers of the context need the secret '${place.name}' of ${place.owner}: see 'synergy trigger put-secret'`,
      );
};

const storeGroup = async (services: TriggerServices, group: readonly DeclaredTrigger[]): Promise<void> => {
  const { store, clock } = services.shared;
  const keys = group.map(({ owner, id }) => ({ owner, id }));
  const known = new Map(
    (await recordsOf(store).getAll(keys)).map((trigger) => [triggerEntry(trigger), trigger]),
  );
  const now = clock.now();
  const stored = await Promise.all(
    group.map(async (declared) => {
      const before = known.get(triggerEntry(declared));
      const declare = (from: EventTrigger | undefined) => declareTrigger(from, declared, now);
      const { changed, trigger } = declare(before);
      if (!changed) return trigger;
      const next = await change(services, { owner: declared.owner, id: declared.id }, declare, before);
      await dropLogin(store, before, next.trigger);
      return next.trigger;
    }),
  );
  await warnOfSecrets(services, stored);
};

/**
 * Stores what the context declares of event triggers, once what was due by them before has its executions, and deletes those that
 * it no longer declares. Where no event triggers are planned, all stay as they are.
 */
export const storeDeclared = async (services: TriggerServices): Promise<void> => {
  const { processes, eventTriggers = [] } = services.shared.context;
  if (!processes.some(({ name }) => name === EVENTS)) return;
  const declared = new Set(eventTriggers.map(triggerEntry));
  await services.events.alone(async () => {
    for (let from = 0; from < eventTriggers.length; from += GROUP)
      await storeGroup(services, eventTriggers.slice(from, from + GROUP));
    const known = (await services.events.planner.catalogue()).declared();
    for (const key of known) if (!declared.has(triggerEntry(key))) await removeTrigger(services, key);
  });
};
