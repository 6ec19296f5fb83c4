import { DAY, END_OF_TIME, HOUR, dateNumber, daysInMonth } from '../time/calendar.ts';
import type { SchedulePart } from './recurrence.ts';
import { averageLength } from './series.ts';
import type { Period, Series } from './series.ts';

const MINUTE = 60_000;

/** How a part of a repeating interval is read. */
interface Part<Value> {
  /** undefined when the text is wrong. */
  readonly read: (text: string) => Value | undefined;
  /** What it should be. */
  readonly expected: string;
  readonly example: string;
  /** What may be meant by a text that is wrong; it may be wrong as well. */
  readonly guess: (text: string) => string;
}

const repetitionText = /^R(\d*)$/;
const startText = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
const durationText = /^(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

const readRepetition = (text: string): number | undefined => {
  const count = repetitionText.exec(text)?.[1];
  if (count === undefined) return undefined;
  return count === '' ? Infinity : Number(count);
};

const readStart = (text: string): Pick<Series, 'start' | 'offset'> | undefined => {
  const [, date, zone] = startText.exec(text) ?? [];
  if (date === undefined || zone === undefined) return undefined;
  const start = Date.parse(text);
  const offset = zone === 'Z' ? 0 : Date.parse(`${date}T00:00Z`) - Date.parse(`${date}T00:00${zone}`);
  // Date.parse takes the 30th of February for a day in March.
  const isDate = dateNumber(Math.floor((start + offset) / DAY)) === Number(date.replaceAll('-', ''));
  return isDate ? { start, offset } : undefined;
};

/** An ISO-8601 duration without its P, `1DT` being `1D`; undefined when it is none, is nothing, or outlasts the calendar. */
const readDuration = (text: string): Period | undefined => {
  const fields = durationText.exec(text)?.slice(1) as (string | undefined)[] | undefined;
  if (fields === undefined) return undefined;
  const field = (index: number): number => Number(fields[index] ?? 0);
  const period = {
    months: field(0) * 12 + field(1),
    ms: (field(2) * 7 + field(3)) * DAY + field(4) * HOUR + field(5) * MINUTE + field(6) * 1000,
  };
  const length = averageLength(period);
  return length > 0 && length < END_OF_TIME ? period : undefined;
};

const readPeriod = (text: string): Period | undefined =>
  text.startsWith('P') ? readDuration(text.slice(1)) : undefined;

const readEpsilon = (text: string): number | undefined => {
  const length = text.startsWith('E') ? readDuration(text.slice(1)) : undefined;
  return length?.months === 0 ? length.ms : undefined;
};

const looseStart =
  /^(\d{4})-?(\d\d?)-?(\d\d?)(?:[T ](\d\d?)(?::?(\d\d))?(?::?(\d\d))?[\d.]*)? ?(Z|[+-]\d\d)?:?(\d\d)?$/;

/** With the last day of a month for later ones; 24:00 is the next day, and UTC the zone of a text without one. */
const guessStart = (text: string): string => {
  const fields = looseStart.exec(text.toUpperCase())?.slice(1) as (string | undefined)[] | undefined;
  if (fields === undefined) return text;
  const number = (index: number): number => Number(fields[index] ?? 0);
  const [year, month] = [number(0), number(1)];
  const day = Math.min(number(2), daysInMonth(year, month));
  const wall = Date.UTC(year, month - 1, day, number(3), number(4), number(5));
  const [zone = 'Z', zoneMinutes = '00'] = fields.slice(6);
  return new Date(wall).toISOString().slice(0, 19) + (zone === 'Z' ? zone : `${zone}:${zoneMinutes}`);
};

/** Fields in their order and in whole numbers, rounded up; an M is of minutes in an epsilon, and beside hours and seconds. */
const guessDuration = (text: string, isEpsilon: boolean): string => {
  const upper = text.toUpperCase();
  let isTime = isEpsilon || (!upper.includes('T') && /\d[HS]/.test(upper));
  const amounts: Record<string, number> = {};
  for (const [token, amount, unit] of upper.matchAll(/T|(\d+(?:[.,]\d+)?)([YMWDHS])/g)) {
    if (unit === undefined || amount === undefined) isTime = token === 'T';
    else amounts[unit === 'M' && isTime ? 'min' : unit] = Math.ceil(Number(amount.replace(',', '.')));
  }
  const write = (units: readonly string[]): string =>
    units.map((unit) => (amounts[unit] ? `${amounts[unit]}${unit === 'min' ? 'M' : unit}` : '')).join('');
  const time = write(['H', 'min', 'S']);
  const found = write(isEpsilon ? ['W', 'D'] : ['Y', 'M', 'W', 'D']) + (time && `T${time}`);
  return found === '' && Object.keys(amounts).length > 0 ? 'T1S' : found;
};

/** The parts of a repeating interval: the number of the last firing, the start, the period, and the epsilon in ms. */
export const isoParts = {
  repetition: {
    read: readRepetition,
    expected: 'R or R and a number',
    example: 'R',
    guess: (text) => `R${/^[A-Z]?\+?(\d*)/i.exec(text)?.[1]}`,
  } satisfies Part<number>,
  start: {
    read: readStart,
    expected: 'a date and time that exist, with their zone',
    example: '2026-01-01T00:00:00Z',
    guess: guessStart,
  } satisfies Part<Pick<Series, 'start' | 'offset'>>,
  period: {
    read: readPeriod,
    expected: 'a duration in whole numbers, above 0 and below 8000 years',
    example: 'PT1H',
    guess: (text) => `P${guessDuration(text, false)}`,
  } satisfies Part<Period>,
  epsilon: {
    read: readEpsilon,
    expected: 'E and a duration up to weeks',
    example: 'ET10M',
    guess: (text) => `E${guessDuration(text, true)}`,
  } satisfies Part<number>,
};

/** The right text that is nearest to one: what is right of it, and what may be meant by the rest. */
export const nearestPart = (part: SchedulePart, text: string): string => {
  const { read, guess, example } = isoParts[part];
  return [text, guess(text)].find((candidate) => read(candidate) !== undefined) ?? example;
};
