import { SynergyError } from '../../../domain/errors.ts';
import { readIso } from '../../../domain/schedule/iso.ts';
import type { Period } from '../../../domain/schedule/series.ts';
import { readDuration, writeDuration } from '../../../domain/time/duration.ts';

/** The form's two ways to say when a trigger fires: as a text, and by fields; with how late a delivery may begin. */
export interface WhenFields {
  readonly schedule: string;
  readonly epsilon: string;
  /** Wall clock of `zone`, as `datetime-local` has it; empty for none. */
  readonly start: string;
  readonly zone: string;
  readonly every: string;
  readonly unit: string;
  /** How many firings there are in all; empty for ever. */
  readonly times: string;
}

export type IntervalFields = Pick<WhenFields, 'start' | 'zone' | 'every' | 'unit' | 'times'>;

/** Which of them a person has changed last: the others follow it. */
export const whenSources = ['schedule', 'fields', 'epsilon'] as const;
export type WhenSource = (typeof whenSources)[number];

/** Units of a period by their names, with their letters and lengths: of months their number, of others ms. */
const units = {
  seconds: { letter: 'S', short: 's', ms: 1_000 },
  minutes: { letter: 'M', short: 'm', ms: 60_000 },
  hours: { letter: 'H', short: 'h', ms: 3_600_000 },
  days: { letter: 'D', short: 'd', ms: 86_400_000 },
  weeks: { letter: 'W', short: undefined, ms: 604_800_000 },
  months: { letter: 'M', short: undefined, months: 1 },
  years: { letter: 'Y', short: undefined, months: 12 },
} as const;
type Unit = keyof typeof units;
const unitNames = Object.keys(units) as Unit[];

/** A period of more than one unit, which the text alone says. */
const MIXED = 'mixed';

/** What the field of the unit offers. */
export const unitChoices: readonly (readonly [string, string])[] = [
  ...unitNames.map((name) => [name, name] as const),
  [MIXED, 'as typed below'],
];

export const emptyInterval: IntervalFields = { start: '', zone: 'Z', every: '', unit: 'hours', times: '' };

const isUnit = (name: string): name is Unit => Object.hasOwn(units, name);

/** The largest unit that a period is a whole number of. */
const amountOf = ({ months, ms }: Period): Pick<IntervalFields, 'every' | 'unit'> => {
  if (months > 0 && ms > 0) return { every: '', unit: MIXED };
  const fits = unitNames.filter((name) => {
    const unit = units[name];
    return 'months' in unit ? months > 0 && months % unit.months === 0 : ms > 0 && ms % unit.ms === 0;
  });
  const unit = fits.at(-1) ?? 'seconds';
  const size = units[unit];
  return { every: String('months' in size ? months / size.months : ms / size.ms), unit };
};

const zoneOf = (offset: number): string => {
  if (offset === 0) return 'Z';
  const minutes = Math.abs(offset) / 60_000;
  const two = (count: number): string => String(count).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};

/** The fields that say the same as a text; undefined when they cannot, or the text is wrong. */
export const intervalOf = (text: string): IntervalFields | undefined => {
  const body = text.trim();
  const [, length] = /^every\s+(\S+)$/.exec(body) ?? [];
  const ms = length === undefined ? undefined : readDuration(length);
  if (ms !== undefined && ms > 0 && ms % 1_000 === 0)
    return { ...emptyInterval, ...amountOf({ months: 0, ms }) };
  if (!/^(iso\s+)?R/.test(body)) return undefined;
  try {
    const { start, offset, period, last } = readIso(body.replace(/\s+/g, ' ')).series;
    return {
      ...amountOf(period),
      start: new Date(start + offset).toISOString().replace(/(\.000)?Z$/, ''),
      zone: zoneOf(offset),
      times: last === Infinity ? '' : String(last + 1),
    };
  } catch (error) {
    if (error instanceof SynergyError) return undefined;
    throw error;
  }
};

/** What is wrong with one of the fields. */
class FieldError extends SynergyError {
  readonly field: keyof IntervalFields;

  constructor(field: keyof IntervalFields, message: string) {
    super('INVALID_SCHEDULE', message);
    this.field = field;
  }
}

const whole = (field: 'every' | 'times', text: string): number => {
  const count = Number(text);
  if (/^\d{1,9}$/.test(text) && count > 0) return count;
  throw new FieldError(field, `'${text}' should be a whole number above 0`);
};

/** The parts of the text that fields do not say: a period of more than one unit, and the epsilon. */
const keptOf = (text: string): { readonly period: string; readonly epsilon: string } => {
  const [, , period = '', epsilon] = text.split('/');
  return { period, epsilon: epsilon === undefined ? '' : `/${epsilon}` };
};

const periodOf = ({ every, unit }: IntervalFields, text: string): string => {
  if (!isUnit(unit)) return keptOf(text).period;
  const { letter, ...size } = units[unit];
  return `P${'ms' in size && size.ms < units.days.ms ? 'T' : ''}${whole('every', every)}${letter}`;
};

/** The text that says what the fields say, in place of one typed before. Throws a FieldError. */
const textOf = (fields: IntervalFields, before: string): string => {
  const { start, zone, every, unit, times } = fields;
  if (every === '' && start === '' && times === '' && unit !== MIXED) return before;
  if (unit !== MIXED) whole('every', every);
  const last = times === '' ? '' : String(whole('times', times) - 1);
  if (start !== '') {
    const instant = /T\d\d:\d\d$/.test(start) ? `${start}:00` : start;
    return `R${last}/${instant}${zone}/${periodOf(fields, before)}${keptOf(before).epsilon}`;
  }
  const size = isUnit(unit) ? units[unit] : undefined;
  if (times === '' && size !== undefined && 'ms' in size) {
    const count = whole('every', every);
    return size.short === undefined ? `every ${count * 7}d` : `every ${count}${size.short}`;
  }
  const what = times === '' ? 'months and years are' : 'so many firings are';
  throw new FieldError('start', `${what} counted from a start: say when the first firing is`);
};

/** What is wrong, by the field that it concerns. */
export type WhenProblems = Partial<Record<keyof WhenFields, string>>;

export interface SettledWhen {
  readonly when: WhenFields;
  readonly problems: WhenProblems;
}

/** The epsilon of a repeating interval that says one, replaced; others leave it to its field. */
const withEpsilon = (schedule: string, epsilon: string): string => {
  const ms = readDuration(epsilon.trim());
  const [, count = '', unit = ''] = /^(\d+)([dhms])$/.exec(ms === undefined ? '' : writeDuration(ms)) ?? [];
  if (Number(count) === 0) return schedule;
  return schedule.replace(
    /^((?:[^/]*\/){3})E.*$/,
    `$1E${unit === 'd' ? '' : 'T'}${count}${unit.toUpperCase()}`,
  );
};

/** How late the text itself says that a delivery may begin, as the field has it. */
const epsilonIn = (schedule: string): string | undefined => {
  try {
    const { epsilon } = readIso(schedule.trim());
    return epsilon === undefined ? undefined : writeDuration(epsilon);
  } catch (error) {
    if (error instanceof SynergyError) return undefined;
    throw error;
  }
};

/** Both ways made equal: what was changed last holds. Pure. */
export const settleWhen = (given: WhenFields, source: WhenSource): SettledWhen => {
  if (source === 'schedule') {
    const fields = given.schedule.trim() === '' ? emptyInterval : intervalOf(given.schedule);
    const isWrong = fields === undefined && /^(every|iso|R)/.test(given.schedule.trim());
    const shown = isWrong ? {} : (fields ?? emptyInterval);
    return {
      when: { ...given, ...shown, epsilon: epsilonIn(given.schedule) ?? given.epsilon },
      problems: {},
    };
  }
  if (source === 'epsilon')
    return { when: { ...given, schedule: withEpsilon(given.schedule, given.epsilon) }, problems: {} };
  try {
    return { when: { ...given, schedule: textOf(given, given.schedule) }, problems: {} };
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    return { when: given, problems: { [error.field]: error.message } };
  }
};

/** Which of them a person has changed on a page that showed the text `shown`. Pure. */
export const sourceOf = (given: WhenFields, shown: string): WhenSource => {
  if (given.schedule !== shown) return 'schedule';
  const before = intervalOf(shown) ?? emptyInterval;
  const names = Object.keys(emptyInterval) as (keyof IntervalFields)[];
  // Browsers write a time without its seconds when they are 0.
  const plain = (text: string): string => text.replace(/(T\d\d:\d\d):00$/, '$1');
  return names.some((name) => plain(given[name]) !== plain(before[name])) ? 'fields' : 'epsilon';
};

/** A trigger's schedule and epsilon in all the fields that say them. */
export const whenOf = (schedule: string, epsilon: string): WhenFields => ({
  schedule,
  ...(intervalOf(schedule) ?? emptyInterval),
  epsilon,
});

/** Offsets of clocks that are kept somewhere, and the one given. */
export const zoneChoices = (given: string): readonly (readonly [string, string])[] => {
  const hours = Array.from({ length: 27 }, (_, place) => place - 12);
  const halves = [-9.5, -3.5, -2.5, 3.5, 4.5, 5.5, 5.75, 6.5, 8.75, 9.5, 10.5, 12.75];
  const known = [...hours, ...halves]
    .filter((hour) => hour !== 0)
    .sort((a, b) => a - b)
    .map((hour) => zoneOf(hour * 3_600_000));
  const all = given === 'Z' || known.includes(given) ? known : [given, ...known];
  return [['Z', 'UTC'], ...all.map((zone) => [zone, `UTC${zone}`] as const)];
};
