import { z } from 'zod';
import { lostOutcomes } from '../../domain/event/resend.ts';
import { MOST_FAILURES, eventFormats, eventOverlaps } from '../../domain/event/trigger.ts';
import { missedPolicies } from '../../domain/model/process.ts';
import type { Json } from '../../domain/model/process.ts';
import { END_OF_TIME } from '../../domain/time/calendar.ts';
import { planHash } from './plan-hash.ts';

const name = z.string().min(1).max(200);
const owner = name.describe('account that the event trigger belongs to, local where there are none');
const triggerId = name.describe('id of the event trigger');
const length = z.number().int().min(0);
const instant = z.number().int().min(0).max(END_OF_TIME);
const texts = z.record(z.string().max(200), z.string().max(4_000));

const target = z.strictObject({
  url: z.string().min(1).max(4_000),
  method: z.enum(['POST', 'PUT', 'PATCH', 'GET', 'DELETE']).exactOptional(),
  headers: texts.exactOptional(),
  format: z.enum(eventFormats).exactOptional(),
  query: z.boolean().exactOptional(),
  eventType: z.string().min(1).max(200).exactOptional(),
  timeout: length.min(1_000).max(300_000).exactOptional(),
  connection: z.string().min(1).max(200).exactOptional(),
});
const payload = z.json() as unknown as z.ZodType<Json>;

/** What users say of an event trigger beside its name; what is left out is as by default. */
const eventTrigger = {
  name: z.string().max(200).exactOptional().describe('what people call it; its id by default'),
  description: z.string().max(2_000).exactOptional().describe('what it is for'),
  labels: texts.exactOptional().describe('words by which people find it'),
  schedule: z
    .string()
    .min(1)
    .max(4_000)
    .describe("schedule, such as 'R/2027-01-01T00:00:00Z/PT1H/ET10M', 'every 15m' or 'at 08:00'"),
  epsilon: length
    .min(1)
    .exactOptional()
    .describe('ms after the planned instant within which a delivery may begin'),
  target: target.describe('where it goes, and in which form'),
  payload: payload.exactOptional().describe('any JSON'),
  retry: z
    .strictObject({
      attempts: z.number().int().min(1).exactOptional(),
      delay: length.exactOptional(),
      maxDelay: length.exactOptional(),
    })
    .exactOptional()
    .describe('attempts at most, and the pauses in between, ms'),
  missed: z
    .enum(missedPolicies)
    .exactOptional()
    .describe('which firings are made up for that passed while no scheduler ran'),
  overlap: z
    .enum(eventOverlaps)
    .exactOptional()
    .describe('what a firing does that meets the one before still under way'),
  pauseAfter: z
    .number()
    .int()
    .min(1)
    .max(MOST_FAILURES)
    .nullable()
    .exactOptional()
    .describe('executions in a row after whose failure it is paused; never by default'),
  on: z.boolean().exactOptional().describe('whether it fires; as it is by default'),
  note: z.string().max(500).exactOptional().describe('why it is paused'),
  deleteAfterEnd: z.boolean().exactOptional().describe('whether it is deleted after its last execution'),
};

/** Triggers that are put together. */
export const MOST_TRIGGERS = 1_000;

const expectedVersion = z
  .number()
  .int()
  .min(0)
  .exactOptional()
  .describe(
    'revision that was looked at, 0 for none; at another one the command is refused with VERSION_CHANGED',
  );

/** The arguments that name an event trigger. */
export const namedTrigger = { owner, triggerId };

const ownSecret = {
  owner,
  secretName: z
    .string()
    .regex(/^[\w.-]{1,64}$/, "expected 1 to 64 letters, digits, '.', '_' and '-'")
    .describe('name of the secret, as headers have it in {{secret:name}}'),
};

const exampleTrigger = { owner: 'local', triggerId: 'backup' };
const exampleTriggerInput = {
  ...{ name: 'Backup', description: 'has the backup made', labels: { team: 'storage' } },
  ...{ schedule: 'R/2027-01-01T00:00:00Z/PT1H', epsilon: 600_000 },
  ...{ target: { url: 'https://example.com/hook' }, payload: { days: 7 } },
  ...{ retry: { attempts: 5 }, missed: 'all', overlap: 'allow', pauseAfter: 3, deleteAfterEnd: false },
  ...{ on: false, note: 'until the target is there' },
};

/** Rows of the command table that are about event triggers and their executions. */
export const triggerCommands = {
  'put-trigger': {
    subject: 'trigger',
    arguments: { ...eventTrigger, expectedVersion },
    summary: 'add an event trigger, or change the one of this id',
    effect:
      'Holds for every attempt that begins from now on. Another schedule counts from now: nothing that is past fires.',
    words: { verb: 'Put', button: 'Save', done: 'Saved' },
    example: { ...exampleTrigger, ...exampleTriggerInput, expectedVersion: 3 },
  },
  'put-triggers': {
    subject: 'triggers',
    arguments: {
      triggers: z
        .array(z.strictObject({ owner, triggerId, ...eventTrigger }))
        .min(1)
        .max(MOST_TRIGGERS)
        .describe('event triggers, as one alone is put'),
      atomic: z.boolean().exactOptional().describe('none is put unless all will do'),
    },
    summary: 'add or change many event triggers',
    effect: 'Each one is put as if alone; its result says which were refused, by their place from 1.',
    words: { verb: 'Import', button: 'Import', done: 'Imported' },
    example: { triggers: [{ ...exampleTrigger, ...exampleTriggerInput }], atomic: true },
  },
  'remove-trigger': {
    subject: 'trigger',
    arguments: {},
    danger: true,
    summary: 'delete an event trigger',
    effect: 'Executions that wait are canceled; the others stay as long as history is kept.',
    words: { verb: 'Delete', button: 'Delete', done: 'Deleted' },
    example: exampleTrigger,
  },
  'pause-trigger': {
    subject: 'trigger',
    arguments: {
      note: z.string().max(500).exactOptional().describe('why, for those who find it paused'),
    },
    summary: 'pause an event trigger',
    effect: 'Nothing is planned any more; what is under way goes on.',
    words: { verb: 'Pause', button: 'Pause', done: 'Paused' },
    example: { ...exampleTrigger, note: 'the target is being moved' },
  },
  'resume-trigger': {
    subject: 'trigger',
    arguments: {},
    summary: 'let a paused event trigger go on',
    effect: 'It fires at its next instant; nothing of the pause is made up for.',
    words: { verb: 'Resume', button: 'Resume', done: 'Resumed' },
    example: exampleTrigger,
  },
  'fire-trigger': {
    subject: 'trigger',
    arguments: {
      at: z
        .number()
        .int()
        .min(0)
        .exactOptional()
        .describe('planned instant that its target is told, ms; now by default'),
    },
    summary: 'deliver an event trigger now',
    effect: 'Makes an execution beside its schedule, with an epsilon from now, also of a paused trigger.',
    words: { verb: 'Fire', button: 'Fire now', done: 'Fired' },
    example: { ...exampleTrigger, at: 1_798_761_600_000 },
  },
  'test-trigger': {
    subject: 'trigger',
    arguments: {
      target: target.exactOptional().describe('where it goes instead; the trigger need not be there then'),
      payload: payload.exactOptional().describe('what is sent instead, any JSON'),
    },
    summary: 'try the target of an event trigger, or one that is not stored yet',
    effect:
      'Makes one attempt now, in an execution of its own. What comes of it says nothing about the trigger, and pauses nothing.',
    words: { verb: 'Test', button: 'Send a test now', done: 'Test sent' },
    example: { ...exampleTrigger, target: { url: 'https://example.com/hook' }, payload: { days: 7 } },
  },
  'resend-executions': {
    subject: 'trigger',
    arguments: {
      outcome: z.enum(lostOutcomes).exactOptional().describe('those that ended so; both when it is left out'),
      from: instant.describe('those due at this instant or later, ms'),
      to: instant.describe('those due before this instant, ms'),
      planHash: planHash.exactOptional(),
    },
    planned: true,
    summary: 'send again what executions of an event trigger did not deliver',
    effect:
      'Each message once, in an execution of its own with an epsilon from now; none that was delivered meanwhile, or is under way.',
    words: { verb: 'Send again what was lost of', button: 'Send again', done: 'Sent again' },
    example: {
      ...exampleTrigger,
      ...{ outcome: 'failed', from: 1_798_761_600_000, to: 1_798_765_200_000, planHash: '5f0d8e21c9a4b376' },
    },
  },
  'rotate-secret': {
    subject: 'trigger',
    arguments: {
      secret: z
        .string()
        .min(1)
        .max(500)
        .describe('what signs its messages, whsec_ and 24 to 64 bytes in Base64; sealed before it is stored'),
    },
    summary: 'sign the messages of an event trigger with another secret',
    effect: 'Attempts that begin from now on are signed with it; those before sign beside it for 24 hours.',
    words: { verb: 'New secret', button: 'Make a new secret', done: 'Changed' },
    example: { ...exampleTrigger, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  },
  'unsign-trigger': {
    subject: 'trigger',
    arguments: {},
    danger: true,
    summary: 'sign the messages of an event trigger no more',
    effect:
      'Attempts that begin from now on are not signed: receivers that check signatures refuse them. The secrets that signed are deleted.',
    words: { verb: 'Sign no more', button: 'Sign no more', done: 'Unsigned' },
    example: exampleTrigger,
  },
  'put-secret': {
    subject: 'triggers',
    arguments: {
      ...ownSecret,
      value: z.string().min(1).max(8_000).describe('the secret; sealed before it is stored'),
    },
    summary: 'store a secret that headers of event triggers may name, or change it',
    effect: 'Holds for every attempt that begins from now on, of all event triggers of the account.',
    words: { verb: 'Put a secret', button: 'Save', done: 'Saved' },
    example: { owner: 'local', secretName: 'billing', value: 'a token of the target' },
  },
  'remove-secret': {
    subject: 'triggers',
    arguments: ownSecret,
    danger: true,
    summary: 'delete a secret that headers of event triggers may name',
    effect: 'Event triggers whose headers name it fail from now on.',
    words: { verb: 'Delete the secret', button: 'Delete', done: 'Deleted' },
    example: { owner: 'local', secretName: 'billing' },
  },
  'resend-execution': {
    subject: 'uow',
    arguments: {},
    summary: 'send what an execution of an event trigger sent again',
    effect:
      'The same message of the same planned instant, in an execution of its own with an epsilon from now.',
    words: { verb: 'Send again', button: 'Send again', done: 'Sent again' },
    example: { uowId: 'Events:local/backup/20270101000000#1' },
  },
} as const;
