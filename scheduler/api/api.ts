import type { ClusterView } from '../../domain/cluster/member.ts';
import type { PreviewInput, TriggerPreview } from '../../domain/event/preview.ts';
import type { JobState } from '../../domain/machine/job-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { ManagedProcess, Tree, WorkerSpec } from '../../domain/model/process.ts';
import type {
  BoxRecord,
  CommandRecord,
  FreerunEntryRecord,
  JobKey,
  JobRecord,
  LogRecord,
  TransitionRecord,
  UowRecord,
} from '../../domain/model/record.ts';
import type { Standstill } from '../../domain/model/worker-gap.ts';
import type { Blocker } from '../../domain/timetable/blocker.ts';
import type { Standing, StandingCounts } from '../../domain/timetable/standing.ts';
import type { Plan } from '../../domain/cascade/plan.ts';
import type { Qualifier } from '../../domain/time/qualifier.ts';
import type { EntryKey, KeptReport, RejectedFilter, UowFilter } from '../../db/store.ts';
import type { CommandKind } from '../commands/command-table.ts';
import type { CommandRequest } from '../commands/check-command.ts';
import type { ManagedEntry } from '../engine/managed-entries.ts';
import type { Measurements } from '../measurements.ts';
import type { HousekeepingRun } from '../maintenance/housekeeping.ts';
import type { StoreGrowth } from '../maintenance/store-size.ts';
import type { Sweep } from '../maintenance/sweep.ts';
import type { WorkerApi } from '../external-workers/api.ts';
import type { ResendPlan, ResendRange } from '../../domain/event/resend.ts';
import type { LiveEvent } from './live-event.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';
import type { SecretPage, SecretView } from './trigger-secrets.ts';
import type { ExecutionCounts, ExecutionPage } from './execution-view.ts';
import type { TriggerCounts, TriggerFilter, TriggerPage, TriggerView } from './trigger-view.ts';

export interface ProcessSummary extends Omit<ManagedEntry, 'schedule'> {
  readonly tree: string;
  /** Next five fire times, ms. */
  readonly nextFires: readonly number[];
  readonly counts: StandingCounts;
  /** Units REQUESTED or IN_PROGRESS now. */
  readonly running: number;
  readonly oldestUnfinished: string | null;
  /** Null while the queue does not tell. */
  readonly queueDepth: { readonly ready: number; readonly taken: number } | null;
}

export interface TreeSummary extends Omit<Tree, 'processes'> {
  /** Coarse to fine. */
  readonly processes: readonly {
    readonly name: string;
    readonly qualifier: Qualifier;
    readonly counts: StandingCounts;
  }[];
}

/** One tile. */
export interface NodeView extends JobKey, Pick<JobRecord, 'state' | 'version' | 'redo'> {
  readonly tree: string;
  readonly qualifier: Qualifier;
  /** The state, or that the unit of work in charge has failed. */
  readonly standing: Standing;
  /** Its subtree by standing, itself not counted; undefined for a leaf. */
  readonly counts?: StandingCounts;
  readonly childCount: number;
  /** Has an unfinished unit of work, and its state. */
  readonly uow?: UowState;
}

/** Why a job is not further, root causes last. */
export interface Explanation extends JobKey {
  readonly state: JobState;
  readonly standing: Standing;
  /** One sentence. */
  readonly summary: string;
  readonly blockers: readonly Blocker[];
  /** Blockers at the end of the chain: what a person has to mend or wait for. */
  readonly roots: readonly Blocker[];
}

export interface JobView {
  readonly node: NodeView;
  readonly process: ManagedProcess;
  readonly parent?: NodeView;
  readonly children: readonly NodeView[];
  readonly dependencies: readonly NodeView[];
  readonly dependants: readonly NodeView[];
  readonly record?: JobRecord;
  readonly explanation: Explanation;
  readonly transitions: readonly TransitionRecord[];
  readonly uows: readonly UowRecord[];
  /** Interval of the timeperiods its job covers, [start, end) ms. */
  readonly interval: { readonly start: number; readonly end: number };
}

export interface Status {
  /** Timetable time (`--as-of` shifts it) and real time, ms. */
  readonly timetableNow: number;
  readonly now: number;
  readonly startedAt: number;
  /** How old the timetable of a scheduler that stands by is, ms; absent of the one at work. */
  readonly standbyAge?: number;
  readonly store: string;
  /** Of the store, and by how many bytes it grows a day. */
  readonly size: StoreGrowth;
  readonly queue: string;
  readonly uows: Readonly<Record<UowState, number>>;
  /** Of the INVALID ones those that only a person sets going again, or ends. */
  readonly quarantined: number;
  readonly boxes: readonly BoxRecord[];
  /** The collector's last round; null before the first. */
  readonly collector: Sweep | null;
  /** The last run of each housekeeping task; a failure or findings need a person. */
  readonly housekeeping: readonly HousekeepingRun[];
  /** What stays down until a person starts it: workers, daemons. */
  readonly standstills: readonly Standstill[];
}

/** How things stand, with what a person looks at first. */
export interface Overview extends Status {
  readonly jobs: StandingCounts;
  /** Jobs finished in the last minute and hour. */
  readonly finishedLastMinute: number;
  readonly finishedLastHour: number;
  /** INVALID units, quarantined ones first, then oldest first (at most 20; `attentionTotal` counts all). */
  readonly attention: readonly UowRecord[];
  readonly attentionTotal: number;
  /** Oldest unfinished and blocked past periods, one per process at most, with the reason. */
  readonly blocked: readonly Explanation[];
}

export interface FreerunView extends FreerunEntryRecord {
  readonly nextFires: readonly number[];
  readonly lastUow?: UowRecord;
}

/** A freerun entry, also one that was removed, with who does its work: null when the context has its process no more. */
export interface EntryView extends FreerunView {
  readonly worker: WorkerSpec | null;
}

/** Which rows of the journal are read. */
export interface JournalPage {
  /** A job or a unit of work by its id, a freerun entry (`Process:entry`) or a process: with all that belongs to it. */
  readonly entityId?: string;
  /** Without what belongs to it: an entry's rows without those of its units of work. */
  readonly own?: true;
  /** Without it newest first. */
  readonly order?: 'newest' | 'oldest';
  /** Goes on behind the row of this sequence number, in the order of the answer. */
  readonly after?: number;
  readonly limit: number;
}

/** A rejected report without its token, with which any caller may report on the unit. */
export interface RejectedView extends Omit<KeptReport, 'token'> {
  readonly token: null;
}

export interface CommandFilter {
  /** As of the journal. */
  readonly entity?: string;
  /** Without it newest first. */
  readonly order?: 'newest' | 'oldest';
  /** Goes on behind the command of this id, in the order of the answer. */
  readonly after?: string;
  readonly kind?: CommandKind;
}

/** Who asks, and until when: of one request over HTTP, or one run of the command line. */
export interface RequestContext {
  /** Recorded with commands, and in the journal as `user <actor>`. */
  readonly actor: string;
  /** Of the executions of event triggers, and of what is told of them, there are those of this owner alone; without it all. */
  readonly eventsOf?: string;
  /** Aborts when the answer is of no use any more. */
  readonly signal: AbortSignal;
}

/** The interface of the scheduler as one request has it. */
export type ApiFor = (request: RequestContext) => SchedulerApi;

/**
 * The interface of the scheduler, for MX and the CLI, on behalf of who asks. When the signal of the request aborts, reads
 * reject with its reason at their next look at the store; a command is carried out all the same. Other errors are
 * `SynergyError`s (NOT_FOUND, PLAN_CHANGED, CONFLICT, INVALID_…).
 */
export interface SchedulerApi {
  /** The part of the overview that takes little, to be asked for again and again. */
  status(): Promise<Status>;
  overview(): Promise<Overview>;
  /** Who seems to be there: a hint, which may be wrong for a while. */
  cluster(): ClusterView;
  /** Units INVALID now, of jobs and of freerun entries. */
  failing(): Promise<number>;
  trees(): readonly TreeSummary[];
  /** The top level of a tree, newest first, at most `limit` before `before`; or the children of a node. */
  roots(
    tree: string,
    page: { before?: string; limit: number },
  ): { nodes: readonly NodeView[]; more: boolean };
  children(key: JobKey): readonly NodeView[];
  node(key: JobKey): NodeView;
  job(key: JobKey): Promise<JobView>;
  explain(key: JobKey): Promise<Explanation>;
  plan(kind: 'reprocess' | 'skip', key: JobKey): Promise<Plan>;
  /** Carries a command out, or answers with the stored outcome when its id was seen before. */
  execute(request: CommandRequest): Promise<CommandRecord>;
  commands(limit: number, filter?: CommandFilter): Promise<readonly CommandRecord[]>;
  journal(page: JournalPage): Promise<readonly TransitionRecord[]>;
  managed(): Promise<readonly ProcessSummary[]>;
  /** In the order of their keys (`Process:entry`), behind the key `after`. */
  freerun(page: { readonly after?: string; readonly limit: number }): Promise<readonly FreerunView[]>;
  /** Throws NOT_FOUND. */
  freerunEntry(key: EntryKey): Promise<EntryView>;
  /** Names of the processes that may have freerun entries. */
  freerunProcesses(): readonly string[];
  /** Event triggers in the order of their keys, behind the key `after`, each with its next firing alone. */
  triggers(page: TriggerPage): Promise<readonly TriggerView[]>;
  /** Event triggers as they are stored, page by page, each next one when it is asked for. */
  exportTriggers(filter: TriggerFilter): AsyncIterable<readonly EventTrigger[]>;
  /** Throws NOT_FOUND. */
  trigger(key: TriggerKey): Promise<TriggerView>;
  triggerCounts(filter: TriggerFilter): Promise<TriggerCounts>;
  /** How many triggers, of one owner or of all, fire within a length of time, ms. */
  triggersDue(within: number, owner?: string): number;
  /** Executions of a trigger, the newest first, also of one that is gone. */
  executions(page: ExecutionPage): Promise<readonly UowRecord[]>;
  /** How its newest executions stand, at most 1,000. */
  executionCounts(trigger: TriggerKey): Promise<ExecutionCounts>;
  /** What sending messages of a range again would send; up to now without `to`. Throws NOT_FOUND, CONFLICT for too many. */
  resendPlan(key: TriggerKey, range: Omit<ResendRange, 'to'> & { readonly to?: number }): Promise<ResendPlan>;
  /** Secrets that headers of event triggers may name. */
  secrets(page: SecretPage): Promise<readonly SecretView[]>;
  uow(id: string): Promise<UowRecord>;
  uows(filter: UowFilter & { readonly limit: number }): Promise<readonly UowRecord[]>;
  /** Reports on units of work that came too late or from a replaced worker, newest first unless asked otherwise. */
  rejectedReports(limit: number, filter?: RejectedFilter): Promise<readonly RejectedView[]>;
  log(uowId: string, after: number, limit: number): Promise<readonly LogRecord[]>;
  /** What the schedule of an event trigger means; it need not be stored. Throws INVALID_SCHEDULE, INVALID_ARGUMENT. */
  previewTrigger(given: PreviewInput): TriggerPreview;
  /** Calls back at most every 200 ms while things change; returns how to stop. */
  subscribe(listener: (event: LiveEvent) => void): () => void;
  /** For workers of other languages, whose processes are `external`. */
  readonly workers: WorkerApi;
  /** What the scheduler has counted since its start. */
  readonly measurements: Measurements;
}
