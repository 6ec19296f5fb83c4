import { twoBoxes } from '../../support/members.ts';
import { previewTrigger } from '../../../domain/event/preview.ts';
import { createHash } from 'node:crypto';
import { SynergyError } from '../../../domain/errors.ts';
import { toInterval } from '../../../domain/time/timeperiod.ts';
import { isJobFinished } from '../../../domain/machine/transition.ts';
import { uowStates } from '../../../domain/machine/uow-machine.ts';
import { FakeTimetable, NOW, processes, trees } from './fake-timetable.ts';
import type { FakeNode } from './fake-timetable.ts';
import type { UowState } from '../../../domain/machine/uow-machine.ts';
import type { Plan, PlanStep } from '../../../domain/cascade/plan.ts';
import type {
  CommandRecord,
  FreerunEntryRecord,
  JobKey,
  LogRecord,
  TransitionRecord,
  UowRecord,
} from '../../../domain/model/record.ts';
import type { Blocker } from '../../../domain/timetable/blocker.ts';
import type { CommandRequest } from '../../../scheduler/commands/check-command.ts';
import type { Explanation, SchedulerApi, FreerunView } from '../../../scheduler/api/api.ts';
import type { LiveEvent } from '../../../scheduler/api/live-event.ts';
import { createMeasurements } from '../../../scheduler/measurements.ts';
import { noSubject } from '../../support/records.ts';

const REAL_NOW = Date.UTC(2026, 10, 21, 11, 4, 3);
const MINUTE = 60_000;

export interface FakeApi extends SchedulerApi {
  /** Tells listeners, as the scheduler does after changes. */
  tell(changed: readonly JobKey[]): void;
  readonly listeners: Set<(event: LiveEvent) => void>;
  readonly timetable: FakeTimetable;
  /** What `execute` was asked, in order. */
  readonly executed: CommandRequest[];
  readonly entries: Map<string, FreerunEntryRecord>;
  /** Lines handed out by `log`. */
  lines: string[];
}

/** Workers are tested against a real scheduler. */
const notHere = (): never => {
  throw new Error('the fake has no workers');
};

const errorOf = (state: UowState): string | null =>
  state === 'INVALID' ? "Error: cannot read 'status' of line 8812: expected three digits, got 'GET'" : null;

export const fakeUow = (
  node: { process: { name: string }; timeperiod: string },
  state: UowState,
  sequence = 1,
): UowRecord => {
  const done = state === 'PROCESSED' || state === 'NOOP' || state === 'CANCELED';
  const createdAt = REAL_NOW - 42 * MINUTE;
  return {
    id: `${node.process.name}/${node.timeperiod}#${sequence}`,
    kind: 'managed',
    processName: node.process.name,
    entryName: null,
    timeperiod: node.timeperiod,
    sequence,
    startTimeperiod: node.timeperiod,
    endTimeperiod: node.timeperiod,
    startId: 81_204,
    endId: 83_411,
    state,
    version: 3,
    attempt: state === 'REQUESTED' ? 0 : state === 'INVALID' ? 3 : 1,
    token: 'fence-secret',
    lease: state === 'IN_PROGRESS' ? { owner: 'pine/4711', expiresAt: REAL_NOW + 9000 } : null,
    source: 'hit',
    sink: 'site_hourly',
    arguments: {},
    createdAt,
    submittedAt: createdAt + 4,
    notBefore: null,
    startedAt: state === 'REQUESTED' ? null : createdAt + 320,
    finishedAt: done || state === 'INVALID' ? createdAt + 2750 : null,
    processed: done ? 2207 : 0,
    aggregated: done ? 1 : 0,
    crashes: 0,
    retryAt: state === 'INVALID' ? REAL_NOW + 4 * MINUTE : null,
    error: errorOf(state),
    progress: state === 'IN_PROGRESS' ? { done: 1380, total: 2207 } : null,
    released: null,
  };
};

const freerunEntry = (entryName: string, more: Partial<FreerunEntryRecord> = {}): FreerunEntryRecord => ({
  processName: 'SessionCollector',
  entryName,
  trigger: 'every 15m',
  arguments: { depth: 3 },
  on: true,
  overlap: 'skip',
  missed: 'last',
  description: 'Collects open sessions',
  origin: 'context',
  lastFiredAt: REAL_NOW - 7 * MINUTE,
  seenUntil: null,
  relatedUow: `SessionCollector:${entryName}/20150601001500#1`,
  buffered: false,
  owedArguments: null,
  removed: false,
  version: 1,
  createdAt: REAL_NOW - 90 * MINUTE,
  updatedAt: REAL_NOW - 90 * MINUTE,
  ...more,
});

const freerunUow = (entry: FreerunEntryRecord): UowRecord => ({
  ...fakeUow({ process: { name: entry.processName }, timeperiod: '20150601001500' }, 'PROCESSED'),
  id: `${entry.processName}:${entry.entryName}/20150601001500#1`,
  kind: 'freerun',
  entryName: entry.entryName,
  sink: null,
  source: null,
  startId: null,
  endId: null,
});

const freerunView = (entry: FreerunEntryRecord): FreerunView => ({
  ...entry,
  nextFires: [1, 2, 3, 4, 5].map((n) => NOW + n * 15 * MINUTE),
  ...(entry.relatedUow !== null && { lastUow: freerunUow(entry) }),
});

export const makeFakeApi = (start?: string): FakeApi => {
  const timetable = new FakeTimetable(start);
  const listeners = new Set<(event: LiveEvent) => void>();
  const executed: CommandRequest[] = [];
  const commandLog: CommandRecord[] = [];
  const entries = new Map(
    [freerunEntry('open'), freerunEntry('nightly', { trigger: 'at 02:30', on: false, origin: 'user' })].map(
      (entry) => [`${entry.processName}:${entry.entryName}`, entry],
    ),
  );
  const switches = new Map(processes.map((process) => [process.name, process.on]));
  let sequence = 0;
  const lines = Array.from({ length: 40 }, (_, n) =>
    n === 21
      ? '<script>alert("log")</script> <b>bold?</b>'
      : `read ${n * 55} of 2207 rows, ${n * 3} malformed`,
  );

  const uowsOf = (node: FakeNode): UowRecord[] => {
    if (node.uow)
      return [fakeUow(node, node.uow, 2), fakeUow(node, 'PROCESSED', 1)].slice(0, node.version > 3 ? 2 : 1);
    return isJobFinished(node.state) && node.state !== 'SKIPPED'
      ? [fakeUow(node, node.state === 'NOOP' ? 'NOOP' : 'PROCESSED')]
      : [];
  };

  const blocker = (kind: Blocker['kind'], node: FakeNode, more: Partial<Blocker> = {}): Blocker => ({
    kind,
    processName: node.process.name,
    timeperiod: node.timeperiod,
    state: node.state,
    standing: timetable.standing(node),
    ...more,
  });

  const direct = (node: FakeNode): Blocker[] => {
    if (isJobFinished(node.state)) return [];
    const own: Blocker[] = [];
    if (node.uow === 'INVALID')
      own.push(blocker('retry', node, { until: REAL_NOW + 4 * MINUTE, detail: errorOf('INVALID')! }));
    if (node.uow === 'IN_PROGRESS')
      own.push(blocker('running', node, { since: REAL_NOW - 40_000, detail: 'pine/4711' }));
    if (node.uow === 'REQUESTED') own.push(blocker('waiting-for-worker', node, { since: REAL_NOW - 12_000 }));
    if (!switches.get(node.process.name)) own.push(blocker('process-off', node));
    const { end } = toInterval(node.process.qualifier, node.timeperiod);
    if (own.length === 0 && end > NOW) own.push(blocker('period-open', node, { until: end }));
    return [
      ...own,
      ...node.children.filter((child) => !isJobFinished(child.state)).map((child) => blocker('child', child)),
      ...timetable
        .dependencies(node)
        .filter((other) => !isJobFinished(other.state))
        .map((other) => blocker('dependency', other)),
    ];
  };

  const rootsOf = (node: FakeNode, seen = new Set<FakeNode>()): Blocker[] =>
    direct(node).flatMap((found) => {
      if (found.kind !== 'child' && found.kind !== 'dependency') return [found];
      const next = timetable.get(found);
      if (seen.has(next)) return [];
      seen.add(next);
      return rootsOf(next, seen);
    });

  const explainNode = (node: FakeNode): Explanation => {
    const blockers = direct(node);
    const roots = rootsOf(node);
    const first = roots[0];
    const summary = isJobFinished(node.state)
      ? `${node.process.name} ${node.timeperiod} is finished.`
      : `${node.process.name} ${node.timeperiod} waits for ${blockers.length} input(s), in the end for ${first ? `${first.processName} ${first.timeperiod} (${first.kind})` : 'its trigger'}.`;
    return {
      processName: node.process.name,
      timeperiod: node.timeperiod,
      state: node.state,
      standing: timetable.standing(node),
      summary,
      blockers,
      roots,
    };
  };

  const steps = (kind: 'reprocess' | 'skip', node: FakeNode, seen = new Set<FakeNode>()): PlanStep[] => {
    if (seen.has(node)) return [];
    seen.add(node);
    const next = kind === 'skip' ? node.children : node.parent ? [node.parent] : [];
    const own =
      kind === 'skip' ? !isJobFinished(node.state) : node.state !== 'EMBRYO' || node.children.length === 0;
    const step: PlanStep = {
      processName: node.process.name,
      timeperiod: node.timeperiod,
      from: node.state,
      to: kind === 'skip' ? 'SKIPPED' : 'IN_PROGRESS',
      standing: node.state,
      version: node.version,
      cancelsUow: node.uow !== undefined,
    };
    return [
      ...(own ? [step] : []),
      ...[...next, ...timetable.dependants(node)].flatMap((other) => steps(kind, other, seen)),
    ];
  };

  const planOf = (kind: 'reprocess' | 'skip', key: JobKey): Plan => {
    const found = steps(kind, timetable.get(key));
    const hash = createHash('sha256').update(JSON.stringify(found)).digest('hex').slice(0, 16);
    return { kind, target: { processName: key.processName, timeperiod: key.timeperiod }, steps: found, hash };
  };

  const tell = (changed: readonly JobKey[]): void => {
    sequence++;
    for (const listener of listeners) listener({ sequence, topic: 'jobs', changed });
  };

  const transitions = (node: FakeNode): TransitionRecord[] => {
    const row = (
      version: number,
      change: Pick<TransitionRecord, 'from' | 'to' | 'event'>,
    ): TransitionRecord => ({
      sequence: 9000 + version,
      entityKind: 'job',
      entityId: `${node.process.name}/${node.timeperiod}`,
      version,
      ...change,
      at: REAL_NOW - (50 - version) * MINUTE,
      actor: 'scheduler',
      reason: change.event === 'finalize' ? 'the period is over' : null,
      epoch: 1,
      attempt: 0,
    });
    return [
      row(3, { from: 'FINAL_RUN', to: 'PROCESSED', event: 'complete' }),
      row(2, { from: 'IN_PROGRESS', to: 'FINAL_RUN', event: 'finalize' }),
      row(1, { from: 'EMBRYO', to: 'IN_PROGRESS', event: 'start' }),
    ].slice(node.version >= 3 ? 0 : 3 - node.version);
  };

  const apply = (request: CommandRequest): void => {
    if (request.kind === 'reprocess' || request.kind === 'skip') {
      const plan = planOf(request.kind, request);
      if (request.planHash !== undefined && request.planHash !== plan.hash)
        throw new SynergyError(
          'PLAN_CHANGED',
          'the timetable moved on since the preview; look at the new plan',
        );
      for (const step of plan.steps) {
        const node = timetable.get(step);
        node.state = step.to;
        node.version++;
        node.redo = request.kind === 'reprocess';
        delete node.uow;
      }
      tell(plan.steps);
    }
    if (request.kind === 'set-managed') {
      if (request.trigger === 'nonsense')
        throw new SynergyError(
          'INVALID_SCHEDULE',
          "schedule 'nonsense' cannot be read: expected every, at, cron or iso",
        );
      if (request.on !== undefined) switches.set(request.processName, request.on);
    }
    if (request.kind === 'add-freerun')
      entries.set(
        `${request.processName}:${request.entryName}`,
        freerunEntry(request.entryName, { ...request, origin: 'user', relatedUow: null, lastFiredAt: null }),
      );
    if (request.kind === 'remove-freerun') entries.delete(`${request.processName}:${request.entryName}`);
  };

  const carryOut = (request: CommandRequest): CommandRecord => {
    const seen = commandLog.find((record) => record.id === request.id);
    if (seen) return seen;
    apply(request);
    executed.push(request);
    const { id, reason, kind, ...rest } = request;
    const record: CommandRecord = {
      id: id ?? `command-${executed.length}`,
      kind,
      arguments: rest,
      ...noSubject,
      actor: 'ann',
      reason: reason ?? null,
      createdAt: REAL_NOW,
      state: 'done',
      finishedAt: REAL_NOW,
      result: null,
    };
    commandLog.unshift(record);
    return record;
  };

  const attention = (): UowRecord[] =>
    [...timetable.nodes.values()]
      .filter((node) => node.uow === 'INVALID')
      .map((node) => fakeUow(node, 'INVALID'));

  return {
    timetable,
    listeners,
    executed,
    entries,
    lines,
    tell,
    status() {
      return this.overview();
    },
    overview: () => {
      const uows = Object.fromEntries(uowStates.map((state) => [state, 0])) as Record<UowState, number>;
      for (const node of timetable.nodes.values()) if (node.uow) uows[node.uow]++;
      uows.PROCESSED = 4711;
      const waiting = processes.flatMap((process) => {
        const oldest = timetable.of(process.name).find((node) => !isJobFinished(node.state));
        return oldest && toInterval(process.qualifier, oldest.timeperiod).end <= NOW
          ? [explainNode(oldest)]
          : [];
      });
      return Promise.resolve({
        timetableNow: NOW,
        now: REAL_NOW,
        startedAt: REAL_NOW - 55 * MINUTE,
        store: 'embedded',
        size: { bytes: 412e6, freeBytes: 8e6, growthPerDay: 3_140_000 },
        queue: 'embedded',
        quarantined: 0,
        collector: null,
        jobs: timetable.counts(timetable.nodes.values()),
        uows,
        finishedLastMinute: 212,
        finishedLastHour: 5318,
        boxes: [
          {
            boxId: 'pine',
            unit: 'scheduler',
            desired: 'on',
            actual: 'running',
            pid: 4702,
            startedAt: REAL_NOW - 55 * MINUTE,
            restarts: 0,
            lastExit: null,
            rssBytes: 98_000_000,
            cpuPercent: 2.4,
            updatedAt: REAL_NOW,
          },
          {
            boxId: 'pine',
            unit: 'worker-host',
            desired: 'on',
            actual: 'running',
            pid: 4711,
            startedAt: REAL_NOW - 31 * MINUTE,
            restarts: 1,
            lastExit: 'SIGKILL',
            rssBytes: 121_000_000,
            cpuPercent: 38.5,
            updatedAt: REAL_NOW,
          },
          {
            boxId: 'pine',
            unit: 'session-collector',
            desired: 'on',
            actual: 'backing-off',
            pid: null,
            startedAt: null,
            restarts: 3,
            lastExit: 'exit 1',
            rssBytes: null,
            cpuPercent: null,
            updatedAt: REAL_NOW,
          },
        ],
        attention: attention(),
        attentionTotal: attention().length,
        housekeeping: [],
        standstills: [],
        blocked: waiting,
      });
    },
    cluster: () => twoBoxes(REAL_NOW),
    triggers: () => Promise.resolve([]),
    trigger: () => Promise.reject(new SynergyError('NOT_FOUND', 'no event trigger is kept here')),
    triggersDue: () => 0,
    secrets: () => Promise.resolve([]),
    triggerCounts: () => Promise.resolve({ on: 0, paused: 0, failing: 0, ended: 0, isFailingCapped: false }),
    exportTriggers: async function* () {
      yield await Promise.resolve([]);
    },
    executions: () => Promise.resolve([]),
    executionCounts: () => Promise.reject(new SynergyError('NOT_FOUND', 'no event trigger is kept here')),
    resendPlan: () => Promise.reject(new SynergyError('NOT_FOUND', 'no event trigger is kept here')),
    failing: () =>
      Promise.resolve([...timetable.nodes.values()].filter(({ uow }) => uow === 'INVALID').length),
    trees: () =>
      trees.map((tree) => ({
        name: tree.name,
        page: tree.page,
        description: tree.description,
        dependsOn: tree.dependsOn,
        processes: tree.processes.map((name) => ({
          name,
          qualifier: processes.find((process) => process.name === name)!.qualifier,
          counts: timetable.counts(timetable.of(name)),
        })),
      })),
    roots: (tree, { before, limit }) => {
      const all = timetable.tops.get(tree);
      if (!all) throw new SynergyError('NOT_FOUND', `no tree '${tree}'`);
      const older = all.filter((node) => before === undefined || node.timeperiod < before).toReversed();
      return { nodes: older.slice(0, limit).map((node) => timetable.view(node)), more: older.length > limit };
    },
    children: (key) => timetable.get(key).children.map((node) => timetable.view(node)),
    node: (key) => timetable.view(timetable.get(key)),
    job: (key) => {
      const node = timetable.get(key);
      const views = (nodes: readonly FakeNode[]) => nodes.map((other) => timetable.view(other));
      return Promise.resolve({
        node: timetable.view(node),
        process: node.process,
        ...(node.parent && { parent: timetable.view(node.parent) }),
        children: views(node.children),
        dependencies: views(timetable.dependencies(node)),
        dependants: views(timetable.dependants(node)),
        explanation: explainNode(node),
        transitions: transitions(node),
        uows: uowsOf(node),
        interval: toInterval(node.process.qualifier, node.timeperiod),
      });
    },
    explain: (key) => Promise.resolve(explainNode(timetable.get(key))),
    plan: (kind, key) => Promise.resolve(planOf(kind, key)),
    execute: (request) => Promise.resolve().then(() => carryOut(request)),
    commands: (limit) => Promise.resolve(commandLog.slice(0, limit)),
    journal: ({ entityId, order, after, limit }) => {
      const rows = [...timetable.nodes.values()]
        .slice(-400)
        .filter((node) => entityId === undefined || `${node.process.name}/${node.timeperiod}` === entityId)
        .flatMap(transitions)
        .map((row, index) => ({ ...row, sequence: index + 1, at: REAL_NOW - (600 - index) * 7000 }))
        .filter(
          (row) => after === undefined || (order === 'oldest' ? row.sequence > after : row.sequence < after),
        );
      return Promise.resolve((order === 'oldest' ? rows : rows.reverse()).slice(0, limit));
    },
    managed: () =>
      Promise.resolve(
        processes.map((process) => ({
          process,
          tree: trees.find((tree) => tree.processes.includes(process.name))!.name,
          on: switches.get(process.name)!,
          trigger: process.trigger,
          arguments: process.arguments,
          nextFires: [1, 2, 3, 4, 5].map((n) => NOW + n * 30_000),
          counts: timetable.counts(timetable.of(process.name)),
          running: timetable
            .of(process.name)
            .filter((node) => node.uow === 'IN_PROGRESS' || node.uow === 'REQUESTED').length,
          oldestUnfinished:
            timetable.of(process.name).find((node) => !isJobFinished(node.state))?.timeperiod ?? null,
          queueDepth: { ready: process.name === 'SiteHourly' ? 1 : 0, taken: 0 },
        })),
      ),
    freerunProcesses: () => ['SessionCollector'],
    freerunEntry: ({ processName, entryName }) => {
      const entry = entries.get(`${processName}:${entryName}`);
      return entry
        ? Promise.resolve({ ...freerunView(entry), worker: { kind: 'identity' } })
        : Promise.reject(new SynergyError('NOT_FOUND', 'no entry'));
    },
    freerun: ({ after = '', limit }) =>
      Promise.resolve(
        [...entries]
          .filter(([key]) => key > after)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .slice(0, limit)
          .map(([, entry]) => freerunView(entry)),
      ),
    uow: (id) => {
      const entry = [...entries.values()].find((candidate) => candidate.relatedUow === id);
      if (entry) return Promise.resolve(freerunUow(entry));
      const [key = '', number = '1'] = id.split('#');
      const [processName = '', timeperiod = ''] = key.split('/');
      const found = uowsOf(timetable.get({ processName, timeperiod })).find(
        (uow) => uow.sequence === Number(number),
      );
      return found
        ? Promise.resolve(found)
        : Promise.reject(new SynergyError('NOT_FOUND', `no unit of work '${id}'`));
    },
    uows: ({ processName, states, limit }) =>
      Promise.resolve(
        [...timetable.nodes.values()]
          .filter((node) => node.uow && (processName === undefined || node.process.name === processName))
          .flatMap(uowsOf)
          .filter((uow) => states === undefined || states.includes(uow.state))
          .slice(0, limit),
      ),
    rejectedReports: () => Promise.resolve([]),
    previewTrigger: (given) => previewTrigger(given, REAL_NOW),
    log: (parentId, after, limit) =>
      Promise.resolve(
        lines
          .map((line, index): LogRecord => ({
            parentId,
            sequence: index + 1,
            attempt: 1,
            at: REAL_NOW - (40 - index) * 900,
            stream: index % 9 === 4 ? 'stderr' : 'stdout',
            line,
          }))
          .filter((record) => record.sequence > after)
          .slice(0, limit),
      ),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    measurements: createMeasurements([]),
    workers: {
      terms: notHere,
      claim: notHere,
      take: notHere,
      heartbeat: notHere,
      log: notHere,
      progress: notHere,
      complete: notHere,
    },
  };
};
