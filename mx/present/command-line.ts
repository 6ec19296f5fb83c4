import type { CommandRecord } from '../../domain/model/record.ts';
import { actorText } from './actor-text.ts';
import { changeText, refusalText } from './command-text.ts';
import { clockText } from './time-text.ts';

const glyphs: Readonly<Record<CommandRecord['state'], string>> = {
  open: 'requested',
  done: 'processed',
  refused: 'invalid',
};

const subjectOf = ({ arguments: given }: CommandRecord): string =>
  [given['processName'], given['entryName'], given['timeperiod'], given['uowId']]
    .filter((part) => typeof part === 'string')
    .join(' ');

/** A command that a user gave. */
export const commandLine = (record: CommandRecord) => ({
  id: record.id,
  at: clockText(record.createdAt),
  kind: record.kind,
  state: record.state,
  glyph: glyphs[record.state],
  subject: subjectOf(record),
  /** What was to change: `off`, `trigger every 7m`. */
  change: changeText(record),
  /** Why it was refused, or did nothing. */
  refusal: refusalText(record),
  actor: actorText(record.actor),
  reason: record.reason ?? undefined,
});
