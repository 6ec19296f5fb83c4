import { commandTable } from '../../scheduler/commands/command-table.ts';
import type { KindAbout } from '../../scheduler/commands/command-table.ts';
import { page } from './example.ts';
import type { Example } from './example.ts';

const AT = Date.UTC(2026, 4, 17, 10, 5);
/** What all commands have alike. */
const command = { actor: 'local', createdAt: AT, state: 'done', finishedAt: AT + 3, result: {} };
const triggerKey = { owner: 'local', id: 'backup' };
const execution = {
  ...{ id: 'Events:local/backup/20261231230000#1', trigger: 'local/backup', outcome: 'failed' },
  ...{ at: 1_798_758_000_000, due: 1_798_758_000_000, occasion: 'schedule' },
  ...{ message: 'msg_01M67X3WZ00000000000000000', first: 'Events:local/backup/20261231230000#1', attempt: 1 },
  ...{ startedAt: 1_798_758_000_012, finishedAt: 1_798_758_000_053, retryAt: null },
  error: '410 in 41 ms: the target is gone and wants no more',
};
const trigger = {
  ...{ ...triggerKey, name: 'Backup', description: 'has the backup made', labels: { team: 'storage' } },
  ...{ state: 'on', schedule: 'R/2027-01-01T00:00:00Z/PT1H', epsilon: 600_000 },
  target: {
    ...{ url: 'https://example.com/hook', method: 'POST', headers: {}, format: 'plain', query: true },
    ...{ eventType: null, timeout: 15_000, connection: null },
  },
  ...{ retry: { attempts: 5, delay: 1_000, maxDelay: 60_000 }, missed: 'all', overlap: 'allow', on: true },
  ...{
    note: null,
    secret: null,
    revision: 3,
    armedAt: AT,
    endedAt: null,
    deleteAfterEnd: false,
    origin: 'user',
    pauseAfter: null,
  },
  ...{ createdAt: AT, updatedAt: AT },
};
const LINE =
  '{"owner":"local","id":"backup","schedule":"R/2027-01-01T00:00:00Z/PT1H","target":{"url":"https://example.com/hook"}}';
const resendPlan = {
  ...{ trigger: 'local/backup', target: 'https://example.com/hook', outcome: 'failed' },
  ...{ from: 1_798_761_600_000, to: 1_798_765_200_000 },
  ...{ count: 37, oldest: 1_798_761_660_000, newest: 1_798_763_820_000, hash: '5f0d8e21c9a4b376' },
};

/** What is stored of a secret. */
const SEALED = 'sealed.3f9ac0d1.kX2Vq0n4b7c1eR8dTfYh6w';
const ofAllTriggers = { processName: 'Events', belongsTo: '', entity: 'Events:local/' };

/** A command about an event trigger, whose name stands in the path. */
const triggerDeed = (kind: KindAbout<'trigger'>, result: object = {}): Example => {
  const { owner, triggerId, ...given } = commandTable[kind].example;
  const entity = `Events:${owner}/${triggerId}`;
  const about = { processName: 'Events', belongsTo: entity, entity };
  return {
    params: { owner, id: triggerId },
    body: { id: 'c0ffee00-0002', reason: 'the target moves', ...given },
    answer: {
      ...{ ...command, id: 'c0ffee00-0002', kind, arguments: { owner, triggerId, ...given }, ...about },
      ...{ reason: 'the target moves', result: { trigger: `${owner}/${triggerId}`, ...result } },
    },
  };
};

/** Examples of the endpoints about event triggers, by method and path. */
export const triggerExamples: Readonly<Record<string, Example>> = {
  ...Object.fromEntries(
    (
      [
        ['', 'put-trigger', { changed: true, revision: 4 }],
        ['/remove', 'remove-trigger', undefined],
        ['/pause', 'pause-trigger', { changed: true, revision: 4 }],
        ['/resume', 'resume-trigger', { changed: true, revision: 5 }],
        ['/unsign', 'unsign-trigger', { changed: true, revision: 5 }],
        ['/fire', 'fire-trigger', { execution: 'Events:local/backup/by-hand#c0ffee00-0002' }],
        ['/test', 'test-trigger', { execution: 'Events:local/backup/by-hand#c0ffee00-0002' }],
        ['/resend', 'resend-executions', resendPlan],
      ] as const
    ).map(([end, kind, result]) => [`post /triggers/{owner}/{id}${end}`, triggerDeed(kind, result)]),
  ),
  'post /triggers/import': {
    query: { reason: 'moved here', id: 'c0ffee00-0004', atomic: 'true' },
    body: `${LINE}\n`,
    answer: { created: 1, changed: 0, unchanged: 0, refused: [] },
  },
  'get /triggers/export': { query: { state: 'on', label: 'team:storage' }, answer: `${LINE}\n` },
  'get /triggers': {
    query: { q: 'back', state: 'on', label: 'team:storage', target: 'example.com', limit: '1' },
    answer: page({ ...trigger, next: 1_798_761_600_000, last: execution }, 'local/backup'),
  },
  'get /triggers/{owner}/{id}': {
    params: triggerKey,
    answer: {
      ...{ ...trigger, payload: { days: 7 }, nextFires: [1_798_761_600_000, 1_798_765_200_000] },
      counts: {
        ...{ planned: 0, delivering: 0, retrying: 0, success: 118, expired: 0, failed: 2, quarantined: 0 },
        total: 120,
      },
    },
  },
  'get /triggers/{owner}/{id}/executions': {
    params: triggerKey,
    query: { outcome: 'failed', from: '2027-01-01T00:00:00Z', to: '2027-01-02T00:00:00Z' },
    answer: page(execution),
  },
  'get /executions/{id}': {
    params: { id: execution.id },
    answer: {
      ...execution,
      attempts: [
        {
          ...{ number: 1, at: 1_798_758_000_012, request: 'POST https://example.com/hook 10 bytes' },
          headers: 'content-type: application/json\nwebhook-id: msg_01M2X0Q5DF3YJ1E5T5W2M2TQ4V',
          ...{ answer: '410 in 41 ms: the target is gone and wants no more', body: 'moved' },
        },
      ],
      log: [
        {
          ...{ parentId: execution.id, sequence: 1, attempt: 1, at: 1_798_758_000_012, stream: 'log' },
          line: '→ POST https://example.com/hook 10 bytes',
        },
      ],
    },
  },
  'post /executions/{id}/resend': {
    params: { id: execution.id },
    body: { id: 'c0ffee00-0003', reason: 'the target is mended' },
    answer: {
      ...{ ...command, id: 'c0ffee00-0003', kind: 'resend-execution', arguments: { uowId: execution.id } },
      ...{ processName: 'Events', belongsTo: 'Events:local/backup', entity: execution.id },
      ...{
        reason: 'the target is mended',
        result: { execution: 'Events:local/backup/by-hand#c0ffee00-0003' },
      },
    },
  },
  'get /triggers/{owner}/{id}/resend': {
    params: triggerKey,
    query: { outcome: 'failed', from: '2027-01-01T00:00:00Z', to: '2027-01-01T01:00:00Z' },
    answer: resendPlan,
  },
  'post /triggers/{owner}/{id}/secret': {
    params: { owner: 'local', id: 'backup' },
    body: { id: 'c0ffee00-0003', reason: 'the old one was mailed around', rotate: true },
    answer: {
      ...command,
      ...{ id: 'c0ffee00-0003', kind: 'rotate-secret', reason: 'the old one was mailed around' },
      arguments: { owner: 'local', triggerId: 'backup', secret: SEALED },
      ...{ processName: 'Events', belongsTo: 'Events:local/backup', entity: 'Events:local/backup' },
      result: { trigger: 'local/backup', changed: true, revision: 5, fingerprint: '8c1f0e52b7d94a36' },
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    },
  },
  'get /trigger-secrets': {
    query: { owner: 'local' },
    answer: page({
      ...{ owner: 'local', name: 'billing', fingerprint: '8c1f0e52b7d94a36' },
      ...{ createdAt: AT, updatedAt: AT },
    }),
  },
  'post /trigger-secrets/{owner}/{name}': {
    params: { owner: 'local', name: 'billing' },
    body: { reason: 'the token of this year', value: 'a token of the target' },
    answer: {
      ...{
        ...command,
        id: 'c0ffee00-0001',
        ...ofAllTriggers,
        kind: 'put-secret',
        reason: 'the token of this year',
      },
      arguments: { owner: 'local', secretName: 'billing', value: SEALED },
      result: { secret: 'billing', changed: true, fingerprint: '8c1f0e52b7d94a36' },
    },
  },
  'post /trigger-secrets/{owner}/{name}/remove': {
    params: { owner: 'local', name: 'billing' },
    body: { reason: 'no target takes it any more' },
    answer: {
      ...{
        ...command,
        id: 'c0ffee00-0001',
        ...ofAllTriggers,
        kind: 'remove-secret',
        reason: 'no target takes it any more',
      },
      ...{ arguments: { owner: 'local', secretName: 'billing' }, result: { removed: 'billing' } },
    },
  },
  'post /triggers/preview': {
    body: { schedule: 'R/2027-01-31T10:00:00Z/P1M/ET1H', count: 2 },
    answer: {
      ...{ schedule: 'R/2027-01-31T10:00:00Z/P1M/ET1H', epsilon: 3_600_000 },
      words:
        "Every month on the 31st (or the month's last day) at 10:00 UTC, from 31 January 2027, for ever. Each delivery may begin up to 1 hour late.",
      warnings: [
        {
          part: 'start',
          text: "February, April, June, September and November have no 31st: there it fires on the month's last day.",
        },
      ],
      next: [Date.UTC(2027, 0, 31, 10), Date.UTC(2027, 1, 28, 10)],
    },
  },
};
