import { z } from 'zod';
import type { CommandRecord, TransitionRecord } from '../../domain/model/record.ts';
import { commandLine } from '../present/command-line.ts';
import { qualifiersOf } from '../present/job-chip.ts';
import type { Qualifiers } from '../present/job-chip.ts';
import { withQuery } from '../present/link.ts';
import { countOf } from '../present/number-text.ts';
import { pagerOf, readPage } from '../present/pager.ts';
import type { Turned } from '../present/pager.ts';
import { byDay, transitionLine } from '../present/transition-line.ts';
import { definePage } from './page.ts';

/** Rows and commands of one page. */
const ROWS = 100;
const COMMANDS = 50;

/** What was asked for, and how timeperiods are to be read. */
interface JournalQuery {
  readonly entity?: string | undefined;
  readonly qualifiers: Qualifiers;
}

/** A page of transitions and the latest commands, newest first. Pure. */
export const present = (
  rows: Turned<TransitionRecord>,
  commands: readonly CommandRecord[],
  { entity, qualifiers }: JournalQuery,
) => {
  return {
    days: byDay(rows.rows.map((row) => transitionLine(row, qualifiers))),
    entity,
    pager: pagerOf(
      rows,
      ({ sequence }) => sequence,
      (turn) => withQuery('/journal', { entity, ...turn }),
    ),
    commands: commands.slice(0, COMMANDS).map(commandLine),
    commandCap:
      commands.length > COMMANDS
        ? `the latest ${countOf(COMMANDS, 'command')}; the API has them all`
        : undefined,
  };
};

const place = z.coerce.number().int().min(1).optional();

export const journalPage = definePage({
  path: '/journal',
  nav: { label: 'Journal', icon: 'journal' },
  query: z.strictObject({ entity: z.string().max(400).optional(), before: place, after: place }),
  open: async ({ api }, { entity, ...turn }) => {
    const about = entity === undefined ? {} : { entityId: entity };
    const [rows, commands] = await Promise.all([
      readPage(turn, ROWS, (order, cursor, limit) =>
        api.journal({ ...about, order, ...(cursor !== undefined && { after: cursor }), limit }),
      ),
      api.commands(COMMANDS + 1, entity === undefined ? {} : { entity }),
    ]);
    return {
      view: 'journal',
      title: 'Journal',
      model: present(rows, commands, { entity, qualifiers: qualifiersOf(api.trees()) }),
    };
  },
});
