import { workQueue } from '../model/queue-name.ts';
import type { FreerunProcess, RetryPolicy } from '../model/process.ts';
import { DAY } from '../time/calendar.ts';
import { EVENTS } from './trigger.ts';

/**
 * Retries of executions as the collector sees them: a worker says when the next attempt comes and which one is the last, by the
 * trigger, and the collector has only to let it come.
 */
export const executionRetry: RetryPolicy = { delay: 3_650 * DAY, maxDelay: 3_650 * DAY, maxAttempts: 1e9 };

/** Executions of a trigger that are kept at most, the newest ones. */
const KEPT_EXECUTIONS = 1_000;

/**
 * The built-in process whose units of work are the executions of event triggers: so many of them at once in a worker, and kept
 * for so many days once they have ended.
 */
export const eventsProcess = (concurrency: number, ttlDays: number): FreerunProcess => ({
  kind: 'freerun',
  name: EVENTS,
  description: 'Delivers event triggers',
  arguments: {},
  presentOnBoxes: ['*'],
  worker: { kind: 'event' },
  concurrency,
  retry: { delay: 1_000, maxDelay: 60_000, maxAttempts: 1e9 },
  retention: { ttlDays, keepUnits: KEPT_EXECUTIONS },
  entries: [],
});

/** Where workers are rung for executions. */
export const EXECUTION_QUEUE = workQueue(eventsProcess(1, 1));
