import { eventOverlaps, triggerOrigins } from '../domain/event/trigger.ts';
import type { EventSecret, SecretPlace } from '../domain/event/secret.ts';
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
    pauseAfter: 'number?',
    on: 'flag',
    note: 'text?',
    secret: 'text?',
    revision: 'number',
    armedAt: 'number',
    endedAt: 'number?',
    deleteAfterEnd: 'flag',
    origin: triggerOrigins,
    createdAt: 'number',
    updatedAt: 'number',
  },
  indexes: ['owner', 'on'],
  added: { pauseAfter: () => null, origin: () => 'user' },
  whenUnreadable: { on: false },
};

export type TriggerStore = StoreOf<EventTrigger, 'owner' | 'id'>;

/** Secrets of event triggers, sealed: those of a trigger, and those of an owner that headers may name. */
export const eventSecretSpec: CollectionSpec<EventSecret, keyof SecretPlace> = {
  name: 'event_secret',
  key: ['owner', 'id', 'name'],
  fields: {
    owner: 'text',
    id: 'text',
    name: 'text',
    sealed: 'text',
    former: 'value',
    createdAt: 'number',
    updatedAt: 'number',
  },
  indexes: ['owner', 'id'],
};

export type SecretStore = StoreOf<EventSecret, keyof SecretPlace>;
