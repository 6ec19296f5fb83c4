import { z } from 'zod';

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

/** In which order the API and the command line list the journal, commands and rejected reports. */
export const listOrder = z.enum(['newest', 'oldest']).describe('Which come first: the newest when left out.');
