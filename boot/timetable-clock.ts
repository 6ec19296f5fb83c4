import { shiftedClock } from '../domain/clock.ts';
import { getFact, putFact } from '../db/collections.ts';
import type { FactStore } from '../db/collections.ts';
import type { Clock } from '../domain/clock.ts';
import type { Settings } from '../settings.ts';

const FACT = 'clockOffset';

/** Remembers how far the scheduler at work has shifted the timetable's clock, for those who look at its jobs. */
export const keepClockOffset = (store: FactStore, { clockOffset }: Settings): Promise<void> =>
  putFact(store, FACT, clockOffset);

/** The clock of a command that reads the timetable: shifted as `asOf` says, else as the last scheduler's was, so that both see one timetable. */
export const readerClock = async (store: FactStore, settings: Settings, clock: Clock): Promise<Clock> => {
  const kept = settings.asOf === undefined ? await getFact(store, FACT) : undefined;
  return shiftedClock(clock, typeof kept === 'number' ? kept : settings.clockOffset);
};
