import { z } from 'zod';
import { executionOccasions, executionStates } from '../../domain/event/execution.ts';
import { eventFormats, eventOverlaps, triggerOrigins } from '../../domain/event/trigger.ts';
import { missedPolicies } from '../../domain/model/process.ts';
import { triggerStates } from '../../scheduler/api/trigger-view.ts';
import { logLine } from './answers.ts';
import { lostOutcomes } from '../../domain/event/resend.ts';
import { scheduleParts } from '../../domain/schedule/recurrence.ts';

const text = z.string();
const whole = z.number().int();
const instant = whole.describe('Milliseconds since 1970.');

/** What the schedule of an event trigger means. */
export const triggerPreview = z
  .object({
    schedule: text,
    epsilon: whole.describe('How late a delivery may begin, ms.'),
    words: text.describe('Sentences: when it fires, and how late that may begin.'),
    warnings: z.array(
      z.object({
        part: z.enum(scheduleParts).describe('What it is about.'),
        text: text.describe('A sentence.'),
      }),
    ),
    next: z.array(instant),
  })
  .meta({ id: 'TriggerPreview' });

/** What sending lost messages of an event trigger again would send. */
export const resendPlan = z
  .object({
    trigger: text.describe('`owner/id`.'),
    target: text.describe('Where they go.'),
    outcome: z.enum(lostOutcomes).optional(),
    from: instant,
    to: instant.describe('Goes into the command, as `from` does.'),
    count: whole.describe('Messages.'),
    oldest: instant.nullable().describe('Planned instant of the oldest one.'),
    newest: instant.nullable(),
    hash: text.describe('Goes into the command: another plan is refused with PLAN_CHANGED.'),
  })
  .meta({ id: 'ResendPlan' });

const textOrNull = text.nullable();
const instantOrNull = instant.nullable();

const executionFields = {
  id: text,
  trigger: text.describe('`owner/id`.'),
  outcome: z.enum(executionStates),
  at: instant.describe('The planned instant, which its target is told.'),
  due: instant.describe(
    'From which its epsilon counts: the planned one, or that at which a user asked for it.',
  ),
  occasion: z.enum(executionOccasions),
  message: text.describe('Id of the message, the same in all attempts.'),
  first: text.describe('The execution that sent this message first.'),
  attempt: whole,
  startedAt: instantOrNull.describe('Of the latest attempt.'),
  finishedAt: instantOrNull,
  retryAt: instantOrNull.describe('When it is tried again.'),
  error: textOrNull,
};
export const execution = z.object(executionFields).meta({ id: 'Execution' });

export const executionView = z
  .object({
    ...executionFields,
    attempts: z
      .array(
        z.object({
          number: whole,
          at: instant,
          request: text,
          headers: text.describe('A line each; of tests, and of attempts that were not delivered.'),
          answer: text,
          body: text.describe('Its beginning.'),
        }),
      )
      .describe('The latest first, as far as its log is kept.'),
    log: z.array(logLine).describe('What was captured; the first 1,000 lines.'),
  })
  .meta({ id: 'ExecutionView' });

const triggerFields = {
  owner: text,
  id: text,
  name: text,
  description: text,
  labels: z.record(text, text),
  state: z.enum(triggerStates),
  schedule: text,
  epsilon: whole.describe('How late a delivery may begin, ms.'),
  target: z.looseObject({
    url: text,
    method: text,
    headers: z.record(text, text),
    format: z.enum(eventFormats),
  }),
  retry: z.object({ attempts: whole, delay: whole, maxDelay: whole }),
  missed: z.enum(missedPolicies),
  overlap: z.enum(eventOverlaps),
  pauseAfter: whole.nullable().describe('Failures in a row after which it is paused; null: never.'),
  on: z.boolean(),
  note: textOrNull.describe('Why it is paused.'),
  secret: textOrNull.describe('Fingerprint of the secret that signs its messages.'),
  revision: whole,
  armedAt: instant.describe('Firings after it count.'),
  endedAt: instantOrNull,
  deleteAfterEnd: z.boolean(),
  origin: z.enum(triggerOrigins).describe('Of the context: what that says of it holds again at each start.'),
  createdAt: instant,
  updatedAt: instant,
};
export const trigger = z
  .object({
    ...triggerFields,
    next: instantOrNull.describe('Its next firing.'),
    last: execution.nullable().describe('Its last execution.'),
  })
  .meta({ id: 'Trigger' });

export const triggerView = z
  .object({
    ...triggerFields,
    payload: z.json(),
    nextFires: z.array(instant).describe('At most ten.'),
    counts: z
      .object(Object.fromEntries([...executionStates, 'total'].map((name) => [name, whole])))
      .describe('How its newest executions stand, 1,000 at most.'),
  })
  .meta({ id: 'TriggerView' });

/** What became of JSON lines. */
export const imported = z
  .object({
    created: whole,
    changed: whole,
    unchanged: whole,
    refused: z.array(z.object({ line: whole.describe('From 1.'), code: text, message: text })),
  })
  .meta({ id: 'Imported' });
