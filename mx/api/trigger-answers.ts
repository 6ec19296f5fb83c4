import { z } from 'zod';
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
