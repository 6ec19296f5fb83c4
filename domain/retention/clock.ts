import { DAY } from '../time/calendar.ts';

/** How the clock was seen to go that the age of history is told by; instants, ms. */
export interface SeenClock {
  /** When it was looked at last, by itself. */
  readonly at: number;
  /** What it leapt to; null once it is believed. */
  readonly leaptTo: number | null;
}

/** It may be ahead by so much of when it was looked at last; no scheduler may have run meanwhile. */
export const LONGEST_GAP = 3 * DAY;
/** After a leap it is believed once it has gone on for so long. */
export const PROOF = DAY;

/** What is known of the clock after a look at it. */
export const lookAtClock = (seen: SeenClock | undefined, now: number): SeenClock => {
  if (seen === undefined) return { at: now, leaptTo: null };
  if (now > seen.at + LONGEST_GAP) return { at: now, leaptTo: now };
  const { leaptTo } = seen;
  // Set right, or not set right for so long that it is right.
  const isBelieved = leaptTo === null || now < leaptTo || now >= leaptTo + PROOF;
  return { at: now, leaptTo: isBelieved ? null : leaptTo };
};
