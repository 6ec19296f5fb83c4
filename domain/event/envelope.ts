import { digest } from '../cascade/digest.ts';
import { SynergyError } from '../errors.ts';
import type { Json } from '../model/process.ts';
import type { UrlCredentials } from './target-address.ts';
import type { ExecutionOccasion } from './execution.ts';
import type { EventTarget, TriggerKey } from './trigger.ts';

/** What a courier is handed: one attempt to deliver an execution of an event trigger. Instants in ms. */
export interface Parcel {
  /** Id of the unit of work. */
  readonly executionId: string;
  /** The same in all attempts, and when it is sent again by hand: receivers know repetitions by it. */
  readonly messageId: string;
  /** Name of this installation. */
  readonly instance: string;
  readonly trigger: TriggerKey;
  /** The planned instant. */
  readonly at: number;
  /** The last instant at which an attempt may begin. */
  readonly expiresAt: number;
  /** From 1. */
  readonly attempt: number;
  /** What it is made for; receivers are told unless it is the schedule. */
  readonly occasion: ExecutionOccasion;
  readonly target: EventTarget;
  /** Null: none. */
  readonly payload: Json;
  readonly secrets: ParcelSecrets;
}

export interface ParcelSecrets {
  /** `whsec_…`, each of which signs: two of them while a rotation lasts, none for a trigger without a secret. */
  readonly signing: readonly string[];
  /** Name and password that stood in the address of the target. */
  readonly credentials?: UrlCredentials | undefined;
  /** Those that headers may name, by their names. */
  readonly named: Readonly<Record<string, string>>;
}

/** A request as it is sent, but for its signature. */
export interface Envelope {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null where the method takes none. */
  readonly body: string | null;
}

/** The letters of a ULID (Crockford's Base32), in the order of their values. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LETTERS = 10;

/** So many letters for the lowest bits of a number, five a letter. */
const letters = (value: number, count: number): string => {
  let text = '';
  for (let rest = value; text.length < count; rest = Math.floor(rest / 32))
    text = `${LETTERS[rest % 32] ?? ''}${text}`;
  return text;
};

/**
 * Id of the message that an execution sends, by the id of the one that sent it first, and by the planned instant (ms): the
 * same in all attempts. It is `msg_` and 26 letters in the form of a ULID, ten of them for the instant.
 */
export const messageIdOf = (first: string, at: number): string => {
  const hash = digest(first) + digest([first]).slice(0, 4);
  const groups = hash.match(/.{5}/g) ?? [];
  const ofFirst = groups.map((group) => letters(parseInt(group, 16), 4)).join('');
  return `msg_${letters(at, TIME_LETTERS)}${ofFirst}`;
};

const rfc3339 = (instant: number): string => new Date(instant).toISOString();

/** What every message says of its execution besides its content. */
export const synergyHeaders = (parcel: Parcel): Readonly<Record<string, string>> => ({
  'synergy-trigger': `${parcel.trigger.owner}/${parcel.trigger.id}`,
  'synergy-time': rfc3339(parcel.at),
  'synergy-attempt': String(parcel.attempt),
  'synergy-deadline': rfc3339(parcel.expiresAt),
  ...(parcel.occasion !== 'schedule' && { 'synergy-occasion': parcel.occasion }),
});

const DEFAULT_TYPE = 'synergy.trigger.fired';

/** A segment of a path; '@' stands in names of accounts, and needs no escape there. */
const segment = (text: string): string => encodeURIComponent(text).replaceAll('%40', '@');

/** Attributes of the CloudEvent of a parcel, https://github.com/cloudevents/spec, version 1.0.2; its data is the payload. */
export const cloudEventAttributes = ({
  messageId,
  instance,
  trigger: { owner, id },
  at,
  expiresAt,
  target,
  payload,
}: Parcel): Readonly<Record<string, string>> => ({
  specversion: '1.0',
  id: messageId,
  source: `/synergy/${[instance, 'triggers', owner, id].map(segment).join('/')}`,
  type: target.eventType ?? DEFAULT_TYPE,
  subject: id,
  time: rfc3339(at),
  // Extension "expiry time": it is of no use afterwards.
  expirytime: rfc3339(expiresAt),
  ...(payload !== null && { datacontenttype: 'application/json' }),
});

/** An attribute as the value of a header: what a header cannot hold is percent-encoded, HTTP binding 3.1.3.2. */
const headerValue = (text: string): string =>
  text.replace(/[^\x21\x23\x24\x26-\x7e]/gu, (character) =>
    Array.from(new TextEncoder().encode(character), (byte) => `%${hex(byte)}`).join(''),
  );

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');

/** A CloudEvent of which everything is in the body. */
export const structuredEvent = (parcel: Parcel): { readonly contentType: string; readonly body: string } => ({
  contentType: 'application/cloudevents+json; charset=utf-8',
  body: JSON.stringify({
    ...cloudEventAttributes(parcel),
    ...(parcel.payload !== null && { data: parcel.payload }),
  }),
});

/** A CloudEvent with its attributes beside the body. */
export const binaryEvent = (parcel: Parcel) => {
  const { datacontenttype: contentType, ...attributes } = cloudEventAttributes(parcel);
  return { contentType, attributes, body: parcel.payload === null ? '' : JSON.stringify(parcel.payload) };
};

/** A payload and nothing else. */
export const plainContent = ({ payload }: Parcel) => ({
  contentType: 'application/json',
  body: JSON.stringify(payload ?? {}),
});

interface Content {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Body and headers of each format; the headers take the place of those of the user where the content is a CloudEvent. */
const contents: { readonly [F in EventTarget['format']]: (parcel: Parcel) => Content } = {
  plain: (parcel) => ({ headers: {}, body: plainContent(parcel).body }),
  cloudevents: (parcel) => {
    const { contentType, body } = structuredEvent(parcel);
    return { headers: { 'content-type': contentType }, body };
  },
  'cloudevents-binary': (parcel) => {
    const { contentType, attributes, body } = binaryEvent(parcel);
    const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, headerValue(value)]);
    return {
      headers: {
        ...(Object.fromEntries(named) as Record<string, string>),
        ...(contentType !== undefined && { 'content-type': contentType }),
      },
      body,
    };
  },
};

/** Whole seconds of an instant, ms. */
const seconds = (instant: number): number => Math.floor(instant / 1000);

const none = new Set<string>();

/**
 * The address with what a plain request says in its query: `time` (planned), `epsilon` and `at` (now), in whole seconds.
 * What the user wrote stays as it is, letter by letter; a name that stands there already is not added.
 */
const withQuery = (url: string, { at, expiresAt }: Parcel, now: number): string => {
  const mark = url.indexOf('?');
  const own = mark === -1 ? '' : url.slice(mark + 1);
  const taken = own === '' ? none : new URLSearchParams(own);
  const added = Object.entries({
    time: seconds(at),
    epsilon: Math.ceil((expiresAt - at) / 1000),
    at: seconds(now),
  })
    .filter(([name]) => !taken.has(name))
    .map(([name, value]) => `${name}=${value}`);
  const query = [own, ...added].filter((part) => part !== '').join('&');
  return `${mark === -1 ? url : url.slice(0, mark)}${query === '' ? '' : `?${query}`}`;
};

/** The value of a header with the secrets that it names, as in `Bearer {{secret:billing}}`. Throws `NOT_FOUND`. */
const withSecrets = (name: string, value: string, named: ParcelSecrets['named']): string =>
  value.replace(/\{\{secret:([^}]*)\}\}/g, (_, secret: string) => {
    const found = Object.hasOwn(named, secret) ? named[secret] : undefined;
    if (found !== undefined) return found;
    throw new SynergyError(
      'NOT_FOUND',
      `header '${name}' names the secret '${secret}', which is not stored: store it, or take it out of the header`,
    );
  });

/** Headers of the user, their names in lower case, with secrets. Throws `NOT_FOUND` for one that is not there. */
export const ownHeaders = ({ target, secrets }: Parcel): Record<string, string> =>
  Object.fromEntries(
    Object.entries(target.headers).map(([name, value]) => [
      name.toLowerCase(),
      withSecrets(name, value, secrets.named),
    ]),
  );

/** Methods without a body. */
const bodiless: readonly string[] = ['GET', 'DELETE'];

/** The HTTP request of one attempt, which begins at `now` (ms). Throws `NOT_FOUND` for a secret that is not there. */
export const httpEnvelope = (parcel: Parcel, now: number, userAgent: string): Envelope => {
  const { target, messageId } = parcel;
  const hasBody = !bodiless.includes(target.method);
  // A structured CloudEvent is all body.
  const format = target.format === 'cloudevents' && !hasBody ? 'cloudevents-binary' : target.format;
  const { headers, body } = contents[format](parcel);
  const [address = ''] = target.url.split('#', 1);
  const all = {
    'user-agent': userAgent,
    'content-type': 'application/json',
    ...ownHeaders(parcel),
    ...headers,
    'webhook-id': messageId,
    'webhook-timestamp': String(seconds(now)),
    ...synergyHeaders(parcel),
  };
  const { 'content-type': contentType, ...others } = all;
  return {
    method: target.method,
    url: format === 'plain' && target.query ? withQuery(address, parcel, now) : address,
    headers: hasBody && body !== '' ? { ...others, 'content-type': contentType } : others,
    body: hasBody ? body : null,
  };
};

/** The text that a signature is of, https://github.com/standard-webhooks/standard-webhooks. */
export const textToSign = ({ headers, body }: Envelope): string =>
  [headers['webhook-id'], headers['webhook-timestamp'], body ?? ''].join('.');
