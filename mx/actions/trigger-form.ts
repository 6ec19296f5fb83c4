import { SynergyError } from '../../domain/errors.ts';
import { readTarget } from '../../domain/event/target.ts';
import { putTrigger } from '../../domain/event/trigger.ts';
import { scheduleOf } from '../../domain/schedule/schedule.ts';
import type { EventRetry, EventTarget, EventTrigger, TriggerInput } from '../../domain/event/trigger.ts';
import type { Json } from '../../domain/model/process.ts';
import { parseDuration, writeDuration } from '../../domain/time/duration.ts';
import type { WhenProblems } from '../present/event/when-fields.ts';
import type { FormFields } from './command-dialog.ts';

/** The fields of the form of an event trigger. */
export const triggerFields = [
  ...(['triggerId', 'name', 'description', 'labels', 'schedule', 'epsilon'] as const),
  ...([
    'url',
    'method',
    'headers',
    'format',
    'eventType',
    'query',
    'timeout',
    'connection',
    'payload',
  ] as const),
  ...(['attempts', 'delay', 'maxDelay', 'missed', 'overlap', 'pauseAfter', 'deleteAfterEnd'] as const),
] as const;
export type TriggerField = (typeof triggerFields)[number];

/** What is wrong, by the field that it concerns. */
export type FieldProblems = Partial<Record<TriggerField, string>> & WhenProblems;

export type TriggerFields = Readonly<Record<TriggerField, string>>;

const lines = (texts: Readonly<Record<string, string>>): string =>
  Object.entries(texts)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

/** As the form of a new trigger begins. */
export const emptyTrigger: TriggerFields = {
  ...{ triggerId: '', name: '', description: '', labels: '', schedule: 'every 1h', epsilon: '' },
  ...{ url: '', method: 'POST', headers: '', format: 'plain', eventType: '', query: 'true', timeout: '15s' },
  connection: '',
  ...{ payload: '', attempts: '10', delay: '1s', maxDelay: '1m' },
  ...{ missed: 'all', overlap: 'allow', pauseAfter: '', deleteAfterEnd: '' },
};

/** A trigger in the fields of the form. */
export const fieldsOf = (trigger: EventTrigger): TriggerFields => {
  const { id, name, description, labels, schedule, epsilon, target, payload, retry } = trigger;
  return {
    ...{ triggerId: id, name, description, labels: lines(labels), schedule },
    epsilon: scheduleOf(schedule).epsilon === undefined ? writeDuration(epsilon) : '',
    ...{ url: target.url, method: target.method, headers: lines(target.headers), format: target.format },
    ...{ eventType: target.eventType ?? '', query: target.query ? 'true' : '' },
    timeout: writeDuration(target.timeout),
    connection: target.connection ?? '',
    payload: payload === null ? '' : JSON.stringify(payload, null, 2),
    attempts: String(retry.attempts),
    ...{ delay: writeDuration(retry.delay), maxDelay: writeDuration(retry.maxDelay) },
    ...{ missed: trigger.missed, overlap: trigger.overlap },
    pauseAfter: trigger.pauseAfter === null ? '' : String(trigger.pauseAfter),
    deleteAfterEnd: trigger.deleteAfterEnd ? 'true' : '',
  };
};

const refuse = (text: string): SynergyError => new SynergyError('INVALID_ARGUMENT', text);

const readLines = (text: string, example: string): Record<string, string> => {
  const given = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const pairs = given.map((line): [string, string] => {
    const colon = line.indexOf(':');
    if (colon < 1)
      throw refuse(`'${line.trim()}' has no colon: expected one in each line, such as ${example}`);
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) throw refuse(`'${twice}' stands there twice: expected each name once`);
  return Object.fromEntries(pairs);
};

const readPayload = (text: string): Json => {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw refuse(`this is not JSON: ${(error as Error).message}; expected any JSON, such as {"days": 7}`);
  }
};

const readSchedule = (text: string): string => {
  if (text === '') throw refuse('a schedule is needed, such as every 15m');
  scheduleOf(text);
  return text;
};

/** Which field a refusal of the domain is about, by its words. */
const fieldOfTarget = (message: string): TriggerField => {
  const part = /^target, ([a-zA-Z]+)/.exec(message)?.[1] ?? '';
  if (part.startsWith('header')) return 'headers';
  return (
    (['method', 'format', 'eventType', 'timeout', 'connection'] as const).find((name) => name === part) ??
    'url'
  );
};

const fieldOfTrigger = (message: string): TriggerField | undefined => {
  const words: readonly (readonly [RegExp, TriggerField])[] = [
    [/its epsilon/, 'epsilon'],
    [/its id/, 'triggerId'],
    [/its name/, 'name'],
    [/its description/, 'description'],
    [/labels/, 'labels'],
    [/retry\.attempts/, 'attempts'],
    [/retry/, 'delay'],
    [/pauseAfter/, 'pauseAfter'],
    [/^payload/, 'payload'],
  ];
  return words.find(([pattern]) => pattern.test(message))?.[1];
};

/** What a form says of a trigger, or what is wrong with it: by fields, and with the whole. */
export type ReadTrigger =
  | { readonly input: TriggerInput; readonly problems?: undefined }
  | { readonly problems: FieldProblems; readonly problem?: string };

/** Reads fields one by one, and notes what is wrong with each. */
const fieldReader = (fields: FormFields) => {
  const problems: FieldProblems = {};
  const text = (name: TriggerField): string => (fields[name] ?? '').trim();
  const read = <T>(name: TriggerField | ((message: string) => TriggerField), how: () => T): T | undefined => {
    try {
      return how();
    } catch (error) {
      if (!(error instanceof SynergyError)) throw error;
      problems[typeof name === 'string' ? name : name(error.message)] ??= error.message.replace(
        /^target, /,
        '',
      );
      return undefined;
    }
  };
  const length = (name: TriggerField): number | undefined =>
    text(name) === '' ? undefined : read(name, () => parseDuration(text(name)));
  return { problems, text, read, length };
};

type Reader = ReturnType<typeof fieldReader>;

const targetOf = ({ text, read, length }: Reader): EventTarget | undefined => {
  const headers = read('headers', () => readLines(text('headers'), 'x-team: billing'));
  const timeout = length('timeout');
  return read(fieldOfTarget, () => {
    if (text('url') === '') throw refuse('an address is needed, such as https://example.org/hook');
    return readTarget({
      url: text('url'),
      method: text('method') || undefined,
      headers,
      format: (text('format') || undefined) as EventTarget['format'] | undefined,
      eventType: text('eventType') || null,
      connection: text('connection') || null,
      query: text('query') === 'true',
      timeout,
    });
  });
};

const retryOf = ({ text, length }: Reader): Partial<EventRetry> => {
  const [delay, maxDelay] = [length('delay'), length('maxDelay')];
  return {
    ...(text('attempts') !== '' && { attempts: Number(text('attempts')) }),
    ...(delay !== undefined && { delay }),
    ...(maxDelay !== undefined && { maxDelay }),
  };
};

/** What the scheduler would refuse of the whole. */
const checked = (input: TriggerInput): ReadTrigger => {
  try {
    putTrigger(undefined, input, 0);
    return { input };
  } catch (error) {
    if (!(error instanceof SynergyError)) throw error;
    const field = fieldOfTrigger(error.message);
    const message = error.message.replace(/^event trigger [^:]*: /, '');
    return field === undefined ? { problems: {}, problem: message } : { problems: { [field]: message } };
  }
};

/** Reads of the form what is sent alone: a test needs no schedule yet. Pure. */
export const readMessage = (
  fields: FormFields,
): { readonly target?: EventTarget; readonly payload: Json; readonly problems: FieldProblems } => {
  const reader = fieldReader(fields);
  const payload = reader.read('payload', () => readPayload(reader.text('payload'))) ?? null;
  const target = targetOf(reader);
  return { payload, problems: reader.problems, ...(target && { target }) };
};

/** Reads the form of an event trigger as the scheduler will; `owner` is whose it is. Pure. */
export const readTrigger = (fields: FormFields, owner: string): ReadTrigger => {
  const reader = fieldReader(fields);
  const { problems, text, read, length } = reader;
  const schedule = read('schedule', () => readSchedule(text('schedule')));
  const epsilon = length('epsilon');
  const labels = read('labels', () => readLines(text('labels'), 'team: billing')) ?? {};
  const payload = read('payload', () => readPayload(text('payload'))) ?? null;
  const [target, retry] = [targetOf(reader), retryOf(reader)];
  if (Object.keys(problems).length > 0 || schedule === undefined || target === undefined) return { problems };
  return checked({
    ...{ owner, id: text('triggerId'), schedule, target, payload, labels, retry },
    ...(text('name') !== '' && { name: text('name') }),
    description: text('description'),
    ...(epsilon !== undefined && { epsilon }),
    missed: (text('missed') || 'all') as EventTrigger['missed'],
    overlap: (text('overlap') || 'allow') as EventTrigger['overlap'],
    pauseAfter: text('pauseAfter') === '' ? null : Number(text('pauseAfter')),
    deleteAfterEnd: text('deleteAfterEnd') === 'true',
  });
};
