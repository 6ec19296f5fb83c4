import { HOUR } from '../time/calendar.ts';

/** How failed sign-ins are held up. */
export interface BackoffRule {
  /** Failures that cost nothing. */
  readonly free: number;
  /** After one more: how long no further try is looked at, ms; doubled with each that follows. */
  readonly first: number;
  /** It gets no longer than this, ms. */
  readonly longest: number;
}

/** Of one account: a person who mistypes is hardly held up, and who knows a name cannot keep its owner out for long. */
export const accountBackoff: BackoffRule = { free: 5, first: 2_000, longest: 60_000 };
/** Of one address, which many people may share, and which may try many accounts. */
export const addressBackoff: BackoffRule = { free: 20, first: 2_000, longest: 900_000 };

/** Failures are forgotten so long after the last one, ms. */
export const FORGOTTEN_AFTER = HOUR;

/** The failures of one account or address. */
export interface Failures {
  readonly count: number;
  /** Of the last one, ms. */
  readonly at: number;
}

const known = (failures: Failures | undefined, now: number): Failures | undefined =>
  failures !== undefined && now - failures.at < FORGOTTEN_AFTER ? failures : undefined;

/** Milliseconds for which no further try is looked at; 0: it is looked at now. A clock that was set back does not prolong it. */
export const lockedFor = (failures: Failures | undefined, rule: BackoffRule, now: number): number => {
  const { count, at } = known(failures, now) ?? { count: 0, at: now };
  if (count <= rule.free) return 0;
  const pause = Math.min(rule.longest, rule.first * 2 ** (count - rule.free - 1));
  return Math.min(pause, Math.max(0, at + pause - now));
};

/** With one failure more. Each try counts as one until it has turned out right, so that many at once gain nothing. */
export const withFailure = (failures: Failures | undefined, now: number): Failures => ({
  count: (known(failures, now)?.count ?? 0) + 1,
  at: now,
});

/** Without the failure that a try counted as which turned out right; undefined when there is none left. */
export const withoutFailure = (failures: Failures | undefined): Failures | undefined =>
  failures !== undefined && failures.count > 1 ? { ...failures, count: failures.count - 1 } : undefined;

/** What failures are counted by: an IPv6 network of 64 bits is one client, who has all its addresses. */
export const addressKey = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const whole = [
    ...groups,
    ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0'),
    ...rest,
  ];
  return `${whole
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
};
