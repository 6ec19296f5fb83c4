import { SynergyError } from '../../domain/errors.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import type { TriggerServices } from './change-trigger.ts';

/** Takes a place for a trigger that is new, one for each however often it is asked. Throws CONFLICT where its owner has none left. */
export type TakePlace = (key: TriggerKey) => void;

/** Places that owners have left for new triggers, as long as one command takes. */
export const openPlaces = async ({ shared, events }: TriggerServices): Promise<TakePlace> => {
  const catalogue = await events.planner.catalogue();
  const most = shared.limits.eventTriggers;
  const taken = new Map<string, Set<string>>();
  const countOf = (owner: string): number => {
    const { on, paused, ended } = catalogue.count({ owner });
    return on + paused + ended;
  };
  const left = new Map<string, number>();
  return ({ owner, id }) => {
    const own = taken.get(owner) ?? new Set();
    taken.set(owner, own.add(id));
    const room = left.get(owner) ?? most - countOf(owner);
    left.set(owner, room);
    if (own.size > room)
      throw new SynergyError(
        'CONFLICT',
        `${owner} has ${most - room} of ${most} event triggers: remove some, or raise the setting eventTriggers`,
      );
  };
};
