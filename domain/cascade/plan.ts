import type { JobState } from '../machine/job-machine.ts';
import type { JobKey } from '../model/record.ts';
import type { Standing } from '../timetable/standing.ts';

/** What a plan does, in words for people who are about to agree to it. */
export const planEffect = (kind: Plan['kind']): string =>
  kind === 'reprocess'
    ? 'The job becomes active again, and so do the periods that enclose it and, in turn, all jobs that depend on one of these. Each runs when the inputs that are being redone have finished.'
    : 'The job is given up, and so are the unfinished jobs inside it and, in turn, all that depend on one of these: they become SKIPPED without running. The periods that enclose them go on without them. A reprocess brings a skipped job back.';

/** One job that a plan changes. */
export interface PlanStep extends JobKey {
  readonly from: JobState;
  readonly to: JobState;
  /** `from`, or that the unit of work in charge has failed. It changes without the plan being another. */
  readonly standing: Standing;
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
  /** Of everything that decides what the plan does: the same hash, the same steps. */
  readonly hash: string;
}
