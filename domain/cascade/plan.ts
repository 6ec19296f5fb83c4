import type { JobState } from '../machine/job-machine.ts';
import type { JobKey } from '../model/record.ts';

/** One job that a plan changes. */
export interface PlanStep extends JobKey {
  readonly from: JobState;
  readonly to: JobState;
  /** Version the plan was made on; applying compares it. */
  readonly version: number;
  /** An unfinished unit of work is canceled with it. */
  readonly cancelsUow: boolean;
}

/** What a reprocess or skip would do. Made purely; applied only while `hash` still matches. */
export interface Plan {
  readonly kind: 'reprocess' | 'skip';
  readonly target: JobKey;
  readonly steps: readonly PlanStep[];
  /** Of everything the plan was made from: the same hash, the same steps. */
  readonly hash: string;
}
