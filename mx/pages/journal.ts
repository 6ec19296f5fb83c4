import { z } from 'zod';
import type { CommandRecord, TransitionRecord } from '../../domain/model/record.ts';
import { commandId } from '../../scheduler/commands/command-table.ts';
import { commandLine } from '../present/command-line.ts';
import { qualifiersOf } from '../present/job-chip.ts';
import type { Qualifiers } from '../present/job-chip.ts';
import { withQuery } from '../present/link.ts';
import { pagerOf, readPage } from '../present/pager.ts';
import type { Turn, Turned } from '../present/pager.ts';
import { byDay, transitionLine } from '../present/transition-line.ts';
import { definePage } from './page.ts';

/** Rows and commands of one page. */
const ROWS = 100;
const COMMANDS = 50;

/** Which pages of its two lists are looked at. */
interface JournalTurns {
  readonly rows: Turn<number>;
  readonly commands: Turn<string>;
}

/** What was asked for, and how timeperiods are to be read. */
interface JournalQuery {
  readonly entity?: string | undefined;
  readonly qualifiers: Qualifiers;
  readonly turns: JournalTurns;
}

/** A page of transitions and one of commands, newest first. Pure. */
export const present = (
  rows: Turned<TransitionRecord>,
  commands: Turned<CommandRecord>,
  { entity, qualifiers, turns }: JournalQuery,
) => {
  const hrefOf = ({ rows, commands }: JournalTurns): string =>
    withQuery('/journal', {
      entity,
      ...rows,
      commandsBefore: commands.before,
      commandsAfter: commands.after,
    });
  return {
    days: byDay(rows.rows.map((row) => transitionLine(row, qualifiers))),
    entity,
    pager: pagerOf(
      rows,
      ({ sequence }) => sequence,
      (turn) => hrefOf({ ...turns, rows: turn }),
    ),
    commands: commands.rows.map(commandLine),
    commandPager: pagerOf(
      commands,
      ({ id }) => id,
      (turn) => hrefOf({ ...turns, commands: turn }),
    ),
  };
};

const place = z.coerce.number().int().min(1).optional();

export const journalPage = definePage({
  path: '/journal',
  nav: { label: 'Journal', icon: 'journal' },
  query: z.strictObject({
    entity: z.string().max(400).optional(),
    before: place,
    after: place,
    commandsBefore: commandId.optional(),
    commandsAfter: commandId.optional(),
  }),
  open: async ({ api }, { entity, before, after, commandsBefore, commandsAfter }) => {
    const turns = { rows: { before, after }, commands: { before: commandsBefore, after: commandsAfter } };
    const [rows, commands] = await Promise.all([
      readPage(turns.rows, ROWS, (order, cursor, limit) =>
        api.journal({
          ...(entity !== undefined && { entityId: entity }),
          ...(cursor !== undefined && { after: cursor }),
          order,
          limit,
        }),
      ),
      readPage(turns.commands, COMMANDS, (order, cursor, limit) =>
        api.commands(limit, {
          ...(entity !== undefined && { entity }),
          ...(cursor !== undefined && { after: cursor }),
          order,
        }),
      ),
    ]);
    return {
      view: 'journal',
      title: 'Journal',
      model: present(rows, commands, { entity, qualifiers: qualifiersOf(api.trees()), turns }),
    };
  },
});
