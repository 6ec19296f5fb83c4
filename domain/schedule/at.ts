import { parseCron } from './cron.ts';
import { invalidSchedule } from './recurrence.ts';
import type { Recurrence } from './recurrence.ts';
import { listing, weekdayNames, zoneText } from './words.ts';

const EXAMPLE = 'at *-17:00,4-15:45';
const itemText = /^(?:(\*|\d+)-)?(\d{1,2}):(\d{2})$/;

const parseItem = (body: string, item: string): { cron: string; day: string; time: string } => {
  const refuse = (problem: string): Error => invalidSchedule(`at ${body}`, problem, EXAMPLE);
  const [, day = '*', hour, minute] = itemText.exec(item) ?? [];
  if (hour === undefined || minute === undefined) {
    throw refuse(`'${item}' should be a time HH:MM, or a day of the week and a time`);
  }
  if (Number(hour) > 23) throw refuse(`the hour '${hour}' should be 0 to 23`);
  if (Number(minute) > 59) throw refuse(`the minute '${minute}' should be 00 to 59`);
  const weekday = day === '*' ? 'day' : weekdayNames[Number(day)];
  if (weekday === undefined) throw refuse(`the day '${day}' should be 0 (Monday) to 6 (Sunday), or *`);
  // Cron weeks begin on Sunday.
  const cronDay = day === '*' ? '*' : (Number(day) + 1) % 7;
  return {
    cron: `${Number(minute)} ${Number(hour)} * * ${cronDay}`,
    day: weekday,
    time: `${hour.padStart(2, '0')}:${minute}`,
  };
};

const inOrder = (instants: (number | undefined)[]): number[] =>
  instants.filter((instant) => instant !== undefined).sort((a, b) => a - b);

/** The times of a day in one, days in their order. */
const describe = (items: readonly { readonly day: string; readonly time: string }[]): string =>
  listing(
    [...new Set(items.map(({ day }) => day))].map((day) => {
      const times = items.flatMap((item) => (item.day === day ? [item.time] : []));
      return `every ${day} at ${listing(times)}`;
    }),
  );

/**
 * `at [day-]HH:MM[,...]`: times of day on the wall clock of `timezone`, each on every day (`*` or no day)
 * or on one day of the week, 0 = Monday. A clock change treats them as fixed times of a cron expression.
 */
export const parseAt = (body: string, timezone: string): Recurrence => {
  const items = body.split(',').map((item) => parseItem(body, item.trim()));
  const times = items.map(({ cron }) => parseCron(cron, timezone));
  return {
    next: (after) => inOrder(times.map(({ next }) => next(after))).at(0),
    previous: (before) => inOrder(times.map(({ previous }) => previous(before))).at(-1),
    isFixed: true,
    describe: () => `${describe(items)} ${zoneText(timezone)}`,
  };
};
