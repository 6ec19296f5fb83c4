import { getFact, putFact } from '../db/collections.ts';
import type { FactStore } from '../db/collections.ts';
import { SynergyError } from '../domain/errors.ts';
import { current, increment, toInterval } from '../domain/time/timeperiod.ts';
import type { Timeperiod } from '../domain/time/timeperiod.ts';
import type { Settings } from '../settings.ts';

const FACT = 'startTimeperiod';

/** The first hour of yesterday: the last day that is over, so that there is something to see at once. */
const byDefault = (now: number): Timeperiod => increment('daily', current('daily', now), -1);

/** First hour that the store was begun with; undefined before a scheduler was there. */
export const keptStartTimeperiod = async (store: FactStore): Promise<Timeperiod | undefined> =>
  (await getFact(store, FACT)) as Timeperiod | undefined;

/**
 * First hour of the timetable: as asked for, else as the store was begun with, else the first hour of yesterday.
 * Starting earlier than before grows the trees backwards; starting later would orphan jobs. `now` is timetable time, ms.
 * Throws `INVALID_SETTING` for that, and where a run is to finish all periods before an instant and the first one begins
 * after it.
 */
export const startTimeperiod = async (
  store: FactStore,
  { startTimeperiod: asked, until }: Pick<Settings, 'startTimeperiod' | 'until'>,
  now: number,
): Promise<Timeperiod> => {
  const begun = await keptStartTimeperiod(store);
  if (asked !== undefined && begun !== undefined && asked > begun) {
    throw new SynergyError(
      'INVALID_SETTING',
      `setting 'startTimeperiod': this store was begun with ${begun}, given ${asked}: expected the same or an earlier hour, another dataDir, or 'synergy db reset'`,
    );
  }
  const start = asked ?? begun ?? byDefault(now);
  if (until === undefined || toInterval('hourly', start).start <= until) return start;
  throw new SynergyError(
    'INVALID_SETTING',
    `setting 'startTimeperiod': nothing is to be done until ${new Date(until).toISOString()}, since the timetable begins later, with ${start}: expected an hour before, or a later --as-of`,
  );
};

/** Remembers the first hour for later starts. */
export const keepStartTimeperiod = (store: FactStore, timeperiod: Timeperiod): Promise<void> =>
  putFact(store, FACT, timeperiod);
