import { defineContext, freerunProcess, managedProcess, tree } from '../../../domain/model/define.ts';
import { createInvariantChecker } from '../../../domain/invariants/checker.ts';
import type { Findings } from '../../../domain/invariants/checker.ts';
import { checkedTables } from '../../../domain/invariants/state.ts';
import type { CheckedRows } from '../../../domain/invariants/state.ts';
import type { Evidence } from '../../../domain/invariants/evidence.ts';
import { managedByName } from '../../../domain/model/dependencies.ts';
import type { JobRecord, TransitionRecord, UowRecord } from '../../../domain/model/record.ts';
import { increment } from '../../../domain/time/timeperiod.ts';
import { freshUow, noSubject } from '../../support/records.ts';

/** All rows of a store; of its own to everybody who asks, so that it may be spoilt. */
export type World = { [T in keyof CheckedRows]: Mutable<CheckedRows[T]>[] };
export type Mutable<R> = { -readonly [K in keyof R]: R[K] };

const MINUTE = 60_000;
/** 2015-06-02 00:30: two hours and a day are over, their start lags too. */
export const NOW = Date.UTC(2015, 5, 2, 0, 30);

/** Three seconds after the second worker claimed the second hour. */
export const AFTER_CLAIM = NOW - 5 * MINUTE + 13_000;

export const context = defineContext({
  processes: [
    managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true, retry: { maxAttempts: 5 } }),
    managedProcess({ name: 'Day', qualifier: 'daily', blocking: 'children', identity: true }),
    managedProcess({ name: 'Bill', qualifier: 'daily', blocking: 'dependencies', identity: true }),
    freerunProcess({ name: 'Clean', identity: true, entries: [{ name: 'nightly', trigger: 'at 03:00' }] }),
  ],
  trees: [
    tree({ name: 'traffic', processes: ['Hour', 'Day'] }),
    tree({ name: 'money', processes: ['Bill'], dependsOn: ['traffic'] }),
  ],
});

/** All that a ledger can be told. */
export const evidence: Evidence = {
  situation: 'done',
  now: NOW,
  context,
  limits: { maxCrashes: 3, resubmitAfter: 20_000, recovery: 30_000, killGrace: 5_000 },
  timetable: { start: Date.UTC(2015, 5, 1, 22), now: NOW },
  movingSince: NOW - 20 * MINUTE,
  acknowledged: [{ entity: 'Hour/2015060122', version: 2 }],
  verdicts: [
    { id: 'Hour/2015060123#1', attempt: 1, verdict: 'rejected' },
    { id: 'Hour/2015060123#1', attempt: 2, verdict: 'applied' },
  ],
  sightings: [{ id: 'Hour/2015060123#1', attempt: 1, at: AFTER_CLAIM }],
  processes: [],
  canaries: ['pa"ss'],
};

export type Edge = readonly [
  from: TransitionRecord['from'],
  event: TransitionRecord['event'],
  to: TransitionRecord['to'],
  actor?: string,
];

const unitEnd = (edges: readonly Edge[]): readonly Edge[] => [
  [null, 'request', 'REQUESTED'],
  ['REQUESTED', 'claim', 'IN_PROGRESS', 'worker w'],
  ...edges,
];

const processed: Edge = ['IN_PROGRESS', 'complete', 'PROCESSED', 'worker w'];

export const addRows = (
  world: World,
  entityKind: TransitionRecord['entityKind'],
  entityId: string,
  edges: readonly Edge[],
): void => {
  const before = world.transition.filter((row) => row.entityId === entityId);
  let attempt = before.at(-1)?.attempt ?? 0;
  edges.forEach(([from, event, to, actor = 'scheduler'], index) => {
    if (event === 'claim') attempt++;
    const sequence = world.transition.length + 1;
    const version = before.length + index + 1;
    const at = NOW - 5 * MINUTE + sequence * 1_000;
    const row = { entityKind, entityId, version, from, event, to, actor, at, attempt, sequence };
    world.transition.push({ ...row, reason: null, epoch: 1 });
  });
};

const addUow = (world: World, id: string, edges: readonly Edge[], extra: Partial<UowRecord> = {}): void => {
  const [processName = '', timeperiod = ''] = id.split(/[/#]/);
  addRows(world, 'uow', id, unitEnd(edges));
  const rows = world.transition.filter((row) => row.entityId === id);
  const last = rows.at(-1);
  const attempt = last?.attempt ?? 0;
  const state = (last?.to ?? 'REQUESTED') as UowRecord['state'];
  const record = { processName, timeperiod, state, version: rows.length, attempt, token: `token ${attempt}` };
  world.unit_of_work.push({
    ...freshUow(id, { ...record, finishedAt: last?.at ?? null, ...extra }),
    epoch: 1,
  });
};

const addJob = (
  world: World,
  key: string,
  consumed: JobRecord['consumed'],
  edges: readonly Edge[] = unitEnd([processed]).slice(2),
): void => {
  const [processName = '', timeperiod = ''] = key.split('/');
  addRows(world, 'job', key, [['EMBRYO', 'start', 'IN_PROGRESS']]);
  const { qualifier = 'hourly' } = managedByName(context).get(processName) ?? {};
  const endTimeperiod = increment(qualifier, timeperiod, 1);
  addUow(world, `${key}#1`, edges, { startTimeperiod: timeperiod, endTimeperiod });
  addRows(world, 'job', key, [['IN_PROGRESS', 'complete', 'PROCESSED']]);
  const rest = { version: 2, relatedUow: `${key}#1`, uowCount: 1, failures: 0, redo: false, consumed };
  world.job.push({ processName, timeperiod, state: 'PROCESSED', ...rest });
};

/** Two hours, of which the second lost its first worker, their day, its bill, and a freerun unit that Ann canceled. */
export const soundWorld = (): World => {
  const world: World = {
    fact: [],
    expired_history: [],
    expired_job: [],
    expired_journal: [],
    managed_process: [],
    freerun_process: [],
    transition: [],
    unit_of_work: [],
    job: [],
    rejected_report: [{ id: 'Hour/2015060123#1', attempt: 1, token: 'token 1' }],
    command: [],
    log_record: [
      { parentId: 'Hour/2015060123#1', sequence: 1, attempt: 1, at: AFTER_CLAIM, stream: 'log', line: 'on' },
    ],
  };
  addJob(world, 'Hour/2015060122', null);
  addJob(world, 'Hour/2015060123', null, [
    ['IN_PROGRESS', 'repost', 'REQUESTED', 'collector'],
    ['REQUESTED', 'claim', 'IN_PROGRESS', 'worker v'],
    ['IN_PROGRESS', 'complete', 'PROCESSED', 'worker v'],
  ]);
  addJob(world, 'Day/2015060100', { 'Hour/2015060122': 2, 'Hour/2015060123': 2 });
  addJob(world, 'Bill/2015060100', { 'Day/2015060100': 2 });
  addUow(world, 'Clean:nightly/20150601030000#1', [['IN_PROGRESS', 'cancel', 'CANCELED', 'user ann']], {
    kind: 'freerun',
    processName: 'Clean',
    entryName: 'nightly',
  });
  const byAnn = { actor: 'ann', reason: null, createdAt: NOW - 6 * MINUTE, finishedAt: NOW - 4 * MINUTE };
  const result = { canceled: 'Clean:nightly/20150601030000#1' };
  world.command.push({
    id: 'c1',
    kind: 'cancel-uow',
    arguments: {},
    ...noSubject,
    state: 'done',
    result,
    ...byAnn,
  });
  world.job.sort((a, b) =>
    `${a.processName} ${a.timeperiod}`.localeCompare(`${b.processName} ${b.timeperiod}`),
  );
  return world;
};

/** What a ledger finds in these rows. */
export const judge = (world: World, by: Evidence = evidence): Findings => {
  const checker = createInvariantChecker(by);
  for (const table of checkedTables) {
    if (!checker.wants(table)) continue;
    for (const row of world[table]) {
      checker.scan(table, row);
      checker.add(table, row);
    }
  }
  return checker.close();
};
