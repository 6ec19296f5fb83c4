import { DAY, END_OF_TIME } from '../time/calendar.ts';
import { readDuration } from '../time/duration.ts';
import { rhythm } from './iso-words.ts';
import { invalidSchedule } from './recurrence.ts';
import type { Recurrence } from './recurrence.ts';

const SHORTEST = 1000;

/**
 * `every N`: a fixed interval, N in seconds or with a unit (`900`, `15m`, `2h`, `1d`), at least a second.
 * Firings are whole intervals away from `anchor` (milliseconds since the epoch), on both sides of it.
 */
export const parseEvery = (body: string, anchor: number): Recurrence => {
  const interval = readDuration(body);
  if (interval === undefined || interval < SHORTEST || interval >= END_OF_TIME) {
    throw invalidSchedule(
      `every ${body}`,
      `the interval '${body}' should be a whole number of seconds, at least 1, or one with the unit s, m, h or d`,
      'every 15m',
    );
  }
  return {
    next: (after) => anchor + (Math.floor((after - anchor) / interval) + 1) * interval,
    previous: (before) => anchor + (Math.ceil((before - anchor) / interval) - 1) * interval,
    isFixed: interval >= DAY,
    describe: () =>
      rhythm({ start: anchor, offset: 0, period: { months: 0, ms: interval }, last: Infinity }).text,
  };
};
