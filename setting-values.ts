import * as z from 'zod';
import { readDuration } from './domain/time/duration.ts';
import { ordinal } from './domain/time/timeperiod.ts';

/** A whole number. */
export const whole = (min: number, max: number) => z.number().int().min(min).max(max);
/** A path, not looked at. */
export const path = z.string().min(1);

/** A duration as users write it, read to milliseconds. */
export const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const ms = readDuration(String(value).trim());
  if (ms !== undefined && ms > 0) return ms;
  context.addIssue('not a duration');
  return z.NEVER;
});
/** Completes "expected …". */
export const durationText =
  'a duration above zero such as 500ms, 10s, 5m or 2h (a bare number counts seconds)';

/** An instant with a zone, read to milliseconds since 1970. */
export const instant = z.string().transform((value, context) => {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(value)
    ? Date.parse(value)
    : NaN;
  if (ms >= 0) return ms;
  context.addIssue('not an instant');
  return z.NEVER;
});

/** The timeperiod of an hour. */
export const hour = z.string().refine((value) => {
  try {
    return ordinal('hourly', value) >= 0;
  } catch {
    return false;
  }
});

/** The library is loaded for expressions that are given alone: commands start without it. */
export const cron = z
  .string()
  .refine(async (text) => text === 'off' || (await import('node-cron')).validate(text));
/** Completes "expected …". */
export const cronText = (example: string): string =>
  `a cron expression of five fields, or six beginning with seconds, such as '${example}', or 'off'`;

/** IANA name of a time zone. */
export const timeZone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
});

/** `embedded`, or the address of a server; what the address says is for the adapter to judge. */
export const embeddedOr = (schemes: string) =>
  z.string().regex(new RegExp(`^(embedded|(${schemes})://[^\\s/]\\S*)$`));

/** An address of this machine alone. */
export const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
