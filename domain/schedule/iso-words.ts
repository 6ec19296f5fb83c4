import { plural } from '../plural.ts';
import { DAY, END_OF_TIME } from '../time/calendar.ts';
import type { ScheduleWarning } from './recurrence.ts';
import { firing, indexAt } from './series.ts';
import type { Series } from './series.ts';
import {
  grouped,
  instantText,
  lengthParts,
  lengthText,
  listing,
  monthNames,
  ordinal,
  wallClock,
} from './words.ts';

const WEEK = 7 * DAY;
/** So many firings show each month that a series comes to, and whether one of its Februaries is short. */
const ENOUGH = 400;

const dateAt = (series: Series, k: number): ReturnType<typeof wallClock> =>
  wallClock(firing(series, k), series.offset);

/** The months in which the day of the start does not exist, so that the firing comes on their last day. */
const shortMonths = (series: Series): string[] => {
  const { period, last } = series;
  const { day } = dateAt(series, 0);
  if (period.months === 0 || day <= 28) return [];
  const found = new Set<number>();
  for (let k = 0; k <= Math.min(last, ENOUGH); k++) {
    // The rest of the period moves the day, after the month has decided upon it.
    const { day: clamped, month } = wallClock(firing(series, k) - k * period.ms, series.offset);
    if (clamped < day) found.add(month);
  }
  return [...found]
    .sort((a, b) => a - b)
    .map((month) => `${monthNames[month - 1]}${month === 2 && day === 29 ? ' (outside of leap years)' : ''}`);
};

const everyMonths = (months: number): string => {
  const [count, unit] = months % 12 === 0 ? [months / 12, 'year'] : [months, 'month'];
  return count === 1 ? `every ${unit}` : `every ${plural(grouped(count), unit)}`;
};

/** How often, and the day and the time of day where each firing has the same. */
export const rhythm = (series: Series): { readonly text: string; readonly hasTime: boolean } => {
  const { months, ms } = series.period;
  const { day, dayAndMonth, weekday, time } = dateAt(series, 0);
  if (months > 0 && ms > 0) {
    const text = listing([plural(grouped(months), 'month'), ...lengthParts(ms)]);
    return { text: `every ${text}`, hasTime: false };
  }
  if (months > 0) {
    const date = months % 12 === 0 ? dayAndMonth : `the ${ordinal(day)}`;
    const clamp = shortMonths(series).length > 0 ? " (or the month's last day)" : '';
    return { text: `${everyMonths(months)} on ${date}${clamp} at ${time}`, hasTime: true };
  }
  if (ms % WEEK === 0) {
    const weeks = ms === WEEK ? 'week' : plural(grouped(ms / WEEK), 'week');
    return { text: `every ${weeks} on ${weekday} at ${time}`, hasTime: true };
  }
  const length = lengthText(ms).replace(/^1 (?=[a-z]+$)/, '');
  return ms % DAY === 0
    ? { text: `every ${length} at ${time}`, hasTime: true }
    : { text: `every ${length}`, hasTime: false };
};

const endText = (series: Series): string => {
  const { last, offset } = series;
  if (last === Infinity) return 'for ever';
  const final = firing(series, last);
  const until = final < END_OF_TIME ? `, the last on ${instantText(final, offset)}` : '';
  return `${plural(grouped(last + 1), 'time')}${until}`;
};

/** A series in words, as they are said at `now`: `every hour, since 1 January 2026 at 00:00 UTC, for ever`. */
export const seriesText = (series: Series, now: number): string => {
  const { start, offset, last } = series;
  if (last === 0) return `once, on ${instantText(start, offset)}`;
  const { text, hasTime } = rhythm(series);
  const date = hasTime ? dateAt(series, 0).date : instantText(start, offset);
  return `${text}, ${start <= now ? 'since' : 'from'} ${date}, ${endText(series)}`;
};

/** What a user should know of a series: months that have no such day, and where in it `now` is. */
export const seriesWarnings = (series: Series, now: number): ScheduleWarning[] => {
  const warnings: ScheduleWarning[] = [];
  const months = shortMonths(series);
  if (months.length > 0) {
    const have = months.length === 1 ? 'has' : 'have';
    const day = ordinal(dateAt(series, 0).day);
    const text = `${listing(months)} ${have} no ${day}: there it fires on the month's last day.`;
    warnings.push({ part: 'start', text });
  }
  const k = indexAt(series, now) + 1;
  if (k > 0 && k <= series.last && firing(series, k) < END_OF_TIME) {
    const text = `The start lies in the past: the first firing from now on is number ${grouped(k + 1)}, on ${instantText(firing(series, k), series.offset)}.`;
    warnings.push({ part: 'start', text });
  }
  return warnings;
};
