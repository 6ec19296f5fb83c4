import { z } from 'zod';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { CommandRecord, TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import type { MissedPolicy, OverlapPolicy } from '../../domain/model/process.ts';
import { explain } from '../../domain/schedule/explain.ts';
import { scheduleOf } from '../../domain/schedule/schedule.ts';
import type { EntryView } from '../../scheduler/api/api.ts';
import { uowId } from '../../scheduler/commands/command-table.ts';
import { commandLine } from '../present/command-line.ts';
import { entryLinks } from '../present/entry-links.ts';
import { entryPath, journalPath, withQuery } from '../present/link.ts';
import { pagerOf, readPage } from '../present/pager.ts';
import type { Turn, Turned } from '../present/pager.ts';
import { entryLook } from '../present/state-look.ts';
import { clockText, distanceText, secondText } from '../present/time-text.ts';
import { byDay, transitionLine } from '../present/transition-line.ts';
import { unitLine } from '../present/unit-line.ts';
import { workerText } from '../present/worker-text.ts';
import { definePage } from './page.ts';

/** Units of work, rows of the journal and commands of one page. */
const UNITS = 50;
const ROWS = 50;
const COMMANDS = 5;

const overlapTexts: Readonly<Record<OverlapPolicy, string>> = {
  skip: 'skip: no firing while the last unit is unfinished',
  'buffer-one': 'buffer-one: one firing waits for the end of the last unit',
  allow: 'allow: units run beside each other',
  'cancel-other': 'cancel-other: a firing cancels the last unit',
};

const missedTexts: Readonly<Record<MissedPolicy, string>> = {
  all: 'all: each missed firing is made up for',
  last: 'last: one firing makes up for all that were missed',
  none: 'none: missed firings are left out',
};

const facts = (entry: EntryView, timetableNow: number) => [
  {
    label: 'Schedule',
    value: `${entry.trigger}: ${explain(scheduleOf(entry.trigger), timetableNow).words}`,
  },
  {
    label: 'Worker',
    value: entry.worker === null ? 'none: the context has the process no more' : workerText(entry.worker),
  },
  { label: 'Overlap', value: overlapTexts[entry.overlap] },
  { label: 'Missed', value: missedTexts[entry.missed] },
  { label: 'From', value: entry.origin === 'context' ? 'the context' : 'a user' },
  { label: 'Last fired', value: entry.lastFiredAt === null ? 'never' : clockText(entry.lastFiredAt).full },
  { label: 'Created', value: clockText(entry.createdAt).full },
];

/** What was read for the page. */
export interface EntryData {
  readonly entry: EntryView;
  readonly units: Turned<UowRecord>;
  readonly history: Turned<TransitionRecord>;
  readonly commands: readonly CommandRecord[];
}

/** Which pages of its two lists are looked at. */
interface EntryQuery {
  readonly units: Turn<string>;
  readonly history: Turn<number>;
}

/** A freerun entry, its units of work and what happened to it. `now` is real time, `timetableNow` that of triggers; ms. Pure. */
export const present = (
  { entry, units, history, commands }: EntryData,
  turns: EntryQuery,
  { now, timetableNow }: { readonly now: number; readonly timetableNow: number },
) => {
  const { processName, entryName, on, removed } = entry;
  const name = entryKeyText(processName, entryName);
  const hrefOf = ({ units, history }: EntryQuery): string =>
    withQuery(entryPath(entry), {
      unitsBefore: units.before,
      unitsAfter: units.after,
      before: history.before,
      after: history.after,
    });
  return {
    name,
    description: entry.description,
    on,
    removed,
    look: entryLook(entry),
    facts: facts(entry, timetableNow),
    arguments: JSON.stringify(entry.arguments, null, 2),
    nextFires: entry.nextFires.map((at) => distanceText(at, timetableNow)),
    links: removed ? undefined : entryLinks(entry),
    units: units.rows.map((uow) => ({ ...unitLine(uow, now), planned: secondText(uow.timeperiod) })),
    unitPager: pagerOf(
      units,
      ({ id }) => id,
      (turn) => hrefOf({ ...turns, units: turn }),
    ),
    days: byDay(history.rows.map((row) => transitionLine(row, new Map()))),
    historyPager: pagerOf(
      history,
      ({ sequence }) => sequence,
      (turn) => hrefOf({ ...turns, history: turn }),
    ),
    commands: commands.map(commandLine),
    /** Of the entry and its units in one list, with all commands. */
    journalHref: journalPath(name),
  };
};

const place = z.coerce.number().int().min(1).exactOptional();

export const entryPage = definePage({
  path: '/freerun/:processName/:entryName',
  params: z.strictObject({ processName: z.string(), entryName: z.string() }),
  query: z.strictObject({
    unitsBefore: uowId.exactOptional(),
    unitsAfter: uowId.exactOptional(),
    before: place,
    after: place,
  }),
  open: async (
    { api, clock, timetableClock },
    { processName, entryName, unitsBefore, unitsAfter, before, after },
  ) => {
    const key = { processName, entryName };
    const entityId = entryKeyText(processName, entryName);
    const turns = { units: { before: unitsBefore, after: unitsAfter }, history: { before, after } };
    const entry = await api.freerunEntry(key);
    const [units, history, commands] = await Promise.all([
      readPage(turns.units, UNITS, (order, cursor, limit) =>
        api.uows({ ...key, order, ...(cursor !== undefined && { after: cursor }), limit }),
      ),
      readPage(turns.history, ROWS, (order, cursor, limit) =>
        api.journal({ entityId, own: true, order, ...(cursor !== undefined && { after: cursor }), limit }),
      ),
      api.commands(COMMANDS, { entity: entityId }),
    ]);
    return {
      view: 'entry',
      title: entityId,
      model: present({ entry, units, history, commands }, turns, {
        now: clock.now(),
        timetableNow: timetableClock.now(),
      }),
    };
  },
});
