import { setup } from 'xstate';

/** Every state of a job. The order is the numeric code used in typed arrays: EMBRYO is 0. */
export const jobStates = ['EMBRYO', 'IN_PROGRESS', 'FINAL_RUN', 'PROCESSED', 'SKIPPED', 'NOOP'] as const;

/** State of a job: one period of one managed process. */
export type JobState = (typeof jobStates)[number];

/** Every event a job can be sent. */
export const jobEvents = ['start', 'finalize', 'rerun', 'complete', 'empty', 'skip', 'reprocess'] as const;

/** What may happen to a job; `start`, `finalize` and `rerun` mean that a unit of work was published. */
export type JobEvent = (typeof jobEvents)[number];

const abandon = { empty: 'NOOP', skip: 'SKIPPED' } as const;

// Without a unit of work there is nothing to go back to: the job begins anew.
const redo = { reprocess: [{ guard: 'hasUow', target: 'IN_PROGRESS' }, { target: 'EMBRYO' }] } as const;

/**
 * The one definition of the job machine: tables, predicates and drawings are made from it. `hasUow` (did the
 * job ever have a unit of work) travels with the event, since the record of the job knows it. The tag
 * `finished` marks the states that no longer hold up parents and dependants.
 */
export const jobMachine = setup({
  types: { events: {} as { type: JobEvent; hasUow: boolean } },
  guards: { hasUow: ({ event }) => event.hasUow },
}).createMachine({
  id: 'job',
  initial: 'EMBRYO',
  states: {
    EMBRYO: { on: { start: 'IN_PROGRESS', finalize: 'FINAL_RUN', ...abandon } },
    IN_PROGRESS: {
      on: { finalize: 'FINAL_RUN', rerun: 'IN_PROGRESS', complete: 'PROCESSED', ...abandon, ...redo },
    },
    FINAL_RUN: { on: { complete: 'PROCESSED', ...abandon, ...redo } },
    PROCESSED: { tags: 'finished', on: redo },
    SKIPPED: { tags: 'finished', on: redo },
    NOOP: { tags: 'finished', on: redo },
  } satisfies Record<JobState, object>,
});
