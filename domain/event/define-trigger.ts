import { SynergyError } from '../errors.ts';
import { missedPolicies } from '../model/process.ts';
import type {
  DeclaredTrigger,
  EventRetryOptions,
  EventTargetOptions,
  EventTriggerOptions,
} from '../model/process.ts';
import {
  anyJson,
  anyText,
  duration,
  fields,
  flag,
  invalidContext,
  oneOf,
  optional,
  text,
  texts,
  whole,
  withDefault,
} from '../model/option-reader.ts';
import type { OptionReader, ShapeOf } from '../model/option-reader.ts';
import { readTarget, targetMethods } from './target.ts';
import { userinfoOf } from './target-address.ts';
import { LOCAL_OWNER, eventFormats, eventOverlaps, putTrigger } from './trigger.ts';
import type { EventTrigger, TriggerChange } from './trigger.ts';

const targetFields = fields({
  url: text,
  method: optional(oneOf(...targetMethods)),
  headers: optional(texts),
  format: optional(oneOf(...eventFormats)),
  query: optional(flag),
  eventType: optional(text),
  timeout: optional(duration),
  connection: optional(text),
} satisfies ShapeOf<EventTargetOptions>);

const target: OptionReader<DeclaredTrigger['target']> = (value, where) =>
  targetFields(typeof value === 'string' ? { url: value } : value, where);

const triggerFields = fields({
  id: text,
  owner: withDefault(text, LOCAL_OWNER),
  name: optional(text),
  description: optional(anyText),
  labels: optional(texts),
  schedule: text,
  epsilon: optional(duration),
  target,
  payload: optional(anyJson),
  retry: optional(
    fields({
      attempts: optional(whole),
      delay: optional(duration),
      maxDelay: optional(duration),
    } satisfies ShapeOf<EventRetryOptions>),
  ),
  missed: optional(oneOf(...missedPolicies)),
  overlap: optional(oneOf(...eventOverlaps)),
  pauseAfter: optional(whole),
  on: withDefault(flag, true),
} satisfies ShapeOf<EventTriggerOptions>);

/**
 * What becomes of a trigger that the context declares, at `now` (ms): all that the context says of it holds, save that what users
 * paused stays paused. Throws INVALID_TARGET, INVALID_SCHEDULE, INVALID_ARGUMENT, UNFIT_VALUE.
 */
export const declareTrigger = (
  known: EventTrigger | undefined,
  declared: DeclaredTrigger,
  now: number,
): TriggerChange => {
  const [target, on] = [readTarget(declared.target), known?.on ?? declared.on];
  return putTrigger(known, { ...declared, target, on, origin: 'context' }, now);
};

/** Registers an event trigger. Throws INVALID_CONTEXT, also for a schedule or a target that could not be kept. */
export const eventTrigger = (options: EventTriggerOptions): DeclaredTrigger => {
  const { id } = (options as Partial<EventTriggerOptions> | undefined) ?? {};
  const where = typeof id === 'string' ? `eventTrigger('${id}')` : 'eventTrigger()';
  const declared: DeclaredTrigger = Object.freeze({
    kind: 'event-trigger',
    ...triggerFields(options, where),
  });
  try {
    declareTrigger(undefined, declared, 0);
  } catch (error) {
    throw error instanceof SynergyError ? invalidContext(`${where}: ${error.message}`) : error;
  }
  if (userinfoOf(declared.target.url) !== undefined)
    throw invalidContext(
      `${where}.target.url has a name and a password: expected them in a header as {{secret:name}}, or, for brokers, in the setting eventConnections`,
    );
  return declared;
};
