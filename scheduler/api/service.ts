import type { ClusterView } from '../../domain/cluster/member.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { boxSpec, freerunSpec } from '../../db/collections.ts';
import type { CommandQuery } from '../../db/collections.ts';
import type { EntryKey, JournalFilter, Store } from '../../db/store.ts';
import { SynergyError } from '../../domain/errors.ts';
import { countStandings, isRetrying } from '../../domain/timetable/standing.ts';
import type { StandingCounts } from '../../domain/timetable/standing.ts';
import { nodeOf } from '../../domain/timetable/timetable.ts';
import { dueTimes } from '../../domain/timetable/readiness.ts';
import { EVENTS } from '../../domain/event/trigger.ts';
import { jobKeyText, transitionsOf } from '../../domain/model/entity.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import type { ProcessContext } from '../../domain/model/process.ts';
import type { FreerunEntryRecord, JobKey } from '../../domain/model/record.ts';
import { nextFirings } from '../../domain/freerun/due.ts';
import { previewTrigger } from '../../domain/event/preview.ts';
import { nextFires } from '../../domain/schedule/next-fires.ts';
import { isPassing } from '../../domain/timetable/blocker.ts';
import type { Queue } from '../../mq/queue.ts';
import type {
  ApiFor,
  EntryView,
  Explanation,
  FreerunView,
  JobView,
  JournalPage,
  Overview,
  ProcessSummary,
  SchedulerApi,
  Status,
} from './api.ts';
import { explainNode, readCircumstances } from './explain-job.ts';
import { unitOf } from '../context.ts';
import { planFor } from '../commands/reprocess-skip.ts';
import { executeCommand } from '../commands/execute.ts';
import { readCommands, unknownCursor } from './command-list.ts';
import { housekeepingRuns } from '../maintenance/housekeeping.ts';
import { readGrowth } from '../maintenance/store-size.ts';
import { createThroughput } from './throughput.ts';
import type { Throughput } from './throughput.ts';
import type { ManagedEntry } from '../engine/managed-entries.ts';
import type { SchedulerServices } from '../services.ts';
import { readStandstills } from './standstill.ts';
import type { LiveEvent } from './live-event.ts';
import * as views from './nodes.ts';
import { eventsOfOthers, storeOfOwner } from './store-of-owner.ts';
import { createTriggerCounts, triggerReads } from './triggers.ts';
import { createWorkerApi } from '../external-workers/service.ts';

const MOST_SHOWN = 20;
const MOST_OF_A_JOB = 100;
/** How long the depth of a queue may take to be told. Milliseconds. */
const DEPTH_PATIENCE = 300;

/** What the API needs beside the services. */
export interface ApiOptions {
  readonly startedAt: number;
  subscribe(listener: (event: LiveEvent) => void): () => void;
}

/** What the API keeps between two calls. */
interface Inside extends ApiOptions {
  readonly throughput: Throughput;
  readonly triggerCounts: SchedulerApi['triggerCounts'];
}

const total = (counts: readonly StandingCounts[]): StandingCounts =>
  countStandings((standing) => counts.reduce((sum, one) => sum + one[standing], 0));

const status = async ({ shared, rounds }: SchedulerServices, { startedAt }: Inside): Promise<Status> => {
  const now = shared.clock.now();
  return {
    now,
    timetableNow: shared.timetableClock.now(),
    startedAt,
    ...(shared.leader.age && { standbyAge: shared.leader.age() }),
    store: shared.store.name,
    size: await readGrowth(shared.store, now),
    queue: shared.queue.name,
    uows: await shared.store.countUows(),
    quarantined: (await shared.store.countFailed()).quarantined,
    boxes: await shared.store.collection(boxSpec).list(),
    collector: rounds.last() ?? null,
    housekeeping: await housekeepingRuns(shared.store),
    standstills: await readStandstills(shared.context, shared.store, now),
  };
};

const overview = async (services: SchedulerServices, options: Inside): Promise<Overview> => {
  const { shared } = services;
  const { lastMinute, lastHour } = await options.throughput(shared.clock.now());
  const quarantined = await shared.store.findUows({ quarantined: true, limit: MOST_SHOWN });
  const invalid = await shared.store.findUows({ states: ['INVALID'], limit: MOST_SHOWN });
  const retrying = invalid.filter(isRetrying);
  const told = await status(services, options);
  return {
    ...told,
    jobs: total([...shared.timetable.levels.values()].map(views.countsOfLevel)),
    finishedLastMinute: lastMinute,
    finishedLastHour: lastHour,
    attention: [...quarantined, ...retrying].slice(0, MOST_SHOWN),
    attentionTotal: told.uows.INVALID,
    blocked: await blockedLongest(services),
  };
};

/** The oldest unfinished period of each process that is over and not on its way. */
const blockedLongest = async ({ shared }: SchedulerServices): Promise<Explanation[]> => {
  const around = await readCircumstances(shared);
  const found: Explanation[] = [];
  for (const level of shared.timetable.levels.values()) {
    const index = level.active.next(0);
    if (index === -1 || dueTimes({ level, index }).due > around.now) continue;
    const explanation = explainNode(shared, { level, index }, around);
    if (explanation.roots.some((root) => !isPassing(root))) found.push(explanation);
  }
  return found;
};

const jobView = async ({ shared }: SchedulerServices, key: JobKey): Promise<JobView> => {
  const node = nodeOf(shared.timetable, key);
  const record = await shared.store.job(key);
  const parent = views.parentView(node);
  const { start, end } = dueTimes(node);
  return {
    node: views.nodeView(node),
    process: node.level.process,
    ...(parent === undefined ? {} : { parent }),
    children: views.childViews(node),
    dependencies: views.dependencyViews(shared.timetable, node),
    dependants: views.dependantViews(shared.timetable, node),
    ...(record === undefined ? {} : { record }),
    explanation: explainNode(shared, node, await readCircumstances(shared)),
    transitions: await shared.store.journal({
      entityId: jobKeyText(key),
      limit: MOST_OF_A_JOB,
    }),
    uows: await shared.store.findUows({ ...key, limit: MOST_OF_A_JOB }),
    interval: { start, end },
  };
};

/** If the queue does not answer in time, its depth is left out and the rest is shown. */
const depthOf = (queue: Queue, name: string): Promise<ProcessSummary['queueDepth']> =>
  Promise.race([queue.depth(name).catch(() => null), delay(DEPTH_PATIENCE, null, { ref: false })]);

const managed = ({ shared }: SchedulerServices): Promise<ProcessSummary[]> =>
  Promise.all(
    [...shared.timetable.levels.values()].map(async (level) => {
      const entry = shared.entries.get(level.process.name) as ManagedEntry;
      return {
        process: level.process,
        tree: level.tree,
        on: entry.on,
        trigger: entry.trigger,
        arguments: entry.arguments,
        nextFires: nextFires(entry.schedule, shared.timetableClock.now()),
        counts: views.countsOfLevel(level),
        running: level.slotsUsed(),
        oldestUnfinished: views.oldestUnfinished(level)?.timeperiod ?? null,
        queueDepth: await depthOf(shared.queue, workQueue(level.process)),
      };
    }),
  );

const freerunViews = async (
  { shared }: SchedulerServices,
  records: readonly FreerunEntryRecord[],
): Promise<FreerunView[]> => {
  const ids = records.map((record) => record.relatedUow).filter((id) => id !== null);
  const uows = new Map((await shared.store.uows(ids)).map((uow) => [uow.id, uow]));
  const now = shared.timetableClock.now();
  return records.map((record) => {
    const lastUow = uows.get(record.relatedUow ?? '');
    return { ...record, nextFires: nextFirings(record, now), ...(lastUow === undefined ? {} : { lastUow }) };
  });
};

const entryView = async (services: SchedulerServices, key: EntryKey): Promise<EntryView> => {
  const { processName, entryName } = key;
  const { store, context } = services.shared;
  const removed = services.freerun.has(processName, entryName)
    ? undefined
    : await store.collection(freerunSpec).get(key);
  const [view] = await freerunViews(services, [
    removed ?? (await services.freerun.get(processName, entryName)),
  ]);
  const process = context.processes.find(({ name }) => name === processName);
  return { ...(view as FreerunView), worker: process?.kind === 'freerun' ? process.worker : null };
};

const journalFilter = ({ entityId, own, order, after, limit }: JournalPage): JournalFilter => ({
  limit,
  ...(entityId !== undefined && (own ? { entityId } : transitionsOf(entityId))),
  ...(order === 'oldest' ? { after: after ?? 0 } : after !== undefined && { before: after }),
});

/** Those that may have entries: executions of event triggers have triggers. */
const freerunProcesses = ({ processes }: ProcessContext): string[] =>
  processes.filter(({ kind, name }) => kind === 'freerun' && name !== EVENTS).map(({ name }) => name);

const withoutOthers = (eventsOf: string | undefined): Pick<CommandQuery, 'except'> =>
  eventsOf === undefined ? {} : { except: eventsOfOthers(eventsOf) };

/** Of a scheduler that is told of no cluster. */
const alone = (): ClusterView => ({ name: '', driver: 'local', members: [] });

type Reads = Omit<SchedulerApi, 'execute' | 'subscribe' | 'workers' | 'measurements'>;

const reads = (services: SchedulerServices, options: Inside, eventsOf: string | undefined): Reads => {
  const { store, timetable } = services.shared;
  return {
    status: () => status(services, options),
    overview: () => overview(services, options),
    cluster: services.shared.cluster ?? alone,
    failing: async () => {
      const { retrying, quarantined } = await store.countFailed();
      return retrying + quarantined;
    },
    trees: () => views.treeSummaries(timetable),
    roots: (tree, page) => {
      const level = timetable.byTree.get(tree)?.[0];
      if (level === undefined)
        throw new SynergyError('NOT_FOUND', `no tree is named '${tree}': see \`synergy list\``);
      return views.rootViews(level, page);
    },
    children: (key) => views.childViews(nodeOf(timetable, key)),
    node: (key) => views.nodeView(nodeOf(timetable, key)),
    job: (key) => jobView(services, key),
    explain: async (key) =>
      explainNode(services.shared, nodeOf(timetable, key), await readCircumstances(services.shared)),
    plan: (kind, key) => Promise.resolve().then(() => planFor(services.shared, kind, key)),
    commands: (limit, filter) => readCommands(store, { ...filter, ...withoutOthers(eventsOf), limit }),
    journal: (page) => store.journal(journalFilter(page)),
    managed: () => managed(services),
    freerun: async (page) => freerunViews(services, await services.freerun.page(page)),
    freerunEntry: (key) => entryView(services, key),
    freerunProcesses: () => freerunProcesses(services.shared.context),
    ...triggerReads(store, services),
    triggerCounts: options.triggerCounts,
    uow: (id) => unitOf(store, id),
    uows: async (filter) => {
      const found = await store.findUows(filter);
      const { after } = filter;
      if (found.length === 0 && after !== undefined && (await store.uows([after])).length === 0)
        throw unknownCursor('unit of work', after);
      return found;
    },
    rejectedReports: async (limit, filter) =>
      (await store.rejectedReports(limit, filter)).map((report) => ({ ...report, token: null })),
    log: (uowId, after, limit) => store.log(uowId, after, limit),
    previewTrigger: (given) => previewTrigger(given, services.shared.clock.now()),
  };
};

/** The same store for one request: when its signal has aborted, every use of the store throws the signal's reason. */
const storeUntil = (store: Store, signal: AbortSignal): Store =>
  new Proxy(store, {
    get: (target, name) => {
      signal.throwIfAborted();
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });

/** The interface of a scheduler, over its services. */
export const createSchedulerApi = (services: SchedulerServices, options: ApiOptions): ApiFor => {
  const inside = {
    ...options,
    throughput: createThroughput(services.shared.store),
    triggerCounts: createTriggerCounts(services),
  };
  const workersFor = createWorkerApi(services);
  return ({ actor, eventsOf, signal }) => {
    const { store } = services.shared;
    const seen = eventsOf === undefined ? store : storeOfOwner(store, eventsOf);
    const shared = { ...services.shared, store: storeUntil(seen, signal) };
    return {
      ...reads({ ...services, shared }, inside, eventsOf),
      execute: (request) => executeCommand(services, request, actor),
      subscribe: (listener) => options.subscribe(listener),
      workers: workersFor(signal),
      measurements: services.shared.measurements,
    };
  };
};
