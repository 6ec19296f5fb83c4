import type { JobState } from '../machine/job-machine.ts';
import type { Timeperiod } from '../time/timeperiod.ts';
import type { Standing } from './standing.ts';

/** Kinds of reasons for which a job is not further. */
export type BlockerKind =
  | 'covering-job'
  | 'child'
  | 'dependency'
  | 'period-open'
  | 'start-lag'
  | 'source-open'
  | 'process-off'
  | 'concurrency-full'
  | 'ordered-behind'
  | 'inputs-redone'
  | 'waiting-for-trigger'
  | 'retry'
  | 'quarantined'
  | 'waiting-for-worker'
  | 'no-worker'
  | 'running'
  | 'future';

/** One unmet input or condition of a job. */
export interface Blocker {
  readonly kind: BlockerKind;
  readonly processName: string;
  readonly timeperiod: Timeperiod;
  /** State and standing of the job named above. */
  readonly state: JobState;
  readonly standing: Standing;
  /** When the condition ends by itself, or since when it holds; ms. */
  readonly until?: number;
  readonly since?: number;
  /** Owner of the lease, unit of work, error: what the kind needs to be understood. */
  readonly detail?: string;
  /** What a person types to end it. */
  readonly command?: string;
  /** Failed unit of work, for the user to release or cancel. */
  readonly unit?: string;
}
