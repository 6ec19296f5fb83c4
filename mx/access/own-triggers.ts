import { SynergyError } from '../../domain/errors.ts';
import { EVENTS, triggerEntry, triggerOfEntry } from '../../domain/event/trigger.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import type { Identity } from '../../scheduler/accounts/api.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';

/** The trigger of a unit of work that is an execution, by its id, which says so: `Events:owner/id/…`. */
const triggerOfUnit = (uowId: string): TriggerKey | undefined => {
  const [process, entry = ''] = uowId.split(':');
  const [owner = '', id = ''] = entry.split('/');
  return process === EVENTS ? triggerOfEntry(`${owner}/${id}`) : undefined;
};

/**
 * The same API, which reads event triggers and executions of who calls alone, unless that is an admin: that those of other
 * accounts are there is not told.
 */
export const withOwnTriggers = (api: SchedulerApi, identity: Identity | undefined): SchedulerApi => {
  if (identity === undefined || identity.role === 'admin') return api;
  const owner = identity.actor;
  const check = (key: TriggerKey, what: string): void => {
    if (key.owner !== owner) throw new SynergyError('NOT_FOUND', what);
  };
  const checkUnit = (id: string): void => {
    const trigger = triggerOfUnit(id);
    if (trigger !== undefined) check(trigger, `no unit of work is named '${id}'`);
  };
  return {
    ...api,
    triggers: (page) => api.triggers({ ...page, owner }),
    triggerCounts: (filter) => api.triggerCounts({ ...filter, owner }),
    trigger: async (key) => {
      check(key, `no event trigger is named '${triggerEntry(key)}'`);
      return api.trigger(key);
    },
    uow: async (id) => {
      checkUnit(id);
      return api.uow(id);
    },
    log: async (id, after, limit) => {
      checkUnit(id);
      return api.log(id, after, limit);
    },
  };
};
