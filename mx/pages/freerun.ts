import { z } from 'zod';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { FreerunView } from '../../scheduler/api/api.ts';
import { actionPath } from '../present/link.ts';
import { clockText, distanceText } from '../present/time-text.ts';
import { unitLine } from '../present/unit-line.ts';
import { definePage } from './page.ts';

/** Entries of one page. */
const PAGE = 100;

const line = (entry: FreerunView, now: number, timetableNow: number) => {
  const { processName, entryName, on } = entry;
  const key = { processName, entryName };
  const unit = entry.lastUow && unitLine(entry.lastUow, now);
  return {
    process: processName,
    entry: entryName,
    description: entry.description,
    on,
    trigger: entry.trigger,
    overlap: entry.overlap,
    origin: entry.origin,
    nextFires: entry.nextFires.map((at) => distanceText(at, timetableNow)),
    lastFired: entry.lastFiredAt === null ? undefined : clockText(entry.lastFiredAt),
    unit,
    arguments: JSON.stringify(entry.arguments, null, 2),
    links: {
      switch: actionPath('set-freerun', { ...key, on: String(!on) }),
      edit: actionPath('set-freerun', key),
      fire: actionPath('fire-freerun', key),
      /** Undefined for an entry of the context, which is removed there. */
      remove: entry.origin === 'user' ? actionPath('remove-freerun', key) : undefined,
      cancel: unit === undefined || unit.finished ? undefined : actionPath('cancel-uow', { uowId: unit.id }),
    },
  };
};

/** Freerun entries. `now` is real time, `timetableNow` that of triggers; ms. Pure. */
export const present = (
  entries: readonly FreerunView[],
  {
    now,
    timetableNow,
    after,
  }: { readonly now: number; readonly timetableNow: number; readonly after?: string },
) => {
  const shown = entries.slice(0, PAGE);
  const last = shown.at(-1);
  return {
    entries: shown.map((entry) => line(entry, now, timetableNow)),
    addHref: actionPath('add-freerun', {}),
    first: after === undefined ? undefined : '/freerun',
    next:
      entries.length > PAGE && last
        ? `/freerun?${new URLSearchParams({ after: entryKeyText(last.processName, last.entryName) }).toString()}`
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
