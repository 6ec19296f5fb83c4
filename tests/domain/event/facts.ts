import type { TriggerInput } from '../../../domain/event/trigger.ts';

/** Says of a trigger what it must, and what a test adds. */
export const inputOf = (given: Partial<TriggerInput> = {}): TriggerInput => ({
  owner: 'local',
  id: 'backup',
  schedule: 'iso R/2015-05-17T08:30:00Z/PT1H',
  target: {
    url: 'https://example.org/hook',
    method: 'POST',
    headers: {},
    format: 'plain',
    query: true,
    eventType: null,
    timeout: 15_000,
    connection: null,
  },
  ...given,
});
