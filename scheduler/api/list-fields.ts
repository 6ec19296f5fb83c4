import { z } from 'zod';
import { triggerStates } from './trigger-view.ts';

const instant = z.iso
  .datetime({ offset: true, error: 'expected an instant such as 2026-05-17T10:00:00Z' })
  .transform((text) => Date.parse(text));

/** What the API and the command line list units of work by, beside names and states. */
export const uowListFields = {
  from: instant.describe('Those made at this instant or later, such as 2026-05-17T10:00:00Z.'),
  to: instant.describe('Those made before this instant.'),
  order: z
    .enum(['newest', 'oldest'])
    .describe('Which come first: the newest when left out, by state the oldest.'),
};

/** What the API and the command line choose executions of an event trigger by. */
export const executionFields = {
  from: instant.describe('Those due at this instant or later, such as 2026-05-17T10:00:00Z.'),
  to: instant.describe('Those due before this instant.'),
};

/** By which states the API, pages and the command line choose event triggers: one or several, with commas. */
export const triggerStateList = z
  .string()
  .max(100)
  .transform((text) => text.split(',').map((state) => state.trim()))
  .pipe(z.array(z.enum(triggerStates)))
  .describe(`Those that stand so: ${triggerStates.join(', ')}; several with commas between them.`);

/** In which order the API and the command line list the journal, commands and rejected reports. */
export const listOrder = z.enum(['newest', 'oldest']).describe('Which come first: the newest when left out.');
