import type { JobState } from '../machine/job-machine.ts';
import { jobKeyText } from '../model/entity.ts';
import type { JobKey } from '../model/record.ts';
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

/** Kinds that end by themselves: they hold nothing up, the job is on its way. */
const passing: ReadonlySet<BlockerKind> = new Set([
  'running',
  'period-open',
  'start-lag',
  'future',
  'waiting-for-trigger',
]);

/** One unmet input or condition of a job. */
export interface Blocker extends JobKey {
  readonly kind: BlockerKind;
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

/** Whether a blocker ends by itself. */
export const isPassing = ({ kind }: Pick<Blocker, 'kind'>): boolean => passing.has(kind);

/** Tells one blocker from another: two of one key say the same. */
export const blockerKey = (found: Blocker): string => `${found.kind} ${jobKeyText(found)}`;
