import { isUowFinished } from '../machine/transition.ts';
import type { FreerunEntryRecord, UowRecord } from '../model/record.ts';
import { isQuarantined } from '../timetable/standing.ts';
import { runsBeside } from './overlap.ts';

/** What the scheduler knows of a freerun entry. */
export interface LiveEntry {
  readonly record: FreerunEntryRecord;
  /** Planned instants of firings to be made up for one after another, oldest first; ms. */
  readonly missed: readonly number[];
  /**
   * Of its last unit, which the record names: `ended` once a report said so; `doubtful` while there may be a unit that the
   * record does not name, since the scheduler that fired died or the store did not answer; else `open`.
   */
  readonly unit: 'open' | 'ended' | 'doubtful';
}

/** What happens to an entry and may make it fire. */
export type FiringRequest =
  /** An instant of its schedule has come, or is about to. */
  | { readonly kind: 'due'; readonly at: number }
  /** A user asks for a firing. */
  | { readonly kind: 'by-hand'; readonly commandId: string }
  /** Its last unit may have ended, and a firing may wait for that. */
  | { readonly kind: 'unit-ended' };

/** Whether a firing waits for the end of the last unit. */
export const isWaiting = ({ record, missed }: LiveEntry): boolean => record.buffered || missed.length > 0;

/** Whether nothing is known to be in the way of the next firing, which may then be prepared ahead of its instant. */
export const isFree = (entry: LiveEntry): boolean => {
  const { record, unit } = entry;
  if (isWaiting(entry) || unit === 'doubtful') return false;
  return unit === 'ended' || record.relatedUow === null || runsBeside(record.overlap);
};

/** Ended, or for a person to release or cancel: a firing that waits for its end may follow. */
export const hasEndedOrIsHeld = (uow: Pick<UowRecord, 'state' | 'retryAt'>): boolean =>
  isUowFinished(uow.state) || isQuarantined(uow);

/** The entry after a report on a unit of work. */
export const afterReport = (entry: LiveEntry, uow: Pick<UowRecord, 'id' | 'state'>): LiveEntry =>
  entry.unit === 'open' && uow.id === entry.record.relatedUow && isUowFinished(uow.state)
    ? { ...entry, unit: 'ended' }
    : entry;

/** The entry after the clock was set back to `now`, ms: what it was seen to or missed later than that comes again by itself. */
export const afterSetBack = (entry: LiveEntry, now: number): LiveEntry => {
  const { record } = entry;
  const missed = entry.missed.filter((at) => at <= now);
  return {
    ...entry,
    missed,
    record: (record.seenUntil ?? now) > now ? { ...record, seenUntil: now } : record,
  };
};
