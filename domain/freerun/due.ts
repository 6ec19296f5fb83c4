import type { FreerunEntryRecord } from '../model/record.ts';
import { missedRuns } from '../schedule/missed-run.ts';
import { nextFires } from '../schedule/next-fires.ts';
import { parseSchedule } from '../schedule/schedule.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { DAY } from '../time/calendar.ts';
import type { FiringRequest, LiveEntry } from './entry.ts';
import { runsBeside } from './overlap.ts';

/** Catch-up window for firings missed while no scheduler ran. */
const CATCH_UP = DAY;

/** An entry that knows what it missed, and the requests that follow, to be decided about in their order. */
export interface DueRequests {
  readonly entry: LiveEntry;
  readonly requests: readonly FiringRequest[];
}

/** The next instants after `now` at which an entry fires by its schedule, at most `count`; ms. None while it is off, or removed. */
export const nextFirings = (
  { on, removed, trigger }: Pick<FreerunEntryRecord, 'on' | 'removed' | 'trigger'>,
  now: number,
  count?: number,
): number[] => (on && !removed ? nextFires(parseSchedule(trigger), now, count) : []);

/** One after another if each counts, else as the overlap policy says. */
const passed = (
  entry: LiveEntry,
  schedule: Schedule,
  span: { readonly since: number; readonly now: number },
): DueRequests => {
  const { missed: policy, overlap } = entry.record;
  const missed = missedRuns(schedule, { ...span, policy, window: CATCH_UP });
  if (policy !== 'all' || runsBeside(overlap) || missed.length === 0)
    return { entry, requests: missed.map((at) => ({ kind: 'due', at })) };
  return { entry: { ...entry, missed: [...entry.missed, ...missed] }, requests: [{ kind: 'unit-ended' }] };
};

/** The scheduler was away until `now`, ms: firings are made up for since the entry was last seen to. */
export const catchUp = (entry: LiveEntry, schedule: Schedule, now: number): DueRequests =>
  // Whatever was known to be missed is later than that.
  passed({ ...entry, missed: [], isBehind: false }, schedule, { since: entry.record.seenUntil ?? now, now });

/** What is to be made up for first, of an entry that has fallen behind. */
const caughtUp = (entry: LiveEntry, schedule: Schedule, now: number): DueRequests =>
  entry.isBehind ? catchUp(entry, schedule, now) : { entry, requests: [] };

/** The instant `at` has come. When the scheduler stood still, later ones have too: as if it had been away, all were missed. */
export const fireDue = (
  entry: LiveEntry,
  schedule: Schedule,
  { at, now }: { readonly at: number; readonly now: number },
): DueRequests => {
  const caught = caughtUp(entry, schedule, at - 1);
  const isLate = (schedule.next(at) ?? Infinity) <= now;
  const due: DueRequests = isLate
    ? passed(caught.entry, schedule, { since: at - 1, now })
    : { entry: caught.entry, requests: [{ kind: 'due', at }] };
  return { entry: due.entry, requests: [...caught.requests, ...due.requests] };
};

/** The last unit may have ended at `now`, ms: what waits for that goes on. */
export const goOn = (entry: LiveEntry, schedule: Schedule, now: number): DueRequests => {
  const caught = caughtUp(entry, schedule, now);
  return { entry: caught.entry, requests: [...caught.requests, { kind: 'unit-ended' }] };
};
