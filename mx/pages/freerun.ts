import type { FreerunView } from '../../scheduler/api/api.ts';
import { actionPath } from '../present/link.ts';
import { clockText, distanceText } from '../present/time-text.ts';
import { unitLine } from '../present/unit-line.ts';
import { definePage } from './page.ts';

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
export const present = (entries: readonly FreerunView[], now: number, timetableNow: number) => ({
  entries: entries.map((entry) => line(entry, now, timetableNow)),
  addHref: actionPath('add-freerun', {}),
});

export const freerunPage = definePage({
  path: '/freerun',
  nav: { label: 'Freerun', icon: 'freerun' },
  open: async ({ api, clock, timetableClock }) => ({
    view: 'freerun',
    title: 'Freerun',
    model: present(await api.freerun(), clock.now(), timetableClock.now()),
  }),
});
