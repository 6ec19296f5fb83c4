import type { TransitionRecord } from '../../domain/model/record.ts';
import { instantText, printTable } from '../../lib/terminal/output.ts';

const titles = { sequence: 'sequence', entityId: 'of' } as const;

/** Prints rows of the journal as a table; `besides`: what there is to tell when they are not of one entity. */
export const printTransitions = (
  transitions: readonly TransitionRecord[],
  besides: readonly ('sequence' | 'entityId')[] = [],
): Promise<void> =>
  printTable(
    [...besides.map((field) => titles[field]), 'at', 'version', 'event', 'from', 'to', 'actor', 'reason'],
    transitions.map(({ at, version, event, from, to, actor, reason, ...row }) => [
      ...besides.map((field) => row[field]),
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
