import { listing, monthNames, ordinal, timeOfDay, weekdayNames, zoneText } from './words.ts';

const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** More times of day than this are told by their interval. */
const MOST_TIMES = 6;
/** From so many on, neighbours are a range. */
const LEAST_RANGE = 3;

/** The values of a field in ascending order, and its items that are no numbers. */
interface Values {
  readonly values: readonly number[];
  readonly special: readonly string[];
  /** Each value there is. */
  readonly isOpen: boolean;
}

const expand = (text: string, least: number, most: number): Values => {
  const values = new Set<number>();
  const special: string[] = [];
  for (const item of text.split(',')) {
    const [body = '', step = '1'] = item.split('/');
    const [first, last = first] = body === '*' ? [least, most] : body.split('-').map(Number);
    if (first === undefined || last === undefined || Number.isNaN(first + last)) special.push(item);
    else for (let value = first; value <= last; value += Number(step)) values.add(value);
  }
  return {
    values: [...values].sort((a, b) => a - b),
    special,
    isOpen: values.size === most - least + 1,
  };
};

/** The distance of values that are all as far from each other, when they go round the whole; undefined when they do not. */
const stepOf = ({ values }: Values, size: number): number | undefined => {
  const [first = 0, second = size] = values;
  const step = second - first;
  const goesRound =
    first === 0 && values.length * step === size && values.every((value, i) => value === i * step);
  return values.length > 1 && goesRound ? step : undefined;
};

const isRange = (values: readonly number[]): boolean =>
  values.length >= LEAST_RANGE && (values.at(-1) ?? 0) - (values[0] ?? 0) === values.length - 1;

/** Values by their names, neighbours as a range. */
const named = (values: readonly number[], name: (value: number) => string): string => {
  const names = values.map(name);
  return isRange(values) ? `${names[0]} to ${names.at(-1)}` : listing(names);
};

/** `minute 5`, `minutes 0, 15 and 40`. */
const numbered = (unit: string, { values }: Values): string =>
  `${unit}${values.length === 1 ? '' : 's'} ${named(values, String)}`;

/** `every minute`, `every 5 minutes`, `at minutes 3 and 7`. */
const beat = (unit: string, field: Values): string => {
  if (field.isOpen) return `every ${unit}`;
  const step = stepOf(field, 60);
  return step === undefined ? `at ${numbered(unit, field)}` : `every ${step} ${unit}s`;
};

const clock = (hour: number, minute: number, second = 0): string =>
  timeOfDay(((hour * 60 + minute) * 60 + second) * 1000);

/** The hours in which an interval goes on. */
const hoursText = (hours: Values, lastMinute: number): string => {
  if (hours.isOpen) return '';
  const step = stepOf(hours, 24);
  if (step !== undefined) return ` in every ${ordinal(step)} hour`;
  const [first = 0, last = first] = [hours.values[0], hours.values.at(-1)];
  return last - first === hours.values.length - 1
    ? ` from ${clock(first, 0)} to ${clock(last, lastMinute)}`
    : ` in the hours ${listing(hours.values.map(String))}`;
};

const isZero = ({ values }: Values): boolean => values.length === 1 && values[0] === 0;

/** Within a day: an interval. */
const intervalText = (seconds: Values, minutes: Values, hours: Values): string => {
  if (isZero(seconds) && isZero(minutes)) {
    const step = hours.isOpen ? undefined : stepOf(hours, 24);
    return step === undefined
      ? `every hour on the hour${hoursText(hours, 0)}`
      : `every ${step} hours on the hour`;
  }
  if (isZero(seconds)) {
    const text = beat('minute', minutes);
    const ofHour = text.startsWith('at') && (hours.isOpen || isRange(hours.values)) ? ' of every hour' : '';
    return text + ofHour + hoursText(hours, 59);
  }
  const text = beat('second', seconds);
  if (minutes.isOpen) return text + (text.startsWith('at') ? ' of every minute' : '') + hoursText(hours, 59);
  const step = stepOf(minutes, 60);
  const within = step === undefined ? numbered('minute', minutes) : `every ${ordinal(step)} minute`;
  return `${text} in ${within}${step === undefined && hours.isOpen ? ' of every hour' : ''}${hoursText(hours, 59)}`;
};

/** Within a day: its times where they are few; undefined where they are not. */
const timesText = (seconds: Values, minutes: Values, hours: Values): string | undefined => {
  const count = seconds.values.length * minutes.values.length * hours.values.length;
  if (count > MOST_TIMES) return undefined;
  const times = hours.values.flatMap((hour) =>
    minutes.values.flatMap((minute) => seconds.values.map((second) => clock(hour, minute, second))),
  );
  return `at ${listing(times)}`;
};

const specialDay = (item: string): string => {
  if (item === 'L') return 'the last day';
  return item === 'LW'
    ? 'the last working day'
    : `the working day next to the ${ordinal(parseInt(item, 10))}`;
};

/** `the 1st and 15th and the last day`. */
const daysText = ({ values, special }: Values): string => {
  const [first = 0, second = 0] = values;
  const step = second - first;
  const isEven =
    values.length >= MOST_TIMES && step > 1 && values.every((day, i) => day === first + i * step);
  const text = isEven
    ? `every ${ordinal(step)} day from the ${ordinal(first)}`
    : `the ${named(values, ordinal)}`;
  return listing([...(first === 0 ? [] : [text]), ...special.map(specialDay)]);
};

const monthName = (month: number): string => monthNames[month - 1] ?? '';
const weekdayLetters = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];

/** By its number from Monday, 1, or a cron name. */
const weekdayName = (day: number | string): string => {
  const number = typeof day === 'number' ? day : weekdayLetters.indexOf(day) + 1 || Number(day) || 7;
  return weekdayNames[number - 1] ?? '';
};
const places = ['first', 'second', 'third', 'fourth', 'fifth'];

/** `FRI#2`, `FRIL`, `5#L`. */
const specialWeekday = (item: string): string => {
  const [, day = '', place = ''] = /^(\w+?)#?([1-5L])$/.exec(item) ?? [];
  return `the ${places[Number(place) - 1] ?? 'last'} ${weekdayName(day)}`;
};

/** A date of each year, or days of each month or of some, days of the week, or either. */
const datesText = (days: Values, months: Values, weekdays: Values, areBoth: boolean): string => {
  const monthsText = named(months.values, monthName);
  const ofMonth = months.isOpen ? 'of every month' : `of ${monthsText}`;
  const during = months.isOpen ? '' : ` ${isRange(months.values) ? 'from' : 'in'} ${monthsText}`;
  const onWeekdays = (): string => {
    const { values, special } = weekdays;
    const plain = `every ${isRange(values) ? 'day from ' : ''}${named(values, weekdayName)}${during}`;
    const counted = `on ${listing(special.map(specialWeekday))} ${ofMonth}`;
    return listing([...(values.length > 0 ? [plain] : []), ...(special.length > 0 ? [counted] : [])]);
  };
  if (days.isOpen) return weekdays.isOpen ? `every day${during}` : onWeekdays();
  const isDate = months.values.length === 1 && days.values.length === 1 && days.special.length === 0;
  const onDays = isDate ? `every year on ${days.values[0]} ${monthsText}` : `on ${daysText(days)} ${ofMonth}`;
  if (weekdays.isOpen) return onDays;
  if (!areBoth) return `${onDays} and ${onWeekdays()}`;
  const names = [
    ...weekdays.values.map((day) => `a ${weekdayName(day)}`),
    ...weekdays.special.map(specialWeekday),
  ];
  return `${onDays} if that is ${names.join(' or ')},`;
};

const weekdaysOf = (text: string): Values => {
  const { values, special } = expand(text, 0, 6);
  const fromMonday = [...new Set(values.map((day) => (day === 0 ? 7 : day)))].sort((a, b) => a - b);
  return { values: fromMonday, special, isOpen: fromMonday.length === 7 };
};

/** A cron expression whose fields were read, in words: `every day at 08:00 UTC`. */
export const cronText = (expression: string, timezone: string): string => {
  const fields = (nicknames[expression] ?? expression).split(' ');
  if (fields.length === 5) fields.unshift('0');
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const within = [expand(second, 0, 59), expand(minute, 0, 59), expand(hour, 0, 23)] as const;
  const areBoth = weekday.startsWith('+');
  const dates = datesText(
    expand(day, 1, 31),
    expand(month, 1, 12),
    weekdaysOf(weekday.slice(areBoth ? 1 : 0)),
    areBoth,
  );
  const times = timesText(...within);
  const zone = zoneText(timezone);
  if (times !== undefined) return `${dates} ${times} ${zone}`;
  const interval = intervalText(...within);
  if (dates !== 'every day') return `${interval}, ${dates} (${zone})`;
  return within[2].isOpen && timezone === 'UTC' ? interval : `${interval} (${zone})`;
};
