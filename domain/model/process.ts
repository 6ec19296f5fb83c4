import type { Qualifier } from '../time/qualifier.ts';

/** JSON values: what arguments, payloads and documents are made of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** How a managed process is driven; see `domain/strategy/`. */
export type StrategyName = 'discrete' | 'continuous' | 'recomputing';

/**
 * What a managed job waits for before it runs: nothing (`normal`), all periods of the processes it depends on, or all its
 * children. None of them lets it end before its inputs have; see `domain/timetable/readiness.ts`.
 */
export type BlockingType = 'normal' | 'dependencies' | 'children';

/** Which periods of another process a node waits for. Offsets count in the other process's periods. */
export type Mapping =
  'same' | 'contained' | 'containing' | { readonly offset: number | readonly [number, number] };

/** A dependency of one managed process on another, of any tree but its own ancestors. */
export interface Dependency {
  readonly process: string;
  readonly mapping: Mapping;
  /** Any n of the mapped periods are enough; all of them when absent. */
  readonly atLeast?: number;
}

/** Retries of an INVALID unit of work. Times in milliseconds. */
export interface RetryPolicy {
  /** First back-off; doubles with each failure up to `maxDelay`. */
  readonly delay: number;
  readonly maxDelay: number;
  /** Attempts after which the unit is CANCELED (and the job skipped). */
  readonly maxAttempts: number;
}

/** A TypeScript or JavaScript handler, loaded by module path. */
export interface HandlerWorker {
  readonly kind: 'handler';
  /** Absolute path or file URL; relative paths were resolved against the context file. */
  readonly module: string;
  /** Named export; `default` when absent. */
  readonly exportName: string;
  /** `process`: one child process per unit of work; `host`: inside the shared worker host. */
  readonly isolation: 'host' | 'process';
}

/** A command run per unit of work: argv, never a shell string. */
export interface CommandWorker {
  readonly kind: 'command';
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Names of environment variables passed on, beside PATH, HOME, LANG, TZ and the `SYNERGY_*` ones. */
  readonly env: readonly string[];
  /** Run on this host over the system's `ssh`. */
  readonly host?: string;
  /** Captured output beyond this many bytes is dropped, and the log says so. */
  readonly logBytes: number;
}

/** Finishes at once; for tests, drills and benchmarks. */
export interface IdentityWorker {
  readonly kind: 'identity';
}

/** Fails the first `times` attempts of every unit of work (always when absent). */
export interface FailingWorker {
  readonly kind: 'failing';
  readonly times?: number;
}

/** A worker of another language claims the units over the HTTP API; no worker host takes them. */
export interface ExternalWorker {
  readonly kind: 'external';
}

/** Run by the worker hosts. */
export type HostedWorker = HandlerWorker | CommandWorker | IdentityWorker | FailingWorker;
export type WorkerSpec = HostedWorker | ExternalWorker;

interface ProcessBase {
  readonly name: string;
  readonly description: string;
  readonly worker: WorkerSpec;
  readonly arguments: JsonObject;
  /** Units of work at once over all workers; slots of a managed process. */
  readonly concurrency: number;
  /** A unit of work running longer is aborted and INVALID; no limit when absent. Milliseconds. */
  readonly timeLimit?: number;
  readonly retry: RetryPolicy;
  /** Boxes the process may run on: globs on the box id; `*` is every box. */
  readonly presentOnBoxes: readonly string[];
}

/** One job per timeperiod. */
export interface ManagedProcess extends ProcessBase {
  readonly kind: 'managed';
  readonly qualifier: Qualifier;
  /** Periods per job; see `domain/time/grouping.ts`. */
  readonly grouping: number;
  readonly strategy: StrategyName;
  readonly blocking: BlockingType;
  /** Schedule text on which the process is looked at; events wake it up in between. */
  readonly trigger: string;
  /** Wait after the end of a period before it runs (discrete). Milliseconds. */
  readonly startLag: number;
  /** A stuck period holds the ones after it. */
  readonly ordered: boolean;
  /** Whether the process is on when it is registered first; later the store decides. */
  readonly on: boolean;
  readonly dependencies: readonly Dependency[];
  /** Collection of the data source that is read; required by `recomputing`. */
  readonly source?: string;
  readonly sink?: string;
  /** How a period whose source holds no rows ends: `noop` at once, `skip` after three failed looks. */
  readonly emptySource: 'noop' | 'skip';
}

/** Policies for a firing that meets the entry's last unit of work still unfinished, see `domain/freerun/overlap.ts`. */
export const overlapPolicies = ['skip', 'buffer-one', 'allow', 'cancel-other'] as const;

export type OverlapPolicy = (typeof overlapPolicies)[number];

/** What becomes of firings missed while no scheduler ran: each is made up for, only the latest is, or none. */
export const missedPolicies = ['all', 'last', 'none'] as const;

export type MissedPolicy = (typeof missedPolicies)[number];

/** A schedule of a freerun process, with its arguments. */
export interface FreerunEntry {
  readonly name: string;
  readonly trigger: string;
  readonly arguments: JsonObject;
  readonly on: boolean;
  readonly overlap: OverlapPolicy;
  readonly missed: MissedPolicy;
  readonly description: string;
}

/** Fired by schedules or by hand; no timetable, no dependencies. */
export interface FreerunProcess extends ProcessBase {
  readonly kind: 'freerun';
  readonly entries: readonly FreerunEntry[];
}

/** Long-lived; runs while its box is up and is restarted with back-off. Ending without an error ends it. */
export interface DaemonProcess extends ProcessBase {
  readonly kind: 'daemon';
}

export type ProcessEntry = ManagedProcess | FreerunProcess | DaemonProcess;

/** Managed processes of different qualifiers that nest. */
export interface Tree {
  readonly name: string;
  /** Names of managed processes; any order, their qualifiers say who encloses whom. */
  readonly processes: readonly string[];
  /** Trees this one waits for, by `same` on every qualifier both have. */
  readonly dependsOn: readonly string[];
  /** Trees with the same page are shown together. */
  readonly page: string;
  readonly description: string;
}

/** All that is registered; built by `defineContext`, validated by `validateContext`. */
export interface ProcessContext {
  readonly processes: readonly ProcessEntry[];
  readonly trees: readonly Tree[];
}
