import { z } from 'zod';
import type { CommandRecord, TransitionRecord } from '../../domain/model/record.ts';
import { changeText, refusalText } from '../present/command-text.ts';
import { qualifiersOf } from '../present/job-chip.ts';
import type { Qualifiers } from '../present/job-chip.ts';
import { countOf } from '../present/number-text.ts';
import { clockText } from '../present/time-text.ts';
import { transitionLine } from '../present/transition-line.ts';
import type { TransitionLine } from '../present/transition-line.ts';
import { definePage } from './page.ts';

/** Rows of one page. */
const PAGE = 100;
const MAX_COMMANDS = 50;

const glyphs: Readonly<Record<CommandRecord['state'], string>> = {
  open: 'requested',
  done: 'processed',
  refused: 'invalid',
};

const subjectOf = ({ arguments: given }: CommandRecord): string =>
  [given['processName'], given['entryName'], given['timeperiod'], given['uowId']]
    .filter((part) => typeof part === 'string')
    .join(' ');

const commandLine = (record: CommandRecord) => ({
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
  actor: record.actor,
  reason: record.reason ?? undefined,
});

const pathTo = (filter: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(filter).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return given.length === 0
    ? '/journal'
    : `/journal?${new URLSearchParams(Object.fromEntries(given)).toString()}`;
};

const byDay = (rows: readonly TransitionLine[]) => {
  const days = new Map<string, TransitionLine[]>();
  for (const row of rows) {
    const day = row.at.iso.slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), row]);
  }
  return [...days].map(([day, inDay]) => ({ day, rows: inDay }));
};

/** What was asked for, and how timeperiods are to be read. */
interface JournalQuery {
  readonly entity?: string | undefined;
  readonly before?: number | undefined;
  readonly qualifiers: Qualifiers;
}

/** A page of transitions and the latest commands, newest first. Pure. */
export const present = (
  rows: readonly TransitionRecord[],
  commands: readonly CommandRecord[],
  { entity, before, qualifiers }: JournalQuery,
) => {
  const shown = rows.slice(0, PAGE);
  const last = shown.at(-1);
  return {
    days: byDay(shown.map((row) => transitionLine(row, qualifiers))),
    entity,
    older: rows.length > PAGE && last ? pathTo({ entity, before: String(last.sequence) }) : undefined,
    newest: before === undefined ? undefined : pathTo({ entity }),
    commands: commands.slice(0, MAX_COMMANDS).map(commandLine),
    commandCap:
      commands.length > MAX_COMMANDS
        ? `the latest ${countOf(MAX_COMMANDS, 'command')}; the API has them all`
        : undefined,
  };
};

export const journalPage = definePage({
  path: '/journal',
  nav: { label: 'Journal', icon: 'journal' },
  query: z.strictObject({
    entity: z.string().max(400).optional(),
    before: z.coerce.number().int().min(1).optional(),
  }),
  open: async ({ api }, { entity, before }) => {
    const filter = {
      ...(entity !== undefined && { entityId: entity }),
      ...(before !== undefined && { before }),
    };
    const [rows, commands] = await Promise.all([
      api.journal({ ...filter, limit: PAGE + 1 }),
      api.commands(MAX_COMMANDS + 1, entity === undefined ? {} : { entity }),
    ]);
    return {
      view: 'journal',
      title: 'Journal',
      model: present(rows, commands, { entity, before, qualifiers: qualifiersOf(api.trees()) }),
    };
  },
});
