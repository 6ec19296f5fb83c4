import { isIP } from 'node:net';
import * as z from 'zod';
import { readGroupRoles } from '../domain/accounts/provider.ts';
import { readDuration } from '../domain/time/duration.ts';
import { ordinal } from '../domain/time/timeperiod.ts';

/** What people are told about a setting; `docs/settings.md` and `--help` are made of it. */
export interface SettingHelp {
  readonly description: string;
  /** Completes "expected …". */
  readonly expected: string;
  readonly example: string;
  /** How the default reads where there is no value to tell, as where it is computed. */
  readonly defaultText?: string;
  /** May hold a password: shown redacted only, and never handed on by a command line. */
  readonly secret?: true;
}

/** The texts of all settings. */
export const texts = z.registry<SettingHelp>();

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
/** A duration between two bounds, ms. */
export const durationFrom = (min: number, max: number) => duration.refine((ms) => min <= ms && ms <= max);
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

/** How services see each other: a word, or the address of a server. */
export const clusterAddress = z
  .string()
  .regex(/^(auto|local|store|(rediss?|rediss?\+zset|etcds?|consuls?):\/\/[^\s/]\S*)$/);

/** Up to 100 characters on one line that are not all blank. */
export const clusterText = z.string().regex(/^(?=.*\S)[^\p{C}]{1,100}$/u);

/** Names and addresses of a machine; whether others may reach it there is looked at when all settings are known. */
export const host = z
  .string()
  .regex(/^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/);

const isNetwork = (text: string): boolean => {
  const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && (bits === undefined || Number(bits) <= (version === 4 ? 32 : 128));
};

/** A list with commas or, in a settings file, an array, of what `fits`. */
const listOf = (fits: (text: string) => boolean, problem: string) =>
  z.union([z.string(), z.array(z.string())]).transform((given, context) => {
    const list = (typeof given === 'string' ? given.split(',') : given).map((text) => text.trim());
    if (list.every(fits)) return list;
    context.addIssue(problem);
    return z.NEVER;
  });

/** Addresses and networks. */
export const networks = listOf(isNetwork, 'not a list of addresses');

const isHostName = (text: string): boolean =>
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/.test(
    text,
  ) && !/^[\d.]+$/.test(text);

/** Names of hosts, addresses and networks. */
export const hostsOrNetworks = listOf((text) => isNetwork(text) || isHostName(text), 'not a list of hosts');

/** What may stand behind the `?` of a broker of Kafka. */
const kafkaOptions: ReadonlyMap<string, RegExp> = new Map([
  ['tls', /^(?:true|false)$/],
  ['mechanism', /^(?:plain|scram-sha-256|scram-sha-512)$/],
]);

const isBroker = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') return false;
  if (url.protocol === 'kafka:')
    return [...url.searchParams].every(([name, value]) => kafkaOptions.get(name)?.test(value));
  return /^amqps?:$/.test(url.protocol) && url.username !== '' && url.search === '';
};

/** Addresses of brokers, with a user and a password; those of Kafka may be without. */
export const brokers = listOf(isBroker, 'not a list of brokers');

/** Address of an HTTP proxy, which may hold a user and a password. */
export const proxyUrl = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    (url?.protocol === 'http:' || url?.protocol === 'https:') && url.pathname === '/' && url.search === ''
  );
});

/** Address of a site, with a path that needs no escapes. */
export const secureUrl = z.string().regex(/^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[\w.~-]+)*\/?$/);

/** Letters, digits and what needs no quotes. */
export const plainName = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);

/** Up to 40 characters that are seen, on one line. */
export const lineText = z.string().regex(/^[^\p{C}\s](?:[^\p{C}]{0,38}[^\p{C}\s])?$/u);

/** Address of a server, without a user or a password. */
export const openUrl = z.string().regex(/^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/);

const thisMachine = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Address of an OpenID provider: passwords and tokens go there. */
export const issuer = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && thisMachine.test(url.hostname));
});

/** Roles by groups, see `readGroupRoles`. */
export const groupRoles = z.string().transform((text, context) => {
  const read = readGroupRoles(text);
  if (read !== undefined) return read;
  context.addIssue('no pairs of group and role');
  return z.NEVER;
});
