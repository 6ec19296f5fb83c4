import { z } from 'zod';
import { LONGEST_TEXT } from '../../scheduler/commands/request.ts';
import type { JsonObject } from '../../domain/model/process.ts';

const name = z.string().min(1).max(200);
/** Made up by clients. */
export const commandId = z.string().min(8).max(100);
/** Made of two names, and an instant and a number or the id of a command. */
export const uowId = z.string().min(1).max(400);
// What was parsed from JSON holds JSON: only that it is an object remains to be seen.
const jsonObject = z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject>;

const common = {
  id: commandId
    .exactOptional()
    .describe('Made up by the client; a repetition with the same id changes nothing.'),
  reason: z
    .string({ error: 'say why: the reason goes into the journal' })
    .trim()
    .min(1, 'say why: the reason goes into the journal')
    .max(LONGEST_TEXT)
    .describe('Why; goes into the journal.'),
};
const job = { processName: name, timeperiod: z.string().length(10) };
const entry = { processName: name, entryName: name };
const schedule = z
  .string()
  .min(1, 'expected a schedule: every, at, cron or iso')
  .max(300)
  .describe('every 15m, at 08:00, cron 0 */2 * * *, iso R/…');

/** Overlap policies of a freerun entry. */
export const overlap = z
  .enum(['skip', 'buffer-one', 'allow', 'cancel-other'])
  .describe('What a firing does while the last unit of work is unfinished.');
/** What a freerun entry makes up for. */
export const missed = z
  .enum(['all', 'last', 'none'])
  .describe('Which firings are made up for that passed while nothing ran.');
const description = z.string().max(LONGEST_TEXT);
const plan = {
  ...job,
  planHash: z
    .string({ error: 'send the hash of the plan that was looked at: GET /jobs/{process}/{timeperiod}/plan' })
    .min(1)
    .max(200)
    .describe('Of the plan that was looked at; another one is refused with PLAN_CHANGED.'),
};

/** Every command there is, as the API takes it. Who asks is not for the client to say. */
export const commandSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('reprocess'),
    ...common,
    ...plan,
  }),
  z.strictObject({
    kind: z.literal('skip'),
    ...common,
    ...plan,
  }),
  z.strictObject({
    kind: z.literal('set-managed'),
    ...common,
    processName: name,
    on: z.boolean().exactOptional(),
    trigger: schedule.exactOptional(),
    arguments: jsonObject.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('fire-managed'), ...common, processName: name }),
  z.strictObject({
    kind: z.literal('add-freerun'),
    ...common,
    ...entry,
    trigger: schedule,
    arguments: jsonObject.exactOptional(),
    overlap: overlap.exactOptional(),
    missed: missed.exactOptional(),
    description: description.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('set-freerun'),
    ...common,
    ...entry,
    on: z.boolean().exactOptional(),
    trigger: schedule.exactOptional(),
    arguments: jsonObject.exactOptional(),
    overlap: overlap.exactOptional(),
    missed: missed.exactOptional(),
    description: description.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('remove-freerun'), ...common, ...entry }),
  z.strictObject({ kind: z.literal('fire-freerun'), ...common, ...entry }),
  z.strictObject({ kind: z.literal('cancel-uow'), ...common, uowId }),
  z.strictObject({ kind: z.literal('release-uow'), ...common, uowId }),
]);

/** A command as a client sends it. */
export type CommandInput = z.infer<typeof commandSchema>;

/** Kinds that have a dialog: all of them. */
export const commandKinds = [
  'reprocess',
  'skip',
  'set-managed',
  'fire-managed',
  'add-freerun',
  'set-freerun',
  'remove-freerun',
  'fire-freerun',
  'cancel-uow',
  'release-uow',
] as const;
