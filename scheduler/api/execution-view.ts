import type { ExecutionState } from '../../domain/event/execution.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';

/** A page of the executions of a trigger, the one that was made last first. */
export interface ExecutionPage {
  readonly trigger: TriggerKey;
  readonly outcome?: ExecutionState;
  /** Due at this instant (ms) or later: planned, or asked for by hand. */
  readonly from?: number;
  /** Due before this instant, ms. */
  readonly to?: number;
  /** Goes on behind the execution of this id. */
  readonly after?: string;
  readonly limit: number;
}

/** How many of the newest executions of a trigger stand how. */
export interface ExecutionCounts extends Readonly<Record<ExecutionState, number>> {
  /** All of them; at most 1,000 are counted. */
  readonly total: number;
}
