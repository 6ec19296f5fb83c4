import { SynergyError } from '../../domain/errors.ts';
import { triggerEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import { rateOf } from './catalogue.ts';
import type { TriggerUsage } from './catalogue.ts';
import type { SchedulerServices } from '../services.ts';

/**
 * Takes what a trigger will have of the quotas of its owner more than before, once for each however often it is asked. Throws
 * CONFLICT where its owner has not as much left.
 */
export type TakeRoom = (before: EventTrigger | undefined, after: EventTrigger) => void;

/** A number as people read it: three digits that count. */
const shown = (value: number): string =>
  value.toLocaleString(
    'en-US',
    value < 1_000 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 },
  );

const tooMany = (owner: string, has: number, most: number): SynergyError =>
  new SynergyError(
    'CONFLICT',
    `${owner} has ${has} of ${most} event triggers: remove some, or raise the setting eventTriggers`,
  );

const tooFast = (
  owner: string,
  rates: { readonly has: number; readonly more: number; readonly most: number },
) => {
  const [has, more, most] = [rates.has, rates.more, rates.most].map(shown);
  return new SynergyError(
    'CONFLICT',
    `event triggers of ${owner} fire ${has} times a second, of ${most} that they may, and this would be ${more} more: pause some, have some fire less often, or raise the setting eventFirings`,
  );
};

/** What owners have left of the quotas, as long as one command takes. */
export const openRoom = async ({
  shared,
  events,
}: Pick<SchedulerServices, 'shared' | 'events'>): Promise<TakeRoom> => {
  const catalogue = await events.planner.catalogue();
  const { eventTriggers, eventFirings } = shared.limits;
  /** With what the command has taken so far, also by triggers. */
  const usages = new Map<string, TriggerUsage>();
  const taken = new Map<string, TriggerUsage>();
  return (before, after) => {
    const { owner } = after;
    const usage = usages.get(owner) ?? catalogue.usage(owner);
    const entry = triggerEntry(after);
    const own = taken.get(entry) ?? { triggers: 0, rate: 0 };
    const [triggers, rate] = [usage.triggers - own.triggers, usage.rate - own.rate];
    const more = {
      triggers: before === undefined ? 1 : 0,
      rate: rateOf(after) - (before === undefined ? 0 : rateOf(before)),
    };
    if (more.triggers > 0 && triggers >= eventTriggers) throw tooMany(owner, triggers, eventTriggers);
    if (more.rate > 0 && rate + more.rate > eventFirings)
      throw tooFast(owner, { has: rate, more: more.rate, most: eventFirings });
    taken.set(entry, more);
    usages.set(owner, { triggers: triggers + more.triggers, rate: rate + more.rate });
  };
};
