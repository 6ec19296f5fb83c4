import type { FreerunView } from '../../scheduler/api/api.ts';
import { nothing } from '../http/input.ts';
import { actionPath } from '../present/link.ts';
import { clockText, distanceText } from '../present/time-text.ts';
import type { TimeText } from '../present/time-text.ts';
import { unitLine } from '../present/unit-line.ts';
import type { UnitLine } from '../present/unit-line.ts';
import { definePage } from './page.ts';

interface EntryLine {
  readonly process: string;
  readonly entry: string;
  readonly description: string;
  readonly on: boolean;
  readonly trigger: string;
  readonly overlap: string;
  readonly origin: string;
  readonly nextFires: readonly TimeText[];
  readonly lastFired: TimeText | undefined;
  readonly unit: UnitLine | undefined;
  readonly arguments: string;
  readonly links: {
    readonly switch: string;
    readonly edit: string;
    readonly fire: string;
    /** Undefined for an entry of the context, which is removed there. */
    readonly remove: string | undefined;
    readonly cancel: string | undefined;
  };
}

/** What the page of freerun entries shows. */
export interface FreerunModel {
  readonly entries: readonly EntryLine[];
  readonly addHref: string;
}

const line = (entry: FreerunView, now: number, timetableNow: number): EntryLine => {
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
      remove: entry.origin === 'user' ? actionPath('remove-freerun', key) : undefined,
      cancel: unit === undefined || unit.finished ? undefined : actionPath('cancel-uow', { uowId: unit.id }),
    },
  };
};

/** Freerun entries. `now` is real time, `timetableNow` that of triggers; ms. Pure. */
export const present = (
  entries: readonly FreerunView[],
  now: number,
  timetableNow: number,
): FreerunModel => ({
  entries: entries.map((entry) => line(entry, now, timetableNow)),
  addHref: actionPath('add-freerun', {}),
});

export const freerunPage = definePage({
  path: '/freerun',
  nav: { label: 'Freerun', icon: 'freerun' },
  params: nothing,
  query: nothing,
  open: async ({ api, clock, timetableClock }) => ({
    view: 'freerun',
    title: 'Freerun',
    model: present(await api.freerun(), clock.now(), timetableClock.now()),
  }),
});
