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

/** Policies for a firing that meets the entry's last unit of work still unfinished, see `domain/freerun/overlap.ts`. */
export const overlapPolicies = ['skip', 'buffer-one', 'allow', 'cancel-other'] as const;

export type OverlapPolicy = (typeof overlapPolicies)[number];

/** What becomes of firings missed while no scheduler ran: each is made up for, only the latest is, or none. */
export const missedPolicies = ['all', 'last', 'none'] as const;

export type MissedPolicy = (typeof missedPolicies)[number];

/** `250ms`, `90s`, `5m`, `2h`, `1d`, or a number of seconds. */
export type DurationOption = string | number;

/** For how long units of work that ended are kept, instead of what the settings say. */
export interface RetentionOptions {
  /** Days. Default `unitTtlDays` of the settings, `historyTtlDays` for a managed process; minimum 1, example `7`. */
  readonly ttlDays?: number;
  /** The newest ones of each entry, or of the managed process, stay whatever their age. Default `keepUnits` of the settings, minimum 1, example `1000`. */
  readonly keepUnits?: number;
}

/** Retries of a unit of work that became INVALID. */
export interface RetryOptions {
  /** First back-off; doubles with every failure. Default `30s`, minimum 0, example `'5s'`. */
  readonly delay?: DurationOption;
  /** Longest back-off. Default `15m`, minimum `delay`, example `'1h'`. */
  readonly maxDelay?: DurationOption;
  /**
   * Attempts after which the unit is CANCELED, which skips its job. Default 100, minimum 1, example `5`; the
   * life support of 48 hours ends most units before that.
   */
  readonly maxAttempts?: number;
}

/** Work done by a TypeScript or JavaScript function; see `Handler` and `DaemonHandler`. */
export interface HandlerOptions {
  /** Module of the function, relative to the context file. Example `'./site-hourly.ts'`. */
  readonly handler: string;
  /** Name of the export. Default `default`, example `'run'`. */
  readonly export?: string;
  /** `process`: a child process for each unit of work. Default `host`: one process for all of this entry's. */
  readonly isolation?: 'host' | 'process';
}

/** Work done by a command. Exit codes: 0 processed, 75 no data, 76 give up, others INVALID. */
export interface CommandOptions {
  /** Program and arguments, never passed through a shell. Minimum one item, example `['python3', 'x.py']`. */
  readonly command: readonly string[];
  /** Working folder, relative to the context file; on `host`, a path of that host. Default `.`. */
  readonly cwd?: string;
  /** Environment variables passed on, beside PATH, HOME, LANG and TZ. Default none, example `['API_URL']`. */
  readonly env?: readonly string[];
  /** Runs there over the system's `ssh`. Default: here. Example `'backup@nas'`. */
  readonly host?: string;
  /** Captured output per unit of work, in bytes. Default 1 MiB, minimum 0, example `65536`. */
  readonly logBytes?: number;
}

/** Finishes at once; for tests, drills and benchmarks. */
export interface IdentityOptions {
  readonly identity: true;
}

/** Fails; for tests and drills. */
export interface FailingOptions {
  /** How many attempts of each unit of work fail. Default all, minimum 0, example `{ times: 2 }`. */
  readonly failing: { readonly times?: number };
}

/** Work done by a program of your own, in any language, that claims units over the HTTP API; see docs/workers.md. */
export interface ExternalOptions {
  readonly external: true;
}

/** Who does the work: exactly one of `handler`, `command`, `identity`, `failing` and `external`. */
export type WorkerOptions =
  HandlerOptions | CommandOptions | IdentityOptions | FailingOptions | ExternalOptions;

/** What every process has. */
export interface BaseOptions {
  /** Unique; up to 100 letters, digits, `_`, `-` and `.`. Example `'SiteHourly'`. */
  readonly name: string;
  /** One line for people. Default none. */
  readonly description?: string;
  /** JSON handed to the worker; may be changed at run time. Default `{}`, example `{ region: 'eu' }`. */
  readonly arguments?: JsonObject;
  /** Globs on the ids of the boxes it may run on. Default `['*']`, every box; example `['web-*']`. */
  readonly presentOnBoxes?: readonly string[];
}

/** What processes that work on units have. */
export interface UnitOptions extends BaseOptions {
  /** Units of work at once. Default 1, minimum 1, example `4`. */
  readonly concurrency?: number;
  /** A unit that runs longer is aborted and INVALID. Default none, minimum `1ms`, example `'1h'`. */
  readonly timeLimit?: DurationOption;
  readonly retry?: RetryOptions;
  readonly retention?: RetentionOptions;
}

/** A dependency with everything that can be said; a name alone means its `same` period. */
export interface DependencyOptions {
  /** Name of a managed process. */
  readonly process: string;
  /** Default `same`, examples `'contained'`, `{ offset: -1 }`, `{ offset: [-7, -1] }`. */
  readonly mapping?: Mapping;
  /** So many of the mapped periods are enough. Default all, minimum 1, example `20`. */
  readonly atLeast?: number;
}

/** One job per timeperiod. */
export interface ManagedOptions extends UnitOptions {
  /** Length of a period: `hourly`, `daily`, `monthly` or `yearly`. */
  readonly qualifier: Qualifier;
  /**
   * Periods per job. Default 1, maximum 23 hourly, 28 daily, 12 monthly, 1 yearly; example `3`. When it changes, the new one
   * holds for periods behind the last job that was begun.
   */
  readonly grouping?: number;
  /** Default `discrete`. */
  readonly strategy?: StrategyName;
  /** What it waits for before it runs. Default `normal`. */
  readonly blocking?: BlockingType;
  /** Schedule on which it is looked at; events wake it up in between. Default `every 10s`, example `'at 06:00'`. */
  readonly trigger?: string;
  /** Wait after the end of a period (discrete). Default `5m`, minimum 0, example `'1h'`. */
  readonly startLag?: DurationOption;
  /** A period that waits for its retry holds those after it. Default false. */
  readonly ordered?: boolean;
  /** Whether it is on when it is registered first; later the dashboard decides. Default true. */
  readonly on?: boolean;
  /** What it waits for beside its children and what its tree depends on. Default none. */
  readonly dependsOn?: readonly (string | DependencyOptions)[];
  /** Collection of the data source it reads; `recomputing` needs it. Default none, example `'access_log'`. */
  readonly source?: string;
  /** Where it writes, told to the worker. Default none, example `'site_hourly'`. */
  readonly sink?: string;
  /** How a period without source rows ends: `noop` at once, or `skip` after three looks. Default `skip`. */
  readonly emptySource?: 'noop' | 'skip';
}

/** A schedule of a freerun process. */
export interface EntryOptions {
  /** Unique in its process; letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /** Schedule on which it fires. Example `'every 15m'`. */
  readonly trigger: string;
  /** JSON handed to the worker with every firing. Default `{}`, example `{ since: 7 }`. */
  readonly arguments?: JsonObject;
  /** Default true. */
  readonly on?: boolean;
  /** What becomes of a firing while the last one still runs. Default `skip`. */
  readonly overlap?: OverlapPolicy;
  /** What becomes of fire times of the last day that passed while nothing ran. Default `last`: one run for all of them. */
  readonly missed?: 'all' | 'last' | 'none';
  /** One line for people. Default none. */
  readonly description?: string;
}

/** Fired by schedules or by hand. */
export interface FreerunOptions extends UnitOptions {
  /** Its schedules; more can be added at run time. Default none. */
  readonly entries?: readonly EntryOptions[];
}

export type ManagedProcessOptions = ManagedOptions & WorkerOptions;
export type FreerunProcessOptions = FreerunOptions & WorkerOptions;
/** Long-lived: runs while its box is up. */
export type DaemonProcessOptions = BaseOptions & WorkerOptions;

/** Managed processes of different qualifiers that nest. */
export interface TreeOptions {
  /** Unique; letters, digits, `_`, `-` and `.`. Example `'site'`. */
  readonly name: string;
  /** Names of managed processes, one at most of each qualifier; any order. Minimum one. */
  readonly processes: readonly string[];
  /** Trees whose same-qualifier, same-period jobs its jobs wait for. Default none, example `['site']`. */
  readonly dependsOn?: readonly string[];
  /** Trees of one page are shown together. Default the tree's name. */
  readonly page?: string;
  /** One line for people. Default none. */
  readonly description?: string;
}

/** A dependency of one managed process on another, of any tree but its own ancestors. */
export interface Dependency extends DependencyOptions {
  readonly mapping: Mapping;
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

/** Fails the first `times` attempts of every unit of work (always when absent). */
export interface FailingWorker {
  readonly kind: 'failing';
  readonly times?: number;
}

/** Delivers event triggers; of the built-in process `Events` alone. */
export interface EventWorker {
  readonly kind: 'event';
}

/** Run by the worker hosts. */
export type HostedWorker =
  HandlerWorker | CommandWorker | FailingWorker | EventWorker | { readonly kind: 'identity' };
/** Who does the work; no worker host takes the units of an external worker, which claims them over the HTTP API. */
export type WorkerSpec = HostedWorker | { readonly kind: 'external' };

interface ProcessBase extends Required<BaseOptions> {
  readonly worker: WorkerSpec;
  /** Units of work at once over all workers; slots of a managed process. */
  readonly concurrency: number;
  /** A unit of work running longer is aborted and INVALID; no limit when absent. Milliseconds. */
  readonly timeLimit?: number;
  readonly retry: RetryPolicy;
  readonly retention?: RetentionOptions;
}

/** One job per timeperiod. */
export interface ManagedProcess
  extends
    ProcessBase,
    Required<Omit<ManagedOptions, keyof UnitOptions | 'startLag' | 'dependsOn' | 'source' | 'sink'>>,
    Pick<ManagedOptions, 'source' | 'sink'> {
  readonly kind: 'managed';
  /** Wait after the end of a period before it runs (discrete). Milliseconds. */
  readonly startLag: number;
  readonly dependencies: readonly Dependency[];
}

/** A schedule of a freerun process, with its arguments. */
export type FreerunEntry = Required<EntryOptions>;

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
export type Tree = Required<TreeOptions>;

/** Where an event trigger of the context goes; what is left out is as by default, see docs/triggers.md. */
export interface EventTargetOptions {
  /** Without a name and a password: the context is no place for secrets. Example `'https://example.org/hook'`. */
  readonly url: string;
  /** HTTP. Default `POST`. */
  readonly method?: 'POST' | 'PUT' | 'PATCH' | 'GET' | 'DELETE';
  /** Default none, example `{ authorization: 'Bearer {{secret:billing}}' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default `plain`. */
  readonly format?: 'plain' | 'cloudevents' | 'cloudevents-binary';
  /** Plain HTTP: whether planned time, epsilon and time of the attempt are appended to the query. Default true. */
  readonly query?: boolean;
  /** CloudEvents. Default `synergy.trigger.fired`. */
  readonly eventType?: string;
  /** Of a whole attempt. Default `15s`, minimum `1s`, maximum `5m`. */
  readonly timeout?: DurationOption;
  /** Name of the setting with the credentials of a broker. Default: that of the host. */
  readonly connection?: string;
}

/** Retries of an execution. */
export interface EventRetryOptions {
  /** Default 10, minimum 1. */
  readonly attempts?: number;
  /** First pause; doubles with every attempt. Default `1s`. */
  readonly delay?: DurationOption;
  /** Longest pause. Default `60s`. */
  readonly maxDelay?: DurationOption;
}

/** An event trigger that the context declares; they are planned where the setting `events` is true. */
export interface EventTriggerOptions {
  /** Unique for its owner; 1 to 100 letters, digits, `.`, `_`, `~` and `-`. Example `'nightly-report'`. */
  readonly id: string;
  /** Account that sees it beside admins, and whose secrets its headers name. Default `local`, which is none. */
  readonly owner?: string;
  /** Default: the id. */
  readonly name?: string;
  readonly description?: string;
  /** Words by which people find it. Default none, example `{ team: 'storage' }`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Examples `'R/2027-01-31T10:00:00Z/P1M/ET1H'`, `'at 08:00 Europe/Berlin'`. */
  readonly schedule: string;
  /** How long after its instant a delivery may begin, unless the schedule says it. Default `5m`. */
  readonly epsilon?: DurationOption;
  readonly target: string | EventTargetOptions;
  /** Any JSON. Default none. */
  readonly payload?: Json;
  readonly retry?: EventRetryOptions;
  /** Firings missed while no scheduler ran, inside their epsilon. Default `all`. */
  readonly missed?: MissedPolicy;
  /** What a firing does that meets the one before still under way. Default `allow`. */
  readonly overlap?: 'allow' | 'skip';
  /** It is paused when so many executions in a row have failed. Default never, example `5`. */
  readonly pauseAfter?: number;
  /** Whether it is on when it is registered first; later the dashboard decides. Default true. */
  readonly on?: boolean;
}

/** The same as it was read, durations in milliseconds; see `eventTrigger`. */
export interface DeclaredTrigger extends Omit<
  EventTriggerOptions,
  'owner' | 'epsilon' | 'target' | 'retry' | 'on'
> {
  readonly kind: 'event-trigger';
  readonly owner: string;
  readonly epsilon?: number;
  readonly target: Omit<EventTargetOptions, 'timeout'> & { readonly timeout?: number };
  readonly retry?: { readonly attempts?: number; readonly delay?: number; readonly maxDelay?: number };
  readonly on: boolean;
}

/** All that is registered; built by `defineContext`, validated by `validateContext`. */
export interface ProcessContext {
  readonly processes: readonly ProcessEntry[];
  readonly trees: readonly Tree[];
  /** Absent where none are declared. */
  readonly eventTriggers?: readonly DeclaredTrigger[];
}

/** What `defineContext` reads. */
export interface ContextOptions {
  /** What `managedProcess`, `freerunProcess` and `daemonProcess` returned. */
  readonly processes: readonly ProcessEntry[];
  /** What `tree` returned. Default none. */
  readonly trees?: readonly TreeOptions[];
  /** What `eventTrigger` returned. Default none. */
  readonly eventTriggers?: readonly DeclaredTrigger[];
}
