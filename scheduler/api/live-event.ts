import { executionOf, executionState } from '../../domain/event/execution.ts';
import type { ExecutionState } from '../../domain/event/execution.ts';
import { triggerEntry } from '../../domain/event/trigger.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import type { JobKey, UowRecord } from '../../domain/model/record.ts';

/** What live events are about. */
export const liveTopics = ['jobs', 'triggers', 'executions'] as const;
export type LiveTopic = (typeof liveTopics)[number];

/** What became of an event trigger. */
export interface LiveTrigger extends TriggerKey {
  readonly kind: 'created' | 'changed' | 'removed';
  /** Null of one that was removed. */
  readonly revision: number | null;
}

/** How an execution stands now: as it is planned, and after every attempt. Instants and lengths in ms. */
export interface LiveExecution {
  readonly id: string;
  /** `owner/id`. */
  readonly trigger: string;
  /** Planned instant. */
  readonly at: number;
  readonly state: ExecutionState;
  /** Of the last attempt: how late it began, how long it took, and why it was no success; null before. */
  readonly lateness: number | null;
  readonly ms: number | null;
  readonly error: string | null;
  readonly endedAt: number | null;
}

/** Something changed; told to live pages. What is of event triggers is of one owner. */
export type LiveEvent = {
  /** Rising, per scheduler process. */
  readonly sequence: number;
} & (
  | { readonly topic: 'jobs'; readonly changed: readonly JobKey[] }
  | { readonly topic: 'triggers'; readonly owner: string; readonly changed: readonly LiveTrigger[] }
  | { readonly topic: 'executions'; readonly owner: string; readonly changed: readonly LiveExecution[] }
);

/** Characters of an error: a target may say much. */
const LONGEST_ERROR = 200;

/** An execution with its owner; undefined of any other unit of work. */
export const liveExecution = (
  uow: UowRecord,
): { readonly owner: string; readonly told: LiveExecution } | undefined => {
  const execution = executionOf(uow);
  if (execution === undefined) return undefined;
  const { trigger, at, due } = execution;
  const { id, startedAt, finishedAt, error, state } = uow;
  const isBegun = startedAt !== null && state !== 'REQUESTED' && state !== 'NOOP';
  return {
    owner: trigger.owner,
    told: {
      ...{ id, trigger: triggerEntry(trigger), at, state: executionState(uow) },
      lateness: isBegun ? Math.max(0, startedAt - due) : null,
      ms: isBegun && finishedAt !== null ? Math.max(0, finishedAt - startedAt) : null,
      error: error?.slice(0, LONGEST_ERROR) ?? null,
      endedAt: finishedAt,
    },
  };
};
