import { DAY } from '../time/calendar.ts';
import { nextFires } from './next-fires.ts';
import type { ScheduleWarning } from './recurrence.ts';
import type { Schedule } from './schedule.ts';
import { grouped, instantText, lengthText } from './words.ts';

/** A schedule for people, the same wherever it is shown. Instants in ms. */
export interface ScheduleExplanation {
  /** Sentences: when it fires, and how late that may begin. */
  readonly words: string;
  readonly warnings: readonly ScheduleWarning[];
  /** The next firings after the instant that was asked for. */
  readonly next: readonly number[];
}

/** How a schedule is explained. */
export interface ExplainOptions {
  /** How late a delivery may begin, in ms. Without it the schedule is one of an entry, whose text may say so. */
  readonly epsilon?: number | undefined;
  /** So many of the next firings, 10 by default. */
  readonly count?: number | undefined;
}

/** More firings a day are worth a warning. */
const MANY = 1000;

/**
 * The most firings that lie within a length of time, in ms; where there are very many, by the rate of the first. Pure.
 */
const mostWithin = (schedule: Schedule, now: number, length: number): number => {
  const first = schedule.next(now);
  if (first === undefined) return 0;
  // Twice the length holds the whole of what comes at its most, be the first firing in the middle of it.
  const fires: number[] = [];
  for (
    let at: number | undefined = first;
    at !== undefined && at < first + 2 * length && fires.length <= MANY;
    at = schedule.next(at)
  )
    fires.push(at);
  const last = fires.at(-1) ?? first;
  if (last - first < length && fires.length > MANY) return Math.ceil((length * MANY) / (last - first));
  let [most, from] = [0, 0];
  for (const [i, at] of fires.entries()) {
    while (at - (fires[from] ?? at) >= length) from++;
    most = Math.max(most, i - from + 1);
  }
  return most;
};

const endWarning = (schedule: Schedule, now: number): ScheduleWarning => {
  const last = schedule.previous(now + 1);
  const text =
    last === undefined
      ? 'It never fires: all of its firings lie before 1970 or after 9999.'
      : `It has ended: its last firing was on ${instantText(last)}.`;
  return { part: 'repetition', text };
};

const epsilonWarnings = (schedule: Schedule, now: number, epsilon: number): ScheduleWarning[] => {
  const texts: string[] = [];
  const most = mostWithin(schedule, now, epsilon);
  if (most > 1)
    texts.push(
      `This is longer than the time between two firings: up to ${grouped(most)} may be under way at a time.`,
    );
  if (epsilon < 1000) texts.push(`This is less than a second: a busy second expires it.`);
  return texts.map((text) => ({ part: 'epsilon', text }));
};

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A schedule in words as they are said at `now` (ms), what to know of it, and its next firings. Pure. */
export const explain = (
  schedule: Schedule,
  now: number,
  { epsilon, count = 10 }: ExplainOptions = {},
): ScheduleExplanation => {
  const next = nextFires(schedule, now, count);
  const late = epsilon ?? schedule.epsilon;
  const perDay = mostWithin(schedule, now, DAY);
  const warnings = [
    ...(schedule.warnings?.(now) ?? []),
    ...(next.length === 0 ? [endWarning(schedule, now)] : []),
    ...(late === undefined ? [] : epsilonWarnings(schedule, now, late)),
  ];
  if (perDay > MANY) {
    const text = `It fires ${grouped(perDay)} times a day.`;
    warnings.push({ part: 'period', text });
  }
  const noun = epsilon === undefined ? 'firing' : 'delivery';
  const sentences = [
    `${capitalized(schedule.describe(now))}.`,
    ...(late === undefined ? [] : [`Each ${noun} may begin up to ${lengthText(late)} late.`]),
  ];
  return { words: sentences.join(' '), warnings, next };
};
