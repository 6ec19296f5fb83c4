import type { JobState } from '../machine/job-machine.ts';
import type { UowState } from '../machine/uow-machine.ts';

/** What a strategy is told about a node; gathered by `domain/timetable/readiness.ts`. */
export interface JobFacts {
  readonly state: JobState;
  /** State of the unit of work in charge; undefined when there is none. */
  readonly uow: UowState | undefined;
  /** Highest source row id that unit covers (recomputing). */
  readonly endId?: number | undefined;
  /** Failed looks at an empty source so far (recomputing). */
  readonly failures: number;
  readonly emptySource: 'noop' | 'skip';
  /** The period begins after now. */
  readonly future: boolean;
  /** The period has ended. */
  readonly periodOver: boolean;
  /** The period has ended and the start lag after it, too. */
  readonly lagOver: boolean;
  /** Active, every child finished, every dependency finished. */
  readonly finalizable: boolean;
  /** Blocking type, dependencies and inputs being redone, boiled down: `skip` when a dependency was skipped. */
  readonly mayRun: 'yes' | 'no' | 'skip';
  /** Why it is looked at: a `tick` of its trigger may publish further runs of a live period, an `event` may not. */
  readonly occasion: 'tick' | 'event';
}

/** Source rows of the period, as the data source knows them now. */
export interface SourceExtent {
  readonly lowest?: number;
  readonly highest?: number;
  /** No more rows will come for this period. */
  readonly complete: boolean;
}

/** Closed range of source row ids a unit of work covers. */
export interface SourceRange {
  readonly startId: number;
  readonly endId: number;
}

/**
 * What must end before a job goes on by itself; explanations name the blockers of each. `inputs-to-run`: inputs without which
 * its blocking type does not let it run, `inputs-to-end`: children and dependencies without which it does not end.
 */
export type WaitsFor = 'unit' | 'period-end' | 'start-lag' | 'source' | 'inputs-to-run' | 'inputs-to-end';

/** Nothing to do now. Waits for all of these; where there are none, for the next tick of the trigger at most. */
export interface Waiting {
  readonly do: 'wait';
  readonly for: readonly WaitsFor[];
}

/** What to do with a job now. Carried out by the scheduler, shown by explanations and previews. */
export type Decision =
  | { readonly do: 'publish'; readonly event: 'start' | 'finalize' | 'rerun'; readonly range?: SourceRange }
  | { readonly do: 'finish'; readonly event: 'complete' | 'empty' | 'skip' }
  /** Recomputing: ask the data source for the extent of the period and decide again with it. */
  | { readonly do: 'ask-source' }
  /** Recomputing: widen the range of the unit that has not been claimed. */
  | { readonly do: 'refresh'; readonly endId: number }
  /** Recomputing: nothing in the source yet; count it. */
  | { readonly do: 'count-failure' }
  | Waiting
  /** A job from the future is never touched. */
  | { readonly do: 'refuse'; readonly because: string };

/**
 * Decides about one job; pure. Only `recomputing` looks at `extent`, and asks for it where it needs it. The event of a
 * decision is always legal in the state of the job.
 */
export type Strategy = (facts: JobFacts, extent?: SourceExtent) => Decision;
