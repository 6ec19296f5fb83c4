import { eventOverlaps } from '../domain/event/trigger.ts';
import type { EventTrigger } from '../domain/event/trigger.ts';
import { missedPolicies } from '../domain/model/process.ts';
import type { CollectionSpec, StoreOf } from './collection.ts';

/** Event triggers. Workers read one as they claim an execution of it. */
export const eventTriggerSpec: CollectionSpec<EventTrigger, 'owner' | 'id'> = {
  name: 'event_trigger',
  key: ['owner', 'id'],
  fields: {
    owner: 'text',
    id: 'text',
    name: 'text',
    description: 'text',
    labels: 'object',
    schedule: 'text',
    epsilon: 'number',
    target: 'object',
    payload: 'value',
    retry: 'object',
    missed: missedPolicies,
    overlap: eventOverlaps,
    on: 'flag',
    note: 'text?',
    secret: 'text?',
    revision: 'number',
    armedAt: 'number',
    endedAt: 'number?',
    deleteAfterEnd: 'flag',
    createdAt: 'number',
    updatedAt: 'number',
  },
  indexes: ['owner', 'on'],
  whenUnreadable: { on: false },
};

export type TriggerStore = StoreOf<EventTrigger, 'owner' | 'id'>;
