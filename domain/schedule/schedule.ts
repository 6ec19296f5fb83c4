import { END_OF_TIME } from '../time/calendar.ts';
import { parseAt } from './at.ts';
import { parseCron } from './cron.ts';
import { parseEvery } from './every.ts';
import { parseIso } from './iso.ts';
import { invalidSchedule } from './recurrence.ts';
import type { Recurrence } from './recurrence.ts';

/**
 * A schedule that people wrote, and when it fires. Every firing lies in the years 1970 to 9999 (cron
 * expressions and times of day: up to 2999).
 */
export interface Schedule extends Recurrence {
  /** As written, with single spaces. */
  readonly text: string;
}

/** What a text may leave open. */
export interface ScheduleOptions {
  /** Wall clock of `at` and `cron` texts that name no zone, by its IANA name; UTC by default. */
  readonly timezone?: string | undefined;
  /** Where the intervals of `every` are counted from, in milliseconds since the epoch; 0 by default. */
  readonly anchor?: number | undefined;
}

/** No field of a cron expression has a letter after a slash. */
const timezoneText = /^[A-Za-z_]+(\/[A-Za-z][\w+-]*)+$/;
/** `UTC`, `CET`, `EST5EDT`: so may look what is wrong. */
const shortTimezoneText = /^[A-Za-z][\w+-]*$/;

/** Names of zones that were asked for and are known: to ask takes longer than to read a schedule. */
const timezones = new Set<string>();

const isTimezone = (text: string): boolean => {
  if (timezones.has(text)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    timezones.add(text);
    return true;
  } catch {
    return false;
  }
};

const checkTimezone = (text: string, timezone: string): string => {
  if (isTimezone(timezone)) return timezone;
  throw invalidSchedule(
    text,
    `the time zone '${timezone}' is unknown; expected an IANA name`,
    'at 08:00 Europe/Berlin',
  );
};

/** What `at` and `cron` are read from: their text, and the clock on the wall that it goes by. */
export const onTheWall = (
  text: string,
  words: readonly string[],
  timezone: string,
): [body: string, zone: string] => {
  const last = words.at(-1) ?? '';
  const isNamed = timezoneText.test(last) || (shortTimezoneText.test(last) && isTimezone(last));
  const body = isNamed ? words.slice(0, -1) : words;
  return [body.join(' '), checkTimezone(text, isNamed ? last : timezone)];
};

const recurrence = (text: string, { timezone = 'UTC', anchor = 0 }: ScheduleOptions): Recurrence => {
  const [kind = '', ...words] = text.split(' ');
  switch (kind) {
    case 'every':
      return parseEvery(words.join(' '), anchor);
    case 'at':
      return parseAt(...onTheWall(text, words, timezone));
    case 'cron':
      return parseCron(...onTheWall(text, words, timezone));
    case 'iso':
      return parseIso(text);
    default:
      if (kind.includes('/')) return parseIso(text);
      throw invalidSchedule(text, `'${kind}' should be every, at, cron or iso`, 'every 15m');
  }
};

/** A text with single spaces. */
export const normalized = (text: string): string => text.trim().replace(/\s+/g, ' ');

const inTime = (at: number | undefined): number | undefined =>
  at !== undefined && at >= 0 && at < END_OF_TIME ? at : undefined;

/**
 * Reads a schedule in one of four grammars:
 *
 * - `every 900`, `every 15m`: a fixed interval (`parseEvery`);
 * - `at 08:00`, `at 0-08:00,2-14:30`: times of day, 0 = Monday (`parseAt`);
 * - `cron 0 8 * * 1-5`: a cron expression (`parseCron`);
 * - `iso R5/2026-01-01T00:00:00Z/PT1H/ET10M`: an ISO-8601 repeating interval, also without `iso` (`parseIso`).
 *
 * `at` and `cron` texts may end in a time zone, `UTC` or another IANA name, as in
 * `cron 0 8 * * * Europe/Berlin`; it wins over the option. Throws `INVALID_SCHEDULE`.
 */
export const parseSchedule = (text: string, options: ScheduleOptions = {}): Schedule => {
  const normal = normalized(text);
  const parsed = recurrence(normal, options);
  return {
    ...parsed,
    text: normal,
    next: (after) => (after < END_OF_TIME ? inTime(parsed.next(Math.max(after, -1))) : undefined),
    previous: (before) => (before > 0 ? inTime(parsed.previous(Math.min(before, END_OF_TIME))) : undefined),
  };
};

/** The same schedule, which remembers its latest answer: many that have one schedule ask it at about the same time. */
const remembering = (schedule: Schedule): Schedule => {
  let [asked, answer] = [Infinity, -Infinity];
  return {
    ...schedule,
    next: (after) => {
      if (after < asked || after >= answer) [asked, answer] = [after, schedule.next(after) ?? Infinity];
      return answer === Infinity ? undefined : answer;
    },
  };
};

/** Schedules that were read lately, by their texts: reading one takes longer than asking it for its next firing. */
const latest = new Map<string, Schedule>();
/** A cron expression that was read takes 80 kB. */
const MOST_KEPT = 100;

/** The schedule of a text alone. What waits for its next firing keeps the text. */
export const scheduleOf = (text: string): Schedule => {
  const known = latest.get(text);
  if (known !== undefined) return known;
  const schedule = remembering(parseSchedule(text));
  if (latest.size >= MOST_KEPT) latest.clear();
  latest.set(text, schedule);
  return schedule;
};

/** Answers of cron expressions and times of day, by their texts: reading one again takes a quarter of a millisecond. */
const answers = new Map<string, { readonly asked: number; readonly next: number | undefined }>();
/** Of 200 bytes each. */
const MOST_ANSWERS = 20_000;

/**
 * The first firing of a text strictly after an instant (ms), as `scheduleOf(text).next` has it: for very many texts, each
 * of which is asked once in a while. Of intervals nothing is kept: they are read in some microseconds.
 */
export const nextAfter = (text: string, instant: number): number | undefined => {
  if (!/^\s*(at|cron)\s/.test(text)) return parseSchedule(text).next(instant);
  const known = answers.get(text);
  if (known !== undefined && known.asked <= instant && instant < (known.next ?? Infinity)) return known.next;
  // Kept for its answer alone: to collect the garbage around a hundred of them takes longer than to read one again.
  const next = (latest.get(text) ?? parseSchedule(text)).next(instant);
  if (answers.size >= MOST_ANSWERS) answers.clear();
  answers.set(text, { asked: instant, next });
  return next;
};
