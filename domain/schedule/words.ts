import { plural } from '../plural.ts';
import { DAY, HOUR, dateNumber } from '../time/calendar.ts';

export const monthNames = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  ...['November', 'December'],
];

/** From Monday, as in `at`. */
export const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const units = [
  [DAY, 'day'],
  [HOUR, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
  [1, 'millisecond'],
] as const;

/** `Monday`, `1st and 15th`, `Monday, Wednesday and Friday`. */
export const listing = (items: readonly string[]): string =>
  [items.slice(0, -1).join(', '), ...items.slice(-1)].filter((item) => item !== '').join(' and ');

/** `1st`, `22nd`, `13th`. */
export const ordinal = (count: number): string => {
  const isTeen = Math.floor(count / 10) % 10 === 1;
  return `${count}${['th', 'st', 'nd', 'rd'][isTeen ? 0 : count % 10] ?? 'th'}`;
};

/** A count with thousands set apart: `1,000,001`. */
export const grouped = (count: number): string => count.toLocaleString('en-US');

/** The parts of a length of time: `['1 hour', '30 minutes']`. */
export const lengthParts = (ms: number): string[] => {
  let rest = ms;
  return units.flatMap(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [plural(grouped(count), unit)];
  });
};

/** A length of time in full: `5 minutes`, `1 hour and 30 minutes`. */
export const lengthText = (ms: number): string => listing(lengthParts(ms));

/** A time of day, with what is not 0 below the minute: `08:00`, `23:59:30.250`. */
export const timeOfDay = (sinceMidnight: number): string => {
  const digits = (count: number, places = 2): string => String(count).padStart(places, '0');
  const seconds = Math.floor(sinceMidnight / 1000);
  const ms = sinceMidnight % 1000;
  const minutes = `${digits(Math.floor(seconds / 3600))}:${digits(Math.floor(seconds / 60) % 60)}`;
  const exact = sinceMidnight % 60_000 === 0 ? '' : `:${digits(seconds % 60)}`;
  return minutes + exact + (ms === 0 ? '' : `.${digits(ms, 3)}`);
};

/** A wall clock by its distance from UTC, in ms: `UTC`, `UTC+05:45`. */
export const offsetText = (offset: number): string =>
  offset === 0 ? 'UTC' : `UTC${offset < 0 ? '-' : '+'}${timeOfDay(Math.abs(offset))}`;

/** A wall clock by its IANA name: `UTC`, `Europe/Berlin time`. */
export const zoneText = (timezone: string): string => (timezone === 'UTC' ? timezone : `${timezone} time`);

/** What a clock that is `offset` ahead of UTC shows at an instant, both in ms. */
export const wallClock = (instant: number, offset: number) => {
  const days = Math.floor((instant + offset) / DAY);
  const date = dateNumber(days);
  const [year, month, day] = [Math.floor(date / 10_000), Math.floor(date / 100) % 100, date % 100];
  const dayAndMonth = `${day} ${monthNames[month - 1]}`;
  return {
    month,
    day,
    dayAndMonth,
    /** `31 January 2027` */
    date: `${dayAndMonth} ${year}`,
    weekday: weekdayNames[(((days + 3) % 7) + 7) % 7],
    /** `10:00 UTC` */
    time: `${timeOfDay(instant + offset - days * DAY)} ${offsetText(offset)}`,
  };
};

/** An instant on a clock that is `offset` ahead of UTC, in ms: `31 January 2027 at 10:00 UTC`. */
export const instantText = (instant: number, offset = 0): string => {
  const { date, time } = wallClock(instant, offset);
  return `${date} at ${time}`;
};
