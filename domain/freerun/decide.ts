import type { FreerunEntryRecord, UowRecord } from '../model/record.ts';
import { isRetrying } from '../timetable/standing.ts';
import { hasEndedOrIsHeld } from './entry.ts';
import type { LiveEntry } from './entry.ts';
import type { Firing } from './firing.ts';
import { ruleOverlap } from './overlap.ts';
import type { OverlapRuling } from './overlap.ts';

/** The units of work that decide about a firing, as the store has them. */
export interface FiringUnits {
  /** Of the firing itself, when it was carried out already. */
  readonly own: UowRecord | undefined;
  /** The last one of the entry. */
  readonly last: UowRecord | undefined;
}

/** What becomes of a firing, and the entry once that is done. */
export type FiringDecision = { readonly entry: LiveEntry } & (
  | {
      readonly do: 'fire' | 'cancel-and-fire';
      /** Its unit has been written before. */
      readonly isWritten: boolean;
      /** The unit to cancel first. */
      readonly cancels: UowRecord | undefined;
    }
  | Exclude<OverlapRuling, { do: 'fire' | 'cancel-and-fire' }>
  /** Its turn comes when the last unit has ended. */
  | { readonly do: 'wait' }
);

/** Whether nothing that the store may tell would change the decision, so that it need not be asked. */
export const isClear = ({ unit }: LiveEntry, { mayExist }: Firing): boolean => unit === 'ended' && !mayExist;

/** Decides about a firing of an entry. */
export const decideFiring = (
  entry: LiveEntry,
  firing: Firing,
  { own, last }: FiringUnits,
): FiringDecision => {
  if (own !== undefined)
    return {
      do: 'fire',
      isWritten: true,
      cancels: undefined,
      entry: afterRepeat(entry, firing, { own, last }),
    };
  const waits = firing.occasion === 'missed' || firing.occasion === 'owed';
  if (waits && last !== undefined && !hasEndedOrIsHeld(last)) return { do: 'wait', entry };
  const { overlap, buffered } = entry.record;
  const ruling = ruleOverlap(overlap, last?.state, buffered);
  const seen = seenTo(entry, firing);
  switch (ruling.do) {
    case 'fire':
    case 'cancel-and-fire': {
      // A quarantined one stays: that is for a person to release or cancel.
      const makesWay = ruling.do === 'cancel-and-fire' || (last !== undefined && isRetrying(last));
      return {
        ...ruling,
        isWritten: false,
        cancels: makesWay ? last : undefined,
        entry: afterFiring(entry, firing),
      };
    }
    case 'buffer': {
      const owed = { buffered: true, owedArguments: firing.arguments, lastFiredAt: firing.at };
      return { ...ruling, entry: { ...entry, record: { ...seen, ...owed } } };
    }
    case 'ring':
    case 'drop':
      return { ...ruling, entry: { ...entry, record: seen } };
  }
};

/** Its schedule was seen to until this firing, unless an earlier one is still to be made up for. */
const seenTo = ({ record, missed: [missed] }: LiveEntry, { occasion, at }: Firing): FreerunEntryRecord => {
  const isPlanned = occasion === 'schedule' || occasion === 'missed';
  return isPlanned && (missed ?? at) >= at && record.seenUntil !== at ? { ...record, seenUntil: at } : record;
};

const withoutMissed = ({ missed }: LiveEntry, { occasion }: Firing): readonly number[] =>
  occasion === 'missed' ? missed.slice(1) : missed;

/** Nothing is owed. */
const settled = { buffered: false, owedArguments: null };

const afterFiring = (entry: LiveEntry, firing: Firing): LiveEntry => ({
  ...entry,
  record: { ...seenTo(entry, firing), ...settled, relatedUow: firing.id, lastFiredAt: firing.at },
  missed: withoutMissed(entry, firing),
  unit: 'open',
});

/**
 * The entry after a firing whose unit was written before: the scheduler may have died before the entry knew; or a command is
 * repeated, and the entry has gone on since.
 */
const afterRepeat = (
  entry: LiveEntry,
  firing: Firing,
  { own, last }: { own: UowRecord; last: UowRecord | undefined },
): LiveEntry => {
  if (last === undefined || (last.id !== own.id && last.createdAt < own.createdAt))
    return afterFiring(entry, firing);
  const record = seenTo(entry, firing);
  // What was owed has its unit; a firing of another kind says nothing of what is owed since.
  const next = firing.occasion === 'owed' ? { ...record, ...settled } : record;
  return { ...entry, record: next, missed: withoutMissed(entry, firing) };
};
