import type { TriggerInput } from '../../../domain/event/trigger.ts';
import { targetOf } from './parcel.ts';

/** Says of a trigger what it must, and what a test adds. */
export const inputOf = (given: Partial<TriggerInput> = {}): TriggerInput => ({
  owner: 'local',
  id: 'backup',
  schedule: 'iso R/2015-05-17T08:30:00Z/PT1H',
  target: targetOf({ url: 'https://example.org/hook' }),
  ...given,
});
