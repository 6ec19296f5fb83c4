/** What keeps the services of a box. */
export const SUPERVISOR = 'supervisor';

export const SCHEDULER = 'scheduler';
/** Serves every process of its box, save event triggers where these have a worker of their own. */
export const WORKER = 'worker';
/** Delivers event triggers, where there are any: no handler that keeps the other worker busy makes a delivery late. */
export const EVENT_WORKER = 'event-worker';

/** Services that a supervisor keeps. */
export const supervisedServices: readonly string[] = [SCHEDULER, WORKER, EVENT_WORKER];
