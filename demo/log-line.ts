import { isIP } from 'node:net';
import { DAY, HOUR, dayNumber, daysInMonth } from '../domain/time/calendar.ts';

// Common Log Format: host ident user [time] "request" status size. What follows, the referer and the user
// agent of the Combined one, is not looked at, so a line cut off there counts. Whatever a request holds, line
// separators of Unicode among it, is the request's: hence the flag `s`. No part of the expression can match in
// two ways, so it takes linear time on whatever is in a log.
// Source: https://httpd.apache.org/docs/2.4/logs.html#accesslog
const form =
  /^((?:\[[^\] ]*\]\S* )?[^[]+) \[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] "([^"\\]*(?:\\.[^"\\]*)*)" (\d{3}) (\d+|-)(?:\s|$)/s;

/** Name or bracketed address of a virtual host, with its port: `%v:%p` of Apache's `vhost_combined`. */
const virtualHost = /^(?:[^:[\]]+|\[[^\]]*\]):\d+$/;

/**
 * The client among the fields before the time; undefined when their shape does not tell it. A field more than
 * `host ident user` is a virtual host before them, or a space in the name of the user.
 */
const clientOf = (text: string): string | undefined => {
  const [first, second, third, ...more] = text.split(' ', 5);
  if (!first || !second || third === undefined) return undefined;
  const isVirtual = second !== '-' && (virtualHost.test(first) || isIP(second) !== 0);
  if (more.length === 0) return isVirtual ? undefined : first;
  if (isVirtual) return second;
  return second === '-' || isIP(first) !== 0 ? first : undefined;
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const FIRST_YEAR = 1970;

/** Second 60 is a leap second; it counts as the first of the next minute, as in POSIX time. */
const timeOfDay = (hour: number, minute: number, second: number): number | undefined =>
  hour < 24 && minute < 60 && second <= 60 ? hour * HOUR + minute * 60_000 + second * 1000 : undefined;

const startOfDay = (year: number, month: number, day: number): number | undefined =>
  month >= 1 && day >= 1 && day <= daysInMonth(year, month) ? dayNumber(year, month, day) * DAY : undefined;

/**
 * Reads one line in Common or Combined Log Format, with or without a virtual host before the client, which is left out.
 * `host` is the client's address or name as written, IPv6 too; `at` milliseconds since the epoch; `request` as logged,
 * escapes left in place: `GET /path HTTP/1.1`, but also `-` or what a scanner sent; `size` in bytes, 0 for `-`. Undefined
 * when one of them or the status cannot be read; never throws.
 */
export const parseLogLine = (line: string) => {
  const match = form.exec(line);
  if (match === null) return undefined;
  const [, fields, day, monthName, year, hour, minute, second, sign, zoneHours, zoneMinutes] = match;
  const [request, status, size] = match.slice(11);
  const host = clientOf(fields as string);
  const date = startOfDay(Number(year), months.indexOf(monthName as string) + 1, Number(day));
  const time = timeOfDay(Number(hour), Number(minute), Number(second));
  const offset = timeOfDay(Number(zoneHours), Number(zoneMinutes), 0);
  const bytes = size === '-' ? 0 : Number(size);
  if (host === undefined || date === undefined || time === undefined || offset === undefined)
    return undefined;
  const at = date + time - (sign === '-' ? -offset : offset);
  if (Number(year) < FIRST_YEAR || at < 0 || !Number.isSafeInteger(bytes)) return undefined;
  return { host, at, request: request as string, status: Number(status), size: bytes };
};

/** The path of a request without its query; the whole text where it is no request line. */
export const requestPath = (request: string): string => {
  const [, target] = request.split(' ', 2);
  return (target ?? request).split('?', 1)[0] as string;
};
