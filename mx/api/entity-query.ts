import { uowId } from '../../scheduler/commands/command-table.ts';

/** What journal and commands may be asked for. */
export const entityQuery = uowId
  .optional()
  .describe(
    'A job (`Process/timeperiod`), a unit of work (its id), a freerun entry (`Process:entry`) or a process.',
  );
