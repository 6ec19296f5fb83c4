import { page } from './example.ts';
import type { Example } from './example.ts';
import { triggerExamples } from './trigger-examples.ts';
import { commandKinds, commandTable } from '../../scheduler/commands/command-table.ts';
import type { CommandRow } from '../../scheduler/commands/command-table.ts';

const AT = Date.UTC(2026, 4, 17, 10, 5);
const counts = {
  ...{ EMBRYO: 3, IN_PROGRESS: 1, FINAL_RUN: 0, PROCESSED: 20, NOOP: 0, SKIPPED: 0 },
  ...{ RETRYING: 0, QUARANTINED: 0 },
};
const key = { processName: 'SiteHourly', timeperiod: '2026051709' };
const day = { processName: 'SiteDaily', timeperiod: '2026051700' };
const hourNode = {
  ...{ ...key, tree: 'site', qualifier: 'hourly', state: 'IN_PROGRESS', standing: 'IN_PROGRESS' },
  ...{ version: 1, redo: false, childCount: 0, uow: 'IN_PROGRESS' },
};
const dayNode = {
  ...{ ...day, tree: 'site', qualifier: 'daily', state: 'EMBRYO', standing: 'EMBRYO' },
  ...{ version: 0, redo: false, childCount: 24, counts },
};
const running = { ...key, kind: 'running', state: 'IN_PROGRESS', standing: 'IN_PROGRESS', since: AT };
const explanation = {
  ...{ ...day, state: 'EMBRYO', standing: 'EMBRYO', summary: 'waits for 1 of its 24 parts' },
  blockers: [{ ...key, kind: 'child', state: 'IN_PROGRESS', standing: 'IN_PROGRESS' }],
  roots: [running],
};
const uow = {
  ...{ id: 'SiteHourly/2026051709#1', kind: 'managed', ...key, entryName: null, sequence: 1 },
  ...{ startTimeperiod: '2026051709', endTimeperiod: '2026051710', startId: null, endId: null },
  ...{ state: 'IN_PROGRESS', standing: 'IN_PROGRESS', version: 1, attempt: 1, token: null },
  lease: { owner: 'box-1/worker-1', expiresAt: AT + 15_000 },
  ...{ source: 'access_log', sink: 'site_hourly', arguments: { region: 'eu' } },
  ...{ createdAt: AT, submittedAt: AT, notBefore: null, startedAt: AT + 20, finishedAt: null },
  ...{ processed: 0, aggregated: 0, crashes: 0, retryAt: null, error: null },
  ...{ progress: { done: 70, total: 120 }, released: null },
};
const transition = {
  ...{ sequence: 812, entityKind: 'job', entityId: 'SiteHourly/2026051709', version: 1 },
  ...{ from: 'EMBRYO', to: 'IN_PROGRESS', event: 'start', at: AT, actor: 'scheduler' },
  ...{ reason: null, epoch: 1, attempt: 0 },
};
const process = {
  ...{ name: 'SiteHourly', kind: 'managed', qualifier: 'hourly', strategy: 'discrete' },
  blocking: 'normal',
};
const command = {
  ...{ id: 'c0ffee00-0001', kind: 'skip', arguments: { ...key, planHash: '5f0d8e21c9a4b376' } },
  ...{ processName: 'SiteHourly', belongsTo: 'SiteHourly/2026051709', entity: 'SiteHourly/2026051709' },
  ...{ actor: 'local', reason: 'late rows', createdAt: AT, state: 'done', finishedAt: AT + 3, result: {} },
};
const plan = {
  ...{ kind: 'skip', target: key },
  steps: [
    {
      ...{ ...key, from: 'IN_PROGRESS', to: 'SKIPPED', standing: 'IN_PROGRESS', version: 1 },
      cancelsUow: true,
    },
  ],
  hash: '5f0d8e21c9a4b376',
};
const entry = {
  ...{ processName: 'Housekeeping', entryName: 'nightly', trigger: 'at 03:00', arguments: { days: 7 } },
  ...{ on: true, overlap: 'skip', missed: 'last', description: 'removes old files', origin: 'user' },
  ...{
    lastFiredAt: AT,
    seenUntil: AT,
    relatedUow: null,
    buffered: false,
    owedArguments: null,
    removed: false,
    version: 3,
  },
  ...{ createdAt: AT, updatedAt: AT, nextFires: [AT + 86_400_000], lastUow: null },
};
const overview = {
  ...{ timetableNow: AT, now: AT, startedAt: AT - 3_600_000, store: 'embedded', queue: 'embedded' },
  ...{ size: { bytes: 412_000_000, freeBytes: 8_000_000, growthPerDay: 3_140_000 }, jobs: counts },
  uows: { REQUESTED: 0, IN_PROGRESS: 1, PROCESSED: 20, NOOP: 0, INVALID: 0, CANCELED: 0 },
  ...{ quarantined: 0, finishedLastMinute: 1, finishedLastHour: 20, boxes: [], collector: null },
  ...{ attention: [], attentionTotal: 0, housekeeping: [], standstills: [], blocked: [explanation] },
};
const owner = 'box-1/python-1';
const fence = { id: uow.id, attempt: 1, token: '9f3c6f0e' };
const order = {
  ...{ ...fence, ...key, entryName: null, startTimeperiod: '2026051709', endTimeperiod: '2026051710' },
  ...{ startId: null, endId: null, source: 'access_log', sink: 'site_hourly', arguments: {} },
};

const job = { process: 'SiteHourly', timeperiod: '2026051709' };
const dayPath = { process: 'SiteDaily', timeperiod: '2026051700' };
const commands = commandKinds.map((kind) => {
  const { example }: CommandRow = commandTable[kind];
  return [kind, { kind, id: 'c0ffee00-0001', reason: 'late rows', ...example }];
});

/** An example of every endpoint, by its method and path. */
export const examples: Readonly<Record<string, Example>> = {
  'get /overview': { answer: overview },
  'get /nodes': {
    answer: page({
      ...{ id: 'box-1/scheduler/1779005403000-811', box: 'box-1', does: 'schedule', since: AT },
      facts: { version: '1.4.0', service: 'scheduler', context: '5f0d8e21c9a4b376', leads: true },
    }),
  },
  'get /trees': {
    answer: page({
      ...{ name: 'site', page: 'site', description: 'The whole site', dependsOn: [] },
      processes: [{ name: 'SiteHourly', qualifier: 'hourly', counts }],
    }),
  },
  'get /trees/{tree}/nodes': {
    params: { tree: 'site' },
    query: { limit: '1', cursor: '2026051800' },
    answer: page(dayNode, '2026051700'),
  },
  'get /jobs/{process}/{timeperiod}': {
    params: job,
    answer: {
      ...{ node: hourNode, process, parent: dayNode, children: [], dependencies: [], dependants: [] },
      record: {
        ...{ ...key, state: 'IN_PROGRESS', version: 1, relatedUow: uow.id, uowCount: 1 },
        ...{ failures: 0, redo: false, consumed: null },
      },
      ...{ explanation: { ...explanation, ...key, state: 'IN_PROGRESS', blockers: [running] } },
      ...{ transitions: [transition], uows: [uow], interval: { start: AT - 3_900_000, end: AT - 300_000 } },
    },
  },
  'get /jobs/{process}/{timeperiod}/children': { params: dayPath, answer: page(hourNode) },
  'get /jobs/{process}/{timeperiod}/explain': { params: dayPath, answer: explanation },
  'get /jobs/{process}/{timeperiod}/plan': { params: job, query: { kind: 'skip' }, answer: plan },
  'get /journal': { query: { entity: 'SiteHourly/2026051709', limit: '1' }, answer: page(transition, '812') },
  'get /processes': {
    answer: page({
      ...{ process, tree: 'site', on: true, trigger: 'every 10s', arguments: {}, nextFires: [AT] },
      ...{ counts, running: 1, oldestUnfinished: '2026051709', queueDepth: { ready: 0, taken: 1 } },
    }),
  },
  'get /freerun': { answer: page(entry) },
  'get /freerun/{process}/{entry}': {
    params: { process: 'Housekeeping', entry: 'nightly' },
    answer: { ...entry, worker: { kind: 'handler', handler: './housekeeping.ts' } },
  },
  'get /uows': { query: { process: 'SiteHourly', state: 'IN_PROGRESS' }, answer: page(uow) },
  'get /rejected-reports': {
    answer: page({
      ...{ sequence: 7, ...fence, token: null, event: 'complete', processed: 120, aggregated: 1 },
      ...{ error: null, retryAt: null, at: AT, owner, because: 'the unit is another worker’s', earlier: 0 },
    }),
  },
  'get /uows/{id}': { params: { id: uow.id }, answer: uow },
  'get /uows/{id}/log': {
    params: { id: uow.id },
    answer: page({
      ...{ parentId: uow.id, sequence: 1, attempt: 1, at: AT },
      ...{ stream: 'stdout', line: 'read 120 rows' },
    }),
  },
  'get /commands': { answer: page(command) },
  'post /commands': { bodies: Object.fromEntries(commands) as Record<string, unknown>, answer: command },
  ...triggerExamples,
  'get /worker/{process}': {
    params: { process: 'SiteHourly' },
    answer: { processName: 'SiteHourly', queue: 'queue_site_hourly', lease: 15_000 },
  },
  'post /worker/take': {
    body: { processName: 'SiteHourly', owner, max: 1, waitMs: 20_000 },
    answer: { units: [order] },
  },
  'post /worker/claim': { body: { owner, ids: [uow.id] }, answer: { units: [order] } },
  'post /worker/heartbeat': {
    body: { owner, units: [{ id: fence.id, token: fence.token }] },
    answer: { ids: [fence.id] },
  },
  'post /worker/log': {
    body: { ...fence, lines: [{ sequence: 1, stream: 'stdout', line: 'read 120 rows' }] },
    answer: { verdict: 'applied' },
  },
  'post /worker/progress': { body: { ...fence, done: 70, total: 120 }, answer: { verdict: 'applied' } },
  'post /worker/complete': {
    body: { owner, ...fence, outcome: 'processed', processed: 120, aggregated: 1, error: '' },
    answer: { verdict: 'applied' },
  },
};
