import { z } from 'zod';

/** What journal and commands may be asked for. */
export const entityQuery = z
  .string()
  .min(1)
  .max(300)
  .optional()
  .describe(
    'A job (`Process/timeperiod`), a unit of work (its id), a freerun entry (`Process:entry`) or a process.',
  );
