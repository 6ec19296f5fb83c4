import { SynergyError } from '../../domain/errors.ts';
import { EVENTS, triggerEntry, triggerOfEntry } from '../../domain/event/trigger.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import { entityRef } from '../../domain/model/entity.ts';
import type { Identity } from '../../scheduler/accounts/api.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import type { Command } from '../../scheduler/commands/command-table.ts';

/** The trigger that a unit of work is an execution of. */
const triggerOfUnit = (uowId: string): TriggerKey | undefined => {
  const ref = entityRef(uowId);
  return ref?.kind === 'uow' && ref.processName === EVENTS ? triggerOfEntry(ref.entryName ?? '') : undefined;
};

/** The triggers that a command names. */
const triggersOf = (request: Command): TriggerKey[] => {
  const named = 'triggers' in request ? request.triggers : 'triggerId' in request ? [request] : [];
  return named.map(({ owner, triggerId }) => ({ owner, id: triggerId }));
};

/**
 * The same API, where event triggers and executions are those of who calls alone, unless that is an admin: that there are
 * others is not told. Without accounts who calls is an admin.
 */
export const withOwnTriggers = (api: SchedulerApi, identity: Identity | undefined): SchedulerApi => {
  if (identity === undefined || identity.role === 'admin') return api;
  const owner = identity.actor;
  const check = (key: TriggerKey, what: string): void => {
    if (key.owner !== owner) throw new SynergyError('NOT_FOUND', what);
  };
  /** The API for a trigger, and for a unit of work, which have to be their own. */
  const ofTrigger = (key: TriggerKey): SchedulerApi => {
    check(key, `no event trigger is named '${triggerEntry(key)}'`);
    return api;
  };
  const checkSecret = (of: { readonly owner: string; readonly secretName: string }): void => {
    if (of.owner !== owner)
      throw new SynergyError('NOT_FOUND', `${of.owner} has no secret '${of.secretName}'`);
  };
  const ofUnit = (id: string): SchedulerApi => {
    const trigger = triggerOfUnit(id);
    if (trigger !== undefined) check(trigger, `no unit of work is named '${id}'`);
    return api;
  };
  return {
    ...api,
    execute: async (request) => {
      for (const key of triggersOf(request)) ofTrigger(key);
      if ('secretName' in request) checkSecret(request);
      if ('uowId' in request) ofUnit(request.uowId);
      return api.execute(request);
    },
    triggers: (page) => api.triggers({ ...page, owner }),
    exportTriggers: (filter) => api.exportTriggers({ ...filter, owner }),
    secrets: (page) => api.secrets({ ...page, owner }),
    triggerCounts: (filter) => api.triggerCounts({ ...filter, owner }),
    triggersDue: (within) => api.triggersDue(within, owner),
    trigger: async (key) => ofTrigger(key).trigger(key),
    executions: async (page) => ofTrigger(page.trigger).executions(page),
    executionCounts: async (key) => ofTrigger(key).executionCounts(key),
    resendPlan: async (key, range) => ofTrigger(key).resendPlan(key, range),
    log: async (id, after, limit) => ofUnit(id).log(id, after, limit),
  };
};
