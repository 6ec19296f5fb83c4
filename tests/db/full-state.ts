import type { Cause, JobPage, Store, Write } from '../../db/store.ts';
import { accountSpec, apiTokenSpec, auditSpec, sessionSpec } from '../../db/account-collections.ts';
import { eventSecretSpec, eventTriggerSpec } from '../../db/event-collections.ts';
import {
  boxSpec,
  commandSpec,
  expiredJobSpec,
  expiredJournalSpec,
  expiredSpec,
  finishCommand,
  freerunSpec,
  getFact,
  listCommands,
  managedSpec,
  putFact,
  retentionRoundSpec,
} from '../../db/collections.ts';
import type { AccountRecord, ApiTokenRecord, AuditRecord } from '../../domain/accounts/record.ts';
import { putTrigger } from '../../domain/event/trigger.ts';
import type { Json } from '../../domain/model/process.ts';
import type { CommandRecord, FreerunEntryRecord, UowRecord } from '../../domain/model/record.ts';
import { inputOf } from '../domain/event/facts.ts';
import { jobStart, uowInsert } from '../support/records.ts';
import { commandSubject } from '../../domain/model/entity.ts';

const cause: Cause = { actor: 'scheduler', reason: 'it is time\0', at: 5000, epoch: 3 };

const commit = async (store: Store, ...writes: Write[]): Promise<void> => {
  await store.commit(writes.map((write) => ({ cause, writes: [write] })));
};

const command = (id: string): CommandRecord => ({
  id,
  kind: 'skip',
  arguments: { processName: 'SiteHourly', timeperiod: '2015060100' },
  ...commandSubject({ processName: 'SiteHourly', timeperiod: '2015060100' }),
  actor: 'user ann',
  reason: null,
  createdAt: 1,
  state: 'open',
  finishedAt: null,
  result: null,
});

const entry: FreerunEntryRecord = {
  processName: 'Clean',
  entryName: 'nightly',
  trigger: 'at 03:00',
  arguments: { deep: { er: [1, null, 'ü'] } },
  on: true,
  overlap: 'skip',
  missed: 'last',
  description: 'cleans "up"',
  origin: 'user',
  lastFiredAt: null,
  seenUntil: 3000,
  relatedUow: null,
  buffered: false,
  owedArguments: null,
  removed: false,
  version: 0,
  createdAt: 1,
  updatedAt: 2,
};

const auditRow: AuditRecord = {
  ...{ id: 'account ann 1', at: 5, actor: 'root', event: 'account-added', subject: 'ann', address: null },
  detail: { role: 'admin' },
};

const account: AccountRecord = {
  ...{ name: 'ann', id: 'a1', role: 'admin', password: '$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA' },
  ...{ generation: 2, stepsDown: false, removed: false, invitation: null, invitedUntil: null },
  ...{
    subject: 'https://id.example.com 17',
    lastSignInAt: 7,
    createdAt: 5,
    updatedAt: 6,
    version: 3,
    audit: auditRow,
  },
};

const apiToken: ApiTokenRecord = {
  ...{ id: 't1', hash: 't1ff', account: 'ann', accountId: 'a1', label: 'CI\0"ü"', scopes: ['read', 'work'] },
  ...{
    createdAt: 8,
    createdBy: 'root',
    expiresAt: 1e13,
    lastUsedAt: null,
    lastAddress: null,
    revokedAt: null,
  },
  ...{ version: 1, audit: { ...auditRow, id: 'token t1 1' } },
};

const fillAccounts = async (store: Store): Promise<void> => {
  await store.collection(accountSpec).put(account);
  await store
    .collection(accountSpec)
    .put({ ...account, name: 'ben', role: 'viewer', password: null, removed: true });
  for (const id of ['t2', 't1']) await store.collection(apiTokenSpec).put({ ...apiToken, id });
  for (const id of ['z', 'a']) await store.collection(auditSpec).insertNew({ ...auditRow, id });
  // Does not move.
  await store.collection(sessionSpec).put({
    ...{
      id: 's1',
      hash: 's1ff',
      account: 'ann',
      accountId: 'a1',
      generation: 2,
      how: 'password',
      address: '::1',
    },
    ...{ userAgent: null, createdAt: 7, lastUsedAt: 7, endedAt: null, version: 1, audit: auditRow },
  });
};

const fillTriggers = async (store: Store): Promise<void> => {
  for (const [owner, id] of [
    ['ben', 'a'],
    ['ann', 'b'],
  ] as const) {
    const input = inputOf({ owner, id, labels: { team: 'x' }, payload: [1, { a: null }] });
    await store.collection(eventTriggerSpec).put(putTrigger(undefined, input, 7).trigger);
  }
  const secret = { owner: 'ann', sealed: 'sealed.0.a', former: [], createdAt: 7, updatedAt: 7 };
  const signing = { ...secret, id: 'b', name: 'signing', former: [{ sealed: 'sealed.0.b', until: 8 }] };
  for (const one of [signing, { ...secret, id: '', name: 'billing' }])
    await store.collection(eventSecretSpec).put(one);
};

const toReport = (uow: UowRecord, event: 'complete' | 'fail', token = uow.token ?? '') => ({
  ...{ id: uow.id, attempt: uow.attempt, token, event, processed: 7, aggregated: 2 },
  error: event === 'fail' ? 'boom\0!' : null,
  retryAt: event === 'fail' ? 9000 : null,
});

/** Ids neither in the order of the alphabet nor of the timeperiods, so that only the order of insertion is theirs. */
const ids = ['m', 'c', 'x', 'a', 'k', 'b'] as const;

const fillWork = async (store: Store): Promise<void> => {
  await commit(
    store,
    jobStart('2015060101', { set: { relatedUow: 'm', uowCount: 1 } }),
    jobStart('2015060100', { processName: 'SiteHourly-B' }),
    jobStart('2015060100'),
    jobStart('2015060101', { from: 'IN_PROGRESS', version: 1, event: 'complete', to: 'PROCESSED' }),
    jobStart('2015060101', {
      ...{ from: 'PROCESSED', version: 2, event: 'reprocess', to: 'EMBRYO' },
      set: { redo: true, relatedUow: null, consumed: { 'Other/2015060100': 4, 'A/2015060100': 2 } },
    }),
    { kind: 'job-note', processName: 'SiteHourly', timeperiod: '2015060199', failures: 2 },
    ...ids.map((id, i) =>
      uowInsert(id, {
        ...{ timeperiod: `201506010${String(5 - i)}`, source: 'log', startId: i },
        released: i === 2 ? { attempt: 0, at: 40 } : null,
      }),
    ),
  );
  const [m, c, x] = await store.claim(['m', 'c', 'x', 'a'], {
    owner: 'box/w1',
    expiresAt: 20_000,
    now: 5000,
  });
  if (m === undefined || c === undefined || x === undefined) throw new Error('the units were not claimed');
  await store.progress('a', 'wrong', { done: 1, total: 2 });
  await store.report(
    'box/w1',
    [toReport(m, 'complete'), toReport(c, 'fail'), toReport(x, 'complete', 'old')],
    6000,
  );
  await store.report('box/w2', [toReport(x, 'fail', 'older')], 6000);
  await store.progress('x', x.token ?? '', { done: 1, total: 2 });
  await commit(store, {
    kind: 'uow',
    id: 'k',
    from: 'REQUESTED',
    version: 1,
    event: 'cancel',
    to: 'CANCELED',
    set: { finishedAt: 7, error: 'no' },
  });
  const line = { at: 5000, stream: 'stdout', attempt: 1 } as const;
  await store.appendLog([
    { ...line, parentId: 'm', sequence: 2, line: '' },
    { ...line, parentId: 'm', sequence: 1, line: 'a line\0with ␀, ü and \\' },
    { ...line, parentId: 'c', sequence: 1, line: 'first' },
    { ...line, parentId: 'c', sequence: 1, attempt: 2, line: 'again' },
  ]);
};

const fillRest = async (store: Store): Promise<void> => {
  await store.collection(managedSpec).put({
    processName: 'SiteHourly',
    on: false,
    trigger: null,
    arguments: null,
    updatedAt: 3,
  });
  await store.collection(managedSpec).put({
    processName: 'A',
    on: true,
    trigger: 'every 5m',
    arguments: { x: 1.5 },
    updatedAt: 3,
  });
  await store.collection(freerunSpec).put(entry);
  await store.collection(freerunSpec).put({
    ...entry,
    entryName: 'a',
    relatedUow: 'x',
    buffered: true,
    owedArguments: { a: 1 },
    lastFiredAt: 5,
  });
  for (const id of ['z', 'a', 'q']) await store.collection(commandSpec).insertNew(command(id));
  await finishCommand(store, 'a', { state: 'refused', result: { code: 'CONFLICT' }, finishedAt: 9 });
  const expired = { uows: 2, transitions: 6, lines: 4, reports: 1, from: 1, to: 3 };
  await store.collection(expiredSpec).put({ entity: 'Clean:nightly', ...expired, step: '1-1-1' });
  const head = { version: 2, state: 'PROCESSED', sequence: 5, epoch: 1, published: 4 } as const;
  const ofJob = { processName: 'SiteHourly', uows: 1, step: '1-1-2' };
  await store.collection(expiredJobSpec).put({ ...ofJob, timeperiod: '2015060100' });
  await store.collection(expiredJobSpec).put({ ...ofJob, timeperiod: '2015060101' });
  await store.collection(expiredJournalSpec).put({ entity: 'SiteHourly/2015060100', ...head, step: '1-1-3' });
  for (const id of ['1-2', '1-1'])
    await store.collection(retentionRoundSpec).put({ id, begunAt: 1, endedAt: null, ...expired });
  await putFact(store, 'startTimeperiod', '2015060100');
  await putFact(store, 'nothing', null);
  await putFact(store, 'wish/box/worker', { desired: 'off', at: 1, restart: false });
  await store.collection(boxSpec).put({
    ...{ boxId: 'box', unit: 'worker', desired: 'on', actual: 'running', pid: 1, startedAt: 1, restarts: 0 },
    ...{ lastExit: null, rssBytes: 1, cpuPercent: 0.5, updatedAt: 1 },
  });
  const value = { b: 1, a: { y: [true, 2.25], x: 'é\0' }, 'dotted.key': null };
  await store.data.appendRows('log', [
    { id: 7, timeperiod: '2015060100', value },
    { id: 3, timeperiod: '2015060101', value: {} },
  ]);
  await store.data.appendRows('lag', [{ id: 1, timeperiod: '2015060100', value }]);
  await store.data.setWatermark('log', 77);
  await store.data.replaceDocuments('site', '2015060100', [
    { timeperiod: '2015060100', key: '/b', value: null },
    { timeperiod: '2015060100', key: '/a', value: [1, { z: 1, a: 2 }] },
  ]);
};

/** Puts something of every kind into an empty store, through its port. */
export const fillStore = async (store: Store): Promise<void> => {
  await fillWork(store);
  await fillRest(store);
  await fillAccounts(store);
  await fillTriggers(store);
};

const everything = { start: '0', end: '9' };

/** Everything that services can see of a state that `fillStore` began, in the order in which they see it. */
export const seenOf = async (store: Store): Promise<Json> => {
  const jobs: JobPage[] = [];
  for await (const page of store.loadJobs()) jobs.push(page);
  // Processes come in any order.
  jobs.sort((a, b) => a.processName.localeCompare(b.processName));
  const keys = jobs.flatMap((page) =>
    page.timeperiods.map((timeperiod) => ({ timeperiod, processName: page.processName })),
  );
  const seen = {
    jobs,
    records: await Promise.all(keys.map((key) => store.job(key))),
    newest: await store.findUows({}),
    ofProcess: await store.findUows({ processName: 'SiteHourly' }),
    requested: await store.findUows({ states: ['REQUESTED', 'IN_PROGRESS'] }),
    overdue: await Promise.all(
      (['REQUESTED', 'IN_PROGRESS', 'INVALID'] as const).map((state) =>
        store.overdueUows({ state, before: 1e9, limit: 100 }),
      ),
    ),
    counts: await store.countUows(),
    journal: await store.journal({ after: 0, limit: 1000 }),
    rejected: await store.rejectedReports(100),
    logs: await Promise.all(['m', 'c'].map((id) => store.log(id, 0, 100))),
    managed: await store.collection(managedSpec).list(),
    freerun: await store.collection(freerunSpec).list(),
    commands: await listCommands(store, { limit: 100 }),
    open: await listCommands(store, { state: 'open', limit: 100 }),
    expired: await store.collection(expiredSpec).list(),
    expiredJobs: await store.collection(expiredJobSpec).list(),
    expiredJournals: await store.collection(expiredJournalSpec).list(),
    rounds: await store.collection(retentionRoundSpec).list(),
    accounts: await store.collection(accountSpec).list(),
    tokens: await store.collection(apiTokenSpec).list(),
    audit: await store.collection(auditSpec).list(),
    triggers: await store.collection(eventTriggerSpec).list(),
    secrets: await store.collection(eventSecretSpec).list(),
    facts: await Promise.all(['startTimeperiod', 'nothing'].map((name) => getFact(store, name))),
    rows: await Promise.all(
      ['log', 'lag'].flatMap((name) => [
        store.data.rows(name, everything, { from: 0, to: 100 }, 100),
        store.data.extent(name, everything),
      ]),
    ),
    documents: await store.data.documents('site', everything),
  };
  // Some stores cannot keep a NUL, and show its picture instead.
  return JSON.parse(JSON.stringify(seen).replaceAll('\\u0000', '\u2400')) as Json;
};
