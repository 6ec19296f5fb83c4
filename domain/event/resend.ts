import { digest } from '../cascade/digest.ts';
import { isUowFinished } from '../machine/transition.ts';
import type { UowRecord } from '../model/record.ts';
import { displayUrl } from './target-address.ts';
import { executionOf, executionState } from './execution.ts';
import type { Execution } from './execution.ts';
import { triggerEntry } from './trigger.ts';
import type { EventTrigger } from './trigger.ts';

/** Outcomes after which a message may be sent again together with others. */
export const lostOutcomes = ['failed', 'expired'] as const;

/** Executions of one trigger, by their outcome and by the instant at which they were due: planned, or asked for. */
export interface ResendRange {
  /** Without it both. */
  readonly outcome?: (typeof lostOutcomes)[number];
  /** Instants, ms; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
}

/** What sending the messages of a range again would send, for a person who is about to ask for it. */
export interface ResendPlan extends ResendRange {
  /** `owner/id`. */
  readonly trigger: string;
  /** Where it goes, without name and password. */
  readonly target: string;
  /** Messages. */
  readonly count: number;
  /** Planned instants, ms; null when there is nothing to send. */
  readonly oldest: number | null;
  readonly newest: number | null;
  /** Of what would be sent, and of the trigger as it is. */
  readonly hash: string;
}

/** What of a unit of work tells whether it is sent again. */
type Seen = Pick<
  UowRecord,
  'id' | 'processName' | 'entryName' | 'arguments' | 'state' | 'retryAt' | 'finishedAt'
>;

/**
 * Executions of a range whose messages are to be sent again, each message once, by all executions since `from`, in the order in
 * which they were made: none that was delivered meanwhile, or is under way. One that ended after `until` (ms) counts as under way.
 */
export const toResend = (
  executions: readonly Seen[],
  { outcome, from, to }: ResendRange,
  until = Infinity,
): Execution[] => {
  const lost = new Map<string, Execution>();
  const settled = new Set<string>();
  for (const uow of executions) {
    const execution = executionOf(uow);
    if (execution === undefined || execution.occasion === 'test') continue;
    const { first, due } = execution;
    const state = executionState(uow);
    const isOver = isUowFinished(uow.state) && (uow.finishedAt ?? 0) <= until;
    if (!isOver || state === 'success') settled.add(first);
    const isMeant = outcome === undefined ? state === 'failed' || state === 'expired' : state === outcome;
    if (isMeant && due >= from && due < to && !lost.has(first)) lost.set(first, execution);
  }
  return [...lost.values()].filter(({ first }) => !settled.has(first));
};

/** The plan of what is to be sent again of a trigger. */
export const resendPlan = (
  trigger: EventTrigger,
  range: ResendRange,
  executions: readonly Execution[],
): ResendPlan => {
  const instants = executions.map(({ at }) => at).sort((a, b) => a - b);
  return {
    ...{ trigger: triggerEntry(trigger), target: displayUrl(trigger.target.url), ...range },
    ...{ count: executions.length, oldest: instants[0] ?? null, newest: instants.at(-1) ?? null },
    hash: digest([trigger.revision, range.outcome ?? null, executions.map(({ first }) => first)]),
  };
};
