import { formatDuration } from '../../domain/time/duration.ts';
import { cast, toInterval } from '../../domain/time/timeperiod.ts';
import type { Qualifier } from '../../domain/time/qualifier.ts';
import type { Timeperiod } from '../../domain/time/timeperiod.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const fields = (timeperiod: string): { year: string; month: string; day: number; hour: string } => ({
  year: timeperiod.slice(0, 4),
  month: months[Number(timeperiod.slice(4, 6)) - 1] ?? '',
  day: Number(timeperiod.slice(6, 8)),
  hour: timeperiod.slice(8, 10),
});

/** Day of the week in which a period starts: 0 is Monday, as in schedules. */
export const weekdayOf = (qualifier: Qualifier, timeperiod: Timeperiod): number =>
  (new Date(toInterval(qualifier, timeperiod).start).getUTCDay() + 6) % 7;

/** A period for a heading: `2015`, `May 2015`, `Sun 17 May 2015`, `Sun 17 May 2015, 03:00`. */
export const periodTitle = (qualifier: Qualifier, timeperiod: Timeperiod): string => {
  if (qualifier === 'yearly' || qualifier === 'monthly') return periodText(qualifier, timeperiod);
  const { year, month, day, hour } = fields(timeperiod);
  const weekday = weekdays[(weekdayOf('daily', cast('daily', timeperiod)) + 1) % 7] ?? '';
  return `${weekday} ${day} ${month} ${year}${qualifier === 'hourly' ? `, ${hour}:00` : ''}`;
};

/** A period in running text: `2015`, `May 2015`, `17 May 2015`, `17 May 2015 03h`. */
export const periodText = (qualifier: Qualifier, timeperiod: Timeperiod): string => {
  const { year, month, day, hour } = fields(timeperiod);
  switch (qualifier) {
    case 'yearly':
      return year;
    case 'monthly':
      return `${month} ${year}`;
    case 'daily':
      return `${day} ${month} ${year}`;
    case 'hourly':
      return `${day} ${month} ${year} ${hour}h`;
  }
};

/** A period on its tile, where the band around it tells the rest: `2015`, `May`, `17`, `03`. */
export const tileText = (qualifier: Qualifier, timeperiod: Timeperiod): string => {
  const { year, month, day, hour } = fields(timeperiod);
  return { yearly: year, monthly: month, daily: String(day), hourly: hour }[qualifier];
};

/** The same where the band spans more than one year, month or day: `May 2015`, `17 May`, `17 May 03h`. */
export const looseTileText = (qualifier: Qualifier, timeperiod: Timeperiod): string => {
  const { year, month, day, hour } = fields(timeperiod);
  return {
    yearly: year,
    monthly: `${month} ${year}`,
    daily: `${day} ${month}`,
    hourly: `${day} ${month} ${hour}h`,
  }[qualifier];
};

/** A freerun firing's planned instant, `YYYYMMDDHHmmss`: `2015-06-01 00:15:00`. */
export const secondText = (digits: string): string =>
  digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3 $4:$5:$6');

/** An instant, as `<time>` shows it: `iso` for machines, `full` for the tooltip, `text` for the eye. */
const instant = (ms: number, text: (full: string) => string) => {
  const iso = new Date(ms).toISOString();
  const full = `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
  return { iso, full, text: text(full) };
};

/** `2026-11-21 11:04:03`. */
export const clockText = (ms: number) => instant(ms, (full) => full.slice(0, 19));

/** `in 4m 10s`, `12s ago`, `now`: how far an instant is from `now`, both in ms. */
export const distanceText = (ms: number, now: number) => instant(ms, () => distance(ms - now));

const distance = (ms: number): string => {
  const rounded = Math.round(Math.abs(ms) / 1000) * 1000;
  if (rounded === 0) return 'now';
  return ms > 0 ? `in ${formatDuration(rounded)}` : `${formatDuration(rounded)} ago`;
};

/** A firing that is ahead, as `distanceText`, with its weekday and its instant to the second, UTC. */
export const fireText = (ms: number, now: number) => {
  const text = distanceText(ms, now);
  return { ...text, day: weekdays[new Date(ms).getUTCDay()] ?? '', at: text.full.slice(0, 19) };
};

/** Date and time of day of a clock face: `Mon 1 Jun 2015` and `00:30:12`. */
export const clockFace = (ms: number): { date: string; time: string } => {
  const at = new Date(ms);
  const weekday = weekdays[at.getUTCDay()] ?? '';
  return {
    date: `${weekday} ${at.getUTCDate()} ${months[at.getUTCMonth()] ?? ''} ${at.getUTCFullYear()}`,
    time: at.toISOString().slice(11, 19),
  };
};
