import { z } from 'zod';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { FreerunView } from '../../scheduler/api/api.ts';
import { entryLinks } from '../present/entry-links.ts';
import { actionPath, entryPath, withQuery } from '../present/link.ts';
import { clockText, distanceText } from '../present/time-text.ts';
import { unitLine } from '../present/unit-line.ts';
import { definePage } from './page.ts';

/** Entries of one page. */
const PAGE = 100;

const line = (entry: FreerunView, now: number, timetableNow: number) => {
  const [next] = entry.nextFires;
  const { switch: toggle, fire } = entryLinks(entry);
  return {
    process: entry.processName,
    entry: entry.entryName,
    href: entryPath(entry),
    description: entry.description,
    on: entry.on,
    trigger: entry.trigger,
    next: next === undefined ? undefined : distanceText(next, timetableNow),
    lastFired: entry.lastFiredAt === null ? undefined : clockText(entry.lastFiredAt),
    unit: entry.lastUow && unitLine(entry.lastUow, now),
    links: { switch: toggle, fire },
  };
};

/** Freerun entries by their processes. `now` is real time, `timetableNow` that of triggers; ms. Pure. */
export const present = (
  entries: readonly FreerunView[],
  {
    now,
    timetableNow,
    after,
  }: { readonly now: number; readonly timetableNow: number; readonly after?: string },
) => {
  const shown = entries.slice(0, PAGE).map((entry) => line(entry, now, timetableNow));
  const last = shown.at(-1);
  return {
    groups: [...new Set(shown.map(({ process }) => process))].map((process) => ({
      process,
      entries: shown.filter((entry) => entry.process === process),
    })),
    addHref: actionPath('add-freerun', {}),
    first: after === undefined ? undefined : '/freerun',
    next:
      entries.length > PAGE && last
        ? withQuery('/freerun', { after: entryKeyText(last.process, last.entry) })
        : undefined,
  };
};

export const freerunPage = definePage({
  path: '/freerun',
  nav: { label: 'Freerun', icon: 'freerun' },
  query: z.strictObject({ after: z.string().max(400).exactOptional() }),
  open: async ({ api, clock, timetableClock }, page) => ({
    view: 'freerun',
    title: 'Freerun',
    model: present(await api.freerun({ ...page, limit: PAGE + 1 }), {
      ...page,
      now: clock.now(),
      timetableNow: timetableClock.now(),
    }),
  }),
});
