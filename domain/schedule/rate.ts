import { DAY } from '../time/calendar.ts';
import { readDuration } from '../time/duration.ts';
import { readCronFields } from './cron-fields.ts';
import { readIso } from './iso.ts';
import { invalidSchedule } from './recurrence.ts';
import { normalized, onTheWall } from './schedule.ts';
import { averageLength } from './series.ts';

/** How many values a field of a cron expression stands for that was read. */
const valuesIn = (field: string, most: number): number => {
  const values = new Set<number>();
  for (const item of field.split(',')) {
    const [body = '', step = '1'] = item.split('/');
    const [first = 0, last = first] = body === '*' ? [0, most] : body.split('-').map(Number);
    for (let value = first; value <= last; value += Number(step)) values.add(value);
  }
  return values.size;
};

const cronFirings = (body: string): number => {
  const fields = readCronFields(body, (problem) =>
    invalidSchedule(`cron ${body}`, problem, 'cron 0 8 * * *'),
  );
  if (fields.startsWith('@')) return fields === '@hourly' ? 24 : 1;
  const [hours = '', minutes = '', seconds = '0'] = fields.split(' ').slice(0, -3).reverse();
  return valuesIn(hours, 23) * valuesIn(minutes, 59) * valuesIn(seconds, 59);
};

/** On the weekday with most of them. */
const atFirings = (body: string): number => {
  const items = new Set(body.split(',').map((item) => item.trim()));
  const daily = [...items].filter((item) => !/^\d-/.test(item)).length;
  const ofDays = Array.from({ length: 7 }, (_, day) =>
    [...items].filter((item) => item.startsWith(`${day}-`)),
  );
  return daily + Math.max(...ofDays.map(({ length }) => length));
};

const isoFirings = (text: string): number => {
  const { period, last } = readIso(text).series;
  return last === 0 ? 0 : DAY / averageLength(period);
};

const firingsADay = (text: string): number => {
  const [kind = '', ...words] = text.split(' ');
  switch (kind) {
    case 'every':
      return DAY / (readDuration(words.join(' ')) ?? Infinity);
    case 'at':
      return atFirings(onTheWall(text, words, 'UTC')[0]);
    case 'cron':
      return cronFirings(onTheWall(text, words, 'UTC')[0]);
    default:
      return isoFirings(text);
  }
};

/** Rates by texts. */
const rates = new Map<string, number>();
const MOST_KEPT = 20_000;

/**
 * How often a schedule fires a second, on average over a day on which it does; 0 for one that fires once. Of a text that
 * `parseSchedule` takes; it is not parsed for it, so that a hundred thousand texts can be asked.
 */
export const firingRate = (text: string): number => {
  const known = rates.get(text);
  if (known !== undefined) return known;
  const rate = firingsADay(normalized(text)) / (DAY / 1_000);
  if (rates.size >= MOST_KEPT) rates.clear();
  rates.set(text, rate);
  return rate;
};
