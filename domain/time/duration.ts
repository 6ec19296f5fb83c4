import { SynergyError } from '../errors.ts';
import { END_OF_TIME } from './calendar.ts';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const durationText = /^(\d+)(ms|s|m|h|d)?$/;

/**
 * A duration in milliseconds out of a text such as `5m`, `90s`, `2h`, `1d`, `250ms` or `900` (seconds);
 * undefined when it is none, or longer than the calendar, which ends with the year 9999.
 */
export const readDuration = (text: string): number | undefined => {
  const [, amount, unit] = durationText.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const ms = Number(amount) * units[(unit ?? 's') as keyof typeof units];
  return ms < END_OF_TIME ? ms : undefined;
};

/**
 * A duration in milliseconds, from a text as in `readDuration` or from a number of seconds, which may have
 * decimals down to the millisecond. Never negative. Throws `INVALID_ARGUMENT`.
 */
export const parseDuration = (value: string | number): number => {
  const ms = typeof value === 'string' ? readDuration(value.trim()) : Math.round(value * 1000);
  if (ms === undefined || !(ms >= 0 && ms < END_OF_TIME)) {
    throw new SynergyError(
      'INVALID_ARGUMENT',
      `duration '${value}' cannot be read: expected a number of seconds, or a whole number with ms, s, m, h or d, such as 5m`,
    );
  }
  return ms;
};

/** The shortest exact text of a duration in whole milliseconds: `90m`, `1d`; `readDuration` reads it back. */
export const writeDuration = (ms: number): string => {
  const unit = (['d', 'h', 'm', 's'] as const).find((candidate) => ms % units[candidate] === 0) ?? 'ms';
  return `${ms / units[unit]}${unit}`;
};

/** A duration for people, in its two largest units: `2d 3h`, `1h 30m`, `5m`, `1.5s`, `250ms`. */
export const formatDuration = (ms: number): string => {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < units.s) return `${Math.round(ms)}ms`;
  if (ms < units.m) return `${Math.floor(ms / 100) / 10}s`;
  const [large, small] =
    ms < units.h ? (['m', 's'] as const) : ms < units.d ? (['h', 'm'] as const) : (['d', 'h'] as const);
  const rest = Math.floor((ms % units[large]) / units[small]);
  return `${Math.floor(ms / units[large])}${large}${rest === 0 ? '' : ` ${rest}${small}`}`;
};
