import { shiftedClock } from '../domain/clock.ts';
import type { Clock } from '../domain/clock.ts';
import type { Store } from '../db/store.ts';
import type { Settings } from '../settings.ts';

const FACT = 'clockOffset';

/** Remembers how far the scheduler at work has shifted the timetable's clock, for those who look at its jobs. */
export const keepClockOffset = (store: Pick<Store, 'putFact'>, { clockOffset }: Settings): Promise<void> =>
  store.putFact(FACT, clockOffset);

/** The clock of a command that reads the timetable: shifted as `asOf` says, else as the last scheduler's was, so that both see one timetable. */
export const lookersClock = async (
  store: Pick<Store, 'getFact'>,
  settings: Settings,
  clock: Clock,
): Promise<Clock> => {
  const kept = settings.asOf === undefined ? await store.getFact(FACT) : undefined;
  return shiftedClock(clock, typeof kept === 'number' ? kept : settings.clockOffset);
};
