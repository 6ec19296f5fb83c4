import { nearest } from '../did-you-mean.ts';
import type { InvalidScheduleError } from './recurrence.ts';
import { parseSchedule } from './schedule.ts';

const keywords = ['every', 'at', 'cron', 'iso'];

/** `every 5 minutes`, `rate(5 minutes)`, `5m`, `every hour`: what they say as an interval. Months are none. */
const everyText = (text: string): string | undefined => {
  const words =
    /^(?:every|rate)?[\s(]*(\d*) ?(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)\)?$/i.exec(
      text,
    );
  const [, count = '', unit = ''] = words ?? [];
  return words === null ? undefined : `every ${count || '1'}${unit.charAt(0).toLowerCase()}`;
};

/** Times of day with one digit for the hour, or without `at`. */
const atText = (text: string): string =>
  `at ${text.replace(/^at\s+/i, '').replace(/(^|[-,])(\d:\d\d)/g, '$10$2')}`;

/** Fields without `cron`, or as other systems write them: `cron(0 12 * * ? *)`. */
const cronText = (text: string): string => {
  const fields = text
    .replace(/^cron\b/i, '')
    .replace(/^[\s(]+|[\s)]+$/g, '')
    .split(/\s+/);
  return `cron ${fields
    .map((field) => (field === '?' ? '*' : field))
    .slice(0, /\?/.test(text) ? 5 : undefined)
    .join(' ')}`;
};

const keywordText = (text: string): string => {
  const [kind = '', ...rest] = text.split(' ');
  return [nearest(kind, keywords) ?? kind, ...rest].join(' ');
};

const isSchedule = (text: string): boolean => {
  try {
    parseSchedule(text);
    return true;
  } catch {
    return false;
  }
};

/** What a text that is no schedule may have been meant to be: the nearest one that is. Pure. */
export const nearestSchedule = (text: string): string | undefined => {
  const body = text.trim().replace(/\s+/g, ' ');
  const guesses = [
    keywordText(body),
    everyText(body),
    everyText(keywordText(body)),
    atText(body),
    cronText(body),
  ];
  return guesses.find((guess) => guess !== undefined && isSchedule(guess));
};

/** What is wrong with a text: the part of it, where it is known, and what may have been meant. */
export interface ScheduleFault {
  readonly message: string;
  readonly before: string;
  /** The part that is wrong; empty where the whole is. */
  readonly wrong: string;
  readonly after: string;
  readonly nearest: string | undefined;
}

/** The part of a message that is quoted first behind the schedule itself is the part that is wrong. */
const quoted = (message: string): string => /^schedule '.*?': [^']*'([^']+)'/s.exec(message)?.[1] ?? '';

/** Tells what is wrong with a text that was refused. Pure. */
export const scheduleFault = (text: string, error: InvalidScheduleError): ScheduleFault => {
  const wrong = quoted(error.message);
  const place = wrong === '' ? -1 : text.toLowerCase().indexOf(wrong.toLowerCase());
  return {
    message: error.message.replace(/^schedule '.*?': /s, ''),
    before: place === -1 ? text : text.slice(0, place),
    wrong: place === -1 ? '' : text.slice(place, place + wrong.length),
    after: place === -1 ? '' : text.slice(place + wrong.length),
    nearest: error.correction?.nearest ?? nearestSchedule(text),
  };
};
