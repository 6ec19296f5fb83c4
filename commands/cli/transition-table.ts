import type { TransitionRecord } from '../../domain/model/record.ts';
import { instantText, printTable } from '../../lib/terminal/output.ts';

/** Prints rows of the journal of one job, unit of work or freerun entry, as a table. */
export const printTransitions = (transitions: readonly TransitionRecord[]): Promise<void> =>
  printTable(
    ['at', 'version', 'event', 'from', 'to', 'actor', 'reason'],
    transitions.map(({ at, version, event, from, to, actor, reason }) => [
      instantText(at),
      version,
      event,
      from ?? '-',
      to,
      actor,
      reason ?? '-',
    ]),
    'no transition yet',
  );
