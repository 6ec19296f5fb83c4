/**
 * Firings found by looking at every minute of ten years, knowing nothing of the code under test: of the
 * time zones it asks only how far they are ahead of UTC.
 */
export const MINUTE = 60_000;
export const FIRST = Date.UTC(2020, 0) / MINUTE;
export const LAST = Date.UTC(2030, 0) / MINUTE;

const DAY = 1440;

/** A date on the wall. `weekday` 0 is Monday. */
export interface WallDate {
  day: number;
  month: number;
  weekday: number;
}

/** One time of a schedule: `fixed` ones move out of gaps and do not repeat when clocks go back. */
export interface Rule {
  fixed: boolean;
  time: (hour: number, minute: number) => boolean;
  date: (date: WallDate) => boolean;
}

/** A stretch of minutes without a clock change; `offset` in minutes. */
export interface Stretch {
  start: number;
  end: number;
  offset: number;
}

const offsetReader = (timezone: string): ((minute: number) => number) => {
  const format = new Intl.DateTimeFormat('sv', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return (minute) => Date.parse(`${format.format(minute * MINUTE).replace(' ', 'T')}Z`) / MINUTE - minute;
};

/** The minutes from `first` to `last`, both at midnight UTC. */
export const stretches = (timezone: string, first = FIRST, last = LAST): Stretch[] => {
  const offsetAt = offsetReader(timezone);
  const found: Stretch[] = [{ start: first, end: last, offset: offsetAt(first) }];
  for (let day = first; day < last; day += DAY) {
    const latest = found.at(-1)!;
    if (offsetAt(day + DAY) === latest.offset) continue;
    let change = day;
    while (offsetAt(change) === latest.offset) change++;
    latest.end = change;
    found.push({ start: change, end: last, offset: offsetAt(change) });
  }
  return found;
};

/** Asks a rule for each date and each time of day once, as there are millions of minutes to look at. */
const matcher = (rule: Rule, clock: Stretch[]): ((wallMinute: number) => boolean) => {
  const times = Array.from({ length: DAY }, (_, minute) => rule.time(Math.floor(minute / 60), minute % 60));
  const firstDay = clock[0]!.start / DAY - 1;
  const dates = Array.from({ length: clock.at(-1)!.end / DAY - firstDay + 2 }, (_, index) => {
    const date = new Date((firstDay + index) * DAY * MINUTE);
    const weekday = (date.getUTCDay() + 6) % 7;
    return rule.date({ day: date.getUTCDate(), month: date.getUTCMonth() + 1, weekday });
  });
  return (wallMinute) => times[wallMinute % DAY]! && dates[Math.floor(wallMinute / DAY) - firstDay]!;
};

/** The minutes in which a rule fires, ascending. */
const firingsOf = (rule: Rule, clock: Stretch[]): number[] => {
  const matches = matcher(rule, clock);
  const found: number[] = [];
  let seen = clock[0]!.start + clock[0]!.offset - 1; // the latest minute the wall clock has shown
  for (const { start, end, offset } of clock) {
    let due = false;
    for (let gap = seen + 1; rule.fixed && gap < start + offset; gap++) due ||= matches(gap);
    for (let minute = start; minute < end; minute++) {
      const wallMinute = minute + offset;
      if (rule.fixed && wallMinute <= seen) continue;
      if (due || matches(wallMinute)) found.push(minute);
      due = false;
    }
    seen = Math.max(seen, end - 1 + offset);
  }
  return found;
};

/** The instants, in milliseconds, in which any of the rules fires. */
export const firings = (rules: Rule[], clock: Stretch[]): number[] => {
  const minutes = new Set(rules.flatMap((rule) => firingsOf(rule, clock)));
  return Array.from(minutes, (minute) => minute * MINUTE).sort((a, b) => a - b);
};
