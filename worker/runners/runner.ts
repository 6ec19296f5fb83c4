import type { DataStore, WorkerStore } from '../../db/store.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Logger } from '../../domain/logger.ts';
import type { Queue } from '../../mq/queue.ts';
import type { Deliveries } from '../delivery/deliveries.ts';
import type { CallHandler } from '../invoke-handler.ts';
import type { ChildRuns } from '../isolation/child-pool.ts';
import type { Orphans } from '../isolation/orphans.ts';
import type { Occupancy } from '../leases/occupancy.ts';
import type { Outcome } from '../reports/outcome.ts';
import type { RunScope, Task } from '../run-scope.ts';
import type { Stopwatch } from '../../lib/stopwatch.ts';
import type { Suspects } from '../isolation/suspects.ts';

/** Finishes at once, whatever the unit: no scope, no lease to watch, nothing to abort. */
export interface InstantRunner {
  readonly instant: true;
  run(attempt: number): Outcome;
}

export interface LiveRunner {
  readonly instant: false;
  /** Captured output beyond this many bytes is dropped. */
  readonly logBytes: number;
  /** Rejects when the run failed; resolves to undefined when it had to be left behind unfinished. */
  run(task: Task, scope: RunScope): Promise<Outcome | undefined>;
}

/** How the units of one process are run. */
export type Runner = InstantRunner | LiveRunner;

/** What runners share, for the life of the host. */
export interface RunnerTools {
  readonly data: DataStore;
  readonly store: Pick<WorkerStore, 'collection'>;
  readonly queue: Pick<Queue, 'publish'>;
  readonly clock: Clock;
  /** Of the host, as actor. */
  readonly owner: string;
  /** Aborted when the host stops; runs that end by themselves may do so until they are killed. */
  readonly stopping: AbortSignal;
  /** Of a worker that delivers event triggers. */
  readonly deliveries?: Deliveries | undefined;
  readonly callHandler: CallHandler;
  readonly childRuns: ChildRuns;
  readonly stopwatch: Stopwatch;
  readonly suspects: Suspects;
  readonly occupancy: Occupancy;
  readonly logger: Logger;
  /** So many crashes in a row and a unit is set aside. */
  readonly maxCrashes: number;
  readonly leftovers: Orphans;
  /** Environment of the host, of which commands get what they are allowed. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
