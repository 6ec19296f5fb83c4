import { setup } from 'xstate';

/** Every state of a unit of work. */
export const uowStates = ['REQUESTED', 'IN_PROGRESS', 'PROCESSED', 'NOOP', 'CANCELED', 'INVALID'] as const;

/** State of a unit of work: one order to a worker. */
export type UowState = (typeof uowStates)[number];

/** Every event a unit of work can be sent. */
export const uowEvents = ['claim', 'complete', 'empty', 'fail', 'repost', 'cancel'] as const;

/** What may happen to a unit of work; `repost` from IN_PROGRESS means that the lease was lost. */
export type UowEvent = (typeof uowEvents)[number];

/**
 * The one definition of the unit-of-work machine: tables, predicates and drawings are made from it. The tag
 * `finished` marks the states without a way out, `holding` those that take one of the slots of `concurrency`.
 */
export const uowMachine = setup({
  types: { events: {} as { type: UowEvent } },
}).createMachine({
  id: 'uow',
  initial: 'REQUESTED',
  states: {
    // `empty`: an execution of an event trigger that was found expired before any worker had it.
    REQUESTED: {
      tags: 'holding',
      on: { claim: 'IN_PROGRESS', empty: 'NOOP', fail: 'INVALID', cancel: 'CANCELED' },
    },
    IN_PROGRESS: {
      tags: 'holding',
      on: { complete: 'PROCESSED', empty: 'NOOP', fail: 'INVALID', repost: 'REQUESTED', cancel: 'CANCELED' },
    },
    PROCESSED: { tags: 'finished' },
    NOOP: { tags: 'finished' },
    CANCELED: { tags: 'finished' },
    INVALID: { on: { repost: 'REQUESTED', cancel: 'CANCELED' } },
  } satisfies Record<UowState, object>,
});
