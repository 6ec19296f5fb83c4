import { current } from '../domain/time/timeperiod.ts';
import type { AccessRow } from './access.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CLIENTS = 180;
/** Room for the requests of one minute in the ids of rows. */
const IDS_PER_MINUTE = 1000;
/** Hour of the day, UTC, with the most visits. */
const BUSIEST_HOUR = 15;

const pages = [
  ['/', 9200],
  ['/blog/', 18_400],
  ['/blog/time-periods', 24_800],
  ['/docs/', 12_300],
  ['/docs/getting-started', 15_900],
  ['/images/logo.svg', 2100],
  ['/style.css', 6400],
  ['/app.js', 38_000],
  ['/feed.xml', 31_000],
  ['/download/report.pdf', 412_000],
] as const;

/** Numbers in [0, 1) that depend on the seed only: mulberry32 by Tommy Ettinger, in the public domain. */
const seeded = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Addresses of the ranges kept for documentation (RFC 5737, RFC 3849). */
const clientAddress = (client: number): string => {
  if (client % 6 === 5) return `2001:db8::${client.toString(16)}`;
  return `${client % 2 === 0 ? '203.0.113' : '198.51.100'}.${client + 10}`;
};

const statusOf = (chance: number): number => {
  if (chance < 0.86) return 200;
  if (chance < 0.93) return 304;
  if (chance < 0.96) return 301;
  return chance < 0.995 ? 404 : 500;
};

/** Few clients ask for much: the lower a number, the likelier. */
const favourOf = (chance: number, count: number): number => Math.floor(chance ** 2.5 * count);

const request = (random: () => number): AccessRow => {
  const host = clientAddress(favourOf(random(), CLIENTS));
  const [path, size] = pages[favourOf(random(), pages.length)] as (typeof pages)[number];
  const status = statusOf(random());
  const spread = 0.5 + random();
  return { host, status, path, size: status === 200 ? Math.round(size * spread) : status === 304 ? 0 : 320 };
};

/** Nights are quiet, weekends quieter; 1 on average over a weekday. */
const liveliness = (at: number): number => {
  const hour = (at % DAY) / (60 * MINUTE);
  const weekday = (Math.floor(at / DAY) + 4) % 7; // 1970-01-01 was a Thursday
  const ofDay = 1 + 0.6 * Math.cos(((hour - BUSIEST_HOUR) / 24) * 2 * Math.PI);
  return weekday === 0 || weekday === 6 ? ofDay * 0.6 : ofDay;
};

/**
 * Invents the requests of one minute (whole minutes since the epoch), oldest first, about `rate` of them: their instants
 * (ms) and their rows. The same arguments always give the same requests with the same ids, and later minutes have higher ids: to write a
 * minute again changes nothing.
 */
export const visitsOfMinute = (minute: number, rate: number) => {
  const random = seeded(minute);
  const start = minute * MINUTE;
  const expected = rate * liveliness(start) * (0.7 + 0.6 * random());
  const count = Math.min(Math.floor(expected + random()), IDS_PER_MINUTE);
  const instants = Array.from({ length: count }, () => start + Math.floor(random() * MINUTE));
  const timeperiod = current('hourly', start);
  return instants
    .sort((a, b) => a - b)
    .map((at, index) => ({
      at,
      row: { id: minute * IDS_PER_MINUTE + index, timeperiod, value: request(random) },
    }));
};
