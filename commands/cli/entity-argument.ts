import { Argument } from 'commander';

/** What the journal and commands are asked for. */
export const entityArgument = (): Argument =>
  new Argument(
    '[entity]',
    'a job (`Process/timeperiod`), a unit of work (its id), a freerun entry (`Process:entry`) or a process; all when left out',
  );
