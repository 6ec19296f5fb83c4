import { SynergyError } from '../errors.ts';
import { readAddress } from './target-address.ts';
import type { RefuseAddress, TargetKind } from './target-address.ts';
import { eventFormats } from './trigger.ts';
import type { EventTarget } from './trigger.ts';

/** What a user says of a target; what is left out is as by default. */
export type TargetInput = { readonly [Name in keyof EventTarget]?: EventTarget[Name] | undefined } & {
  readonly url: string;
};

/** Methods of HTTP; GET and DELETE send no body. */
export const targetMethods = ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'] as const;

/** Length of an attempt, ms. */
export const targetTimeout = { least: 1_000, most: 300_000, byDefault: 15_000 } as const;

/** Characters at most, and headers. */
const MOST = { url: 2_000, headers: 50, headerTexts: 8_000, eventType: 200 };

const byDefault: Omit<EventTarget, 'url'> = {
  ...{ method: 'POST', headers: {}, format: 'plain', query: true, eventType: null },
  ...{ timeout: targetTimeout.byDefault, connection: null },
};

/** A target that shows how each kind is written. */
const examples: Readonly<Record<TargetKind, string>> = {
  http: 'https://example.org/hook',
  amqp: 'amqp://rabbit.example.org/%2F/events/nightly.report',
  kafka: 'kafka://broker.example.org:9092/events',
  synergy: 'synergy://Clean/nightly',
};

/** Written by Synergy Scheduler or by the HTTP client; the last three are refused by the client. */
const reserved =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|upgrade|expect)$|^(?:webhook|synergy|ce)-/;
const tokenText = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
/** What a header may hold: visible characters of Latin-1, blanks and tabs. */
const valueText = /^[\t\x20-\x7e\xa0-\xff]*$/;
const secretNames = /\{\{secret:([\w.-]{1,64})\}\}/g;

const refusal =
  (example: string) =>
  (part: string, given: string, expected: string): SynergyError =>
    new SynergyError(
      'INVALID_TARGET',
      `target, ${part} '${given}': expected ${expected}, such as ${example}`,
    );

/** The kind that a user seems to mean. */
const kindOf = (url: string): TargetKind => {
  const scheme = url.split(':', 1)[0]?.toLowerCase() ?? '';
  const kind = (['amqp', 'kafka', 'synergy'] as const).find((name) => scheme.startsWith(name));
  return kind ?? 'http';
};

/** Names of the secrets that the headers of a target name, as in `Bearer {{secret:billing}}`. */
export const secretsOf = ({ headers }: Pick<EventTarget, 'headers'>): string[] => {
  const names = Object.values(headers).flatMap((value) => [...value.matchAll(secretNames)]);
  return [...new Set(names.map(([, name = '']) => name))];
};

const checkHeader = (name: string, value: string): void => {
  const refuse = refusal("'x-team': 'billing'");
  if (!tokenText.test(name)) throw refuse('header', name, 'a name of letters, digits and dashes');
  if (reserved.test(name.toLowerCase()))
    throw refuse('header', name, 'another name: this one is written by Synergy Scheduler or refused by HTTP');
  // Of a value nothing is shown: it may be a secret.
  if (!valueText.test(value) || value.trim() !== value)
    throw refuse(
      `header '${name}', value`,
      '***',
      'characters of Latin-1 in one line, no blanks around them',
    );
  if (value.replace(secretNames, '').includes('{{secret:'))
    throw refuse(
      `header '${name}', value`,
      '***',
      "the secret as {{secret:name}}, the name of letters, digits, '.', '_' and '-'",
    );
};

const checkHeaders = (headers: EventTarget['headers'], kind: TargetKind): void => {
  const names = Object.keys(headers);
  const refuse = refusal("'x-team': 'billing'");
  if (kind === 'synergy' && names.length > 0)
    throw refusal('no headers')(
      'header',
      names[0] ?? '',
      'none: an entry is fired with the payload as arguments',
    );
  if (names.length > MOST.headers) throw refuse('headers', String(names.length), `${MOST.headers} at most`);
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    checkHeader(name, value);
    if (seen.has(name.toLowerCase())) throw refuse('header', name, 'each name once, in whatever case');
    seen.add(name.toLowerCase());
  }
  const length = names.reduce((sum, name) => sum + name.length + (headers[name]?.length ?? 0), 0);
  if (length > MOST.headerTexts)
    throw refuse('headers', `${length} characters`, `${MOST.headerTexts} characters at most`);
};

const checkOptions = (target: EventTarget, kind: TargetKind): void => {
  const { method, format, eventType, timeout, connection } = target;
  if (!targetMethods.some((known) => known === method))
    throw refusal('POST')('method', method, `one of ${targetMethods.join(', ')}`);
  if (kind !== 'http' && method !== 'POST')
    throw refusal('POST')('method', method, `nothing: ${kind} addresses have no methods`);
  if (!eventFormats.some((known) => known === format))
    throw refusal('plain')('format', format, `one of ${eventFormats.join(', ')}`);
  if (kind === 'synergy' && format !== 'plain')
    throw refusal('plain')('format', format, 'plain: an entry is fired with the payload as arguments');
  if (
    eventType !== null &&
    (eventType === '' || eventType.length > MOST.eventType || /\p{Cc}/u.test(eventType))
  )
    throw refusal('org.example.billing.due')(
      'eventType',
      eventType,
      `1 to ${MOST.eventType} characters in one line`,
    );
  if (!Number.isSafeInteger(timeout) || timeout < targetTimeout.least || timeout > targetTimeout.most)
    throw refusal('15000')('timeout', String(timeout), `${targetTimeout.least} to ${targetTimeout.most} ms`);
  if (connection !== null && !/^[\w.-]{1,100}$/.test(connection))
    throw refusal('billing-broker')('connection', connection, "1 to 100 letters, digits, '.', '_' and '-'");
  if (connection !== null && kind !== 'amqp' && kind !== 'kafka')
    throw refusal('amqp')('connection', connection, `nothing: ${kind} addresses use no setting of a broker`);
};

/**
 * The target that a user gives, with what it leaves out. Its address keeps its letters, credentials among them: take them out
 * with `takeCredentials` before it is stored. Throws `INVALID_TARGET` for the first part that is wrong.
 */
export const readTarget = (given: TargetInput): EventTarget => {
  const kind = kindOf(given.url);
  const refuse: RefuseAddress = refusal(examples[kind]);
  if (given.url.length > MOST.url)
    throw refuse('url', `${given.url.length} characters`, `${MOST.url} characters at most`);
  readAddress(given.url, refuse);
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const target = { ...byDefault, ...said, url: given.url };
  checkHeaders(target.headers, kind);
  checkOptions(target, kind);
  return target;
};

/** Whether the value of a header is hidden, though its user wrote it down instead of naming a secret. */
const isPrivate = (name: string, value: string): boolean =>
  /auth|cookie|key|secret|token|password|signature/i.test(name) && !value.includes('{{secret:');

/** Headers as they are shown, a line each. */
export const shownHeaders = (headers: EventTarget['headers']): string[] =>
  Object.entries(headers).map(([name, value]) => `${name}: ${isPrivate(name, value) ? '***' : value}`);
