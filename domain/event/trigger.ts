import { isAccountName } from '../accounts/account-name.ts';
import { SynergyError } from '../errors.ts';
import { jsonLimits, checkJson } from '../model/json-check.ts';
import type { Json, MissedPolicy } from '../model/process.ts';
import { nextAfter, scheduleOf } from '../schedule/schedule.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { writeDuration } from '../time/duration.ts';

/** The built-in free-run process whose units of work are the executions of event triggers. */
export const EVENTS = 'Events';

/** Who owns triggers where there are no accounts. */
export const LOCAL_OWNER = 'local';

/** How an event is written down for its target. */
export const eventFormats = ['plain', 'cloudevents', 'cloudevents-binary'] as const;

/** Where an event goes, as `readTarget` reads it. */
export type EventTarget = {
  readonly url: string;
  /** HTTP: POST, PUT, PATCH, GET or DELETE. */
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly format: (typeof eventFormats)[number];
  /** Plain HTTP: whether planned time, epsilon and time of the attempt are appended to the query. */
  readonly query: boolean;
  /** CloudEvents: `type`; null for `synergy.trigger.fired`. */
  readonly eventType: string | null;
  /** Of a whole attempt, ms. */
  readonly timeout: number;
  /** Name of the setting with the credentials of a broker; null for that of the host. */
  readonly connection: string | null;
};

/** Attempts of one execution at most, and the pauses in between, ms: the first, which doubles, and the longest. */
export type EventRetry = {
  readonly attempts: number;
  readonly delay: number;
  readonly maxDelay: number;
};

/** What a firing does that meets the one before still under way. */
export const eventOverlaps = ['allow', 'skip'] as const;

/** Words by which people find a trigger. */
export type Labels = Readonly<Record<string, string>>;

/** Who says what a trigger is like. */
export const triggerOrigins = ['user', 'context'] as const;

/** Tells event triggers apart. */
export interface TriggerKey {
  /** Name of an account, or `local` while there are none. */
  readonly owner: string;
  readonly id: string;
}

/** An event trigger: a schedule with a target. Instants and lengths are milliseconds. */
export interface EventTrigger extends TriggerKey {
  readonly name: string;
  readonly description: string;
  readonly labels: Labels;
  /** As written. */
  readonly schedule: string;
  /** The last instant at which an attempt may begin is so long after the planned one. */
  readonly epsilon: number;
  readonly target: EventTarget;
  readonly payload: Json;
  readonly retry: EventRetry;
  /** Firings missed while no scheduler ran: each one inside its epsilon goes out, only the latest, or none. */
  readonly missed: MissedPolicy;
  readonly overlap: (typeof eventOverlaps)[number];
  /** It is paused when so many executions in a row have failed; null for never. */
  readonly pauseAfter: number | null;
  readonly on: boolean;
  /** Why it is paused, in the words of who paused it. */
  readonly note: string | null;
  /** Fingerprint of the secret that signs its messages. */
  readonly secret: string | null;
  /** Rises by one with every change. */
  readonly revision: number;
  /** Firings after this instant count. */
  readonly armedAt: number;
  /** When its last firing was found to be past. */
  readonly endedAt: number | null;
  /** It is deleted once its last execution has ended. */
  readonly deleteAfterEnd: boolean;
  /** What the context says of its own holds again at each start, and goes with it. */
  readonly origin: (typeof triggerOrigins)[number];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a user says of an event trigger; what is left out is as by default. */
export interface TriggerInput extends TriggerKey {
  /** Default: the id. */
  readonly name?: string;
  readonly description?: string;
  readonly labels?: Labels;
  readonly schedule: string;
  /** Unless the schedule says it: 5 minutes by default. */
  readonly epsilon?: number;
  readonly target: EventTarget;
  /** Default null. */
  readonly payload?: Json;
  readonly retry?: Partial<EventRetry>;
  readonly missed?: MissedPolicy;
  readonly overlap?: EventTrigger['overlap'];
  /** Default null. */
  readonly pauseAfter?: number | null;
  /** Default: as it is, on for a new one. */
  readonly on?: boolean;
  readonly note?: string;
  readonly deleteAfterEnd?: boolean;
  /** Default: as it is, `user` for a new one. */
  readonly origin?: EventTrigger['origin'];
  /** The name and password of its target are others than those that are kept: a change, though the record shows none. */
  readonly hasNewLogin?: boolean;
}

/** Without any, a trigger would deliver hours late after an outage. */
export const DEFAULT_EPSILON = 300_000;

/** As a trigger is tried when it says nothing of it. */
export const defaultRetry: EventRetry = { attempts: 10, delay: 1_000, maxDelay: 60_000 };

/** The longest texts of a trigger, characters; the most labels. */
const MOST = { name: 200, description: 2_000, labels: 50, label: 200, note: 500 };
/** Attempts and pauses (ms) of an execution at most. */
const MOST_RETRY = { attempts: 100, delay: 86_400_000 };
/** Executions in a row that may fail, at most. */
export const MOST_FAILURES = 100;

/** What the id of a trigger must be like, for messages. */
export const triggerIdRule = "1 to 100 letters, digits, '.', '_', '~' and '-'";

export const isTriggerId = (text: string): boolean => /^[\w.~-]{1,100}$/.test(text);

const refuse = ({ owner, id }: TriggerKey, problem: string): SynergyError =>
  new SynergyError('INVALID_ARGUMENT', `event trigger ${owner}/${id}: ${problem}`);

/** The entry of the process `Events` that a trigger is. */
export const triggerEntry = ({ owner, id }: TriggerKey): string => `${owner}/${id}`;

/** Key of the trigger whose entry it is; undefined when it is that of none. */
export const triggerOfEntry = (entryName: string): TriggerKey | undefined => {
  const [owner, id, ...rest] = entryName.split('/');
  return owner && id && rest.length === 0 ? { owner, id } : undefined;
};

/** How late a delivery may begin, ms: as the trigger says, or its schedule, or by default. Throws INVALID_ARGUMENT. */
export const epsilonOf = (given: TriggerKey & Pick<TriggerInput, 'epsilon'>, schedule: Schedule): number => {
  const { epsilon } = given;
  if (epsilon !== undefined && !(Number.isSafeInteger(epsilon) && epsilon > 0))
    throw refuse(given, `its epsilon should be whole milliseconds above 0, and is ${epsilon}`);
  if (epsilon !== undefined && schedule.epsilon !== undefined && epsilon !== schedule.epsilon) {
    const [field, text] = [writeDuration(epsilon), writeDuration(schedule.epsilon)];
    throw refuse(given, `its epsilon is ${field} and that of its schedule ${text}: leave one of them out`);
  }
  return epsilon ?? schedule.epsilon ?? DEFAULT_EPSILON;
};

const isObject = (value: Json): boolean => typeof value === 'object' && !Array.isArray(value);

const retryOf = (given: TriggerInput): EventRetry => {
  const retry = { ...defaultRetry, ...given.retry };
  const { attempts, delay, maxDelay } = retry;
  const isLength = (ms: number): boolean => Number.isSafeInteger(ms) && ms >= 0 && ms <= MOST_RETRY.delay;
  if (!Number.isSafeInteger(attempts) || attempts < 1 || attempts > MOST_RETRY.attempts)
    throw refuse(given, `retry.attempts should be 1 to ${MOST_RETRY.attempts}, and is ${attempts}`);
  if (!isLength(delay) || !isLength(maxDelay) || maxDelay < delay)
    throw refuse(
      given,
      `retry should pause for 0 to ${MOST_RETRY.delay} ms, and no longer at first (${delay}) than at last (${maxDelay})`,
    );
  return retry;
};

const pauseAfterOf = (given: TriggerInput): number | null => {
  const { pauseAfter = null } = given;
  if (
    pauseAfter === null ||
    (Number.isSafeInteger(pauseAfter) && pauseAfter >= 1 && pauseAfter <= MOST_FAILURES)
  )
    return pauseAfter;
  throw refuse(
    given,
    `pauseAfter should be 1 to ${MOST_FAILURES} failures, or null for never, and is ${pauseAfter}`,
  );
};

const checkTexts = (given: TriggerInput): void => {
  const { owner, id, name = id, description = '', labels = {}, note } = given;
  if (owner !== LOCAL_OWNER && !isAccountName(owner))
    throw refuse(given, `its owner should be an account, or ${LOCAL_OWNER} where there are none`);
  if (!isTriggerId(id)) throw refuse(given, `its id should be ${triggerIdRule}`);
  if (name.trim() === '' || name.length > MOST.name)
    throw refuse(given, `its name should have 1 to ${MOST.name} characters, and has ${name.length}`);
  if (description.length > MOST.description)
    throw refuse(given, `its description should have ${MOST.description} characters at most`);
  if (note && note.length > MOST.note)
    throw refuse(given, `its note should have ${MOST.note} characters at most`);
  const entries = Object.entries(labels);
  if (entries.length > MOST.labels || entries.some((texts) => texts.some((text) => text.length > MOST.label)))
    throw refuse(given, `it should have ${MOST.labels} labels at most, of ${MOST.label} characters each`);
};

/** What a user says of a trigger, with the defaults. Throws INVALID_ARGUMENT, INVALID_SCHEDULE, UNFIT_VALUE. */
const readInput = (given: TriggerInput) => {
  checkTexts(given);
  const payload = given.payload ?? null;
  checkJson(payload, jsonLimits.payload, `payload of event trigger ${triggerEntry(given)}`);
  if (/^synergy:/i.test(given.target.url) && payload !== null && !isObject(payload))
    throw refuse(given, 'its payload should be an object: it becomes arguments of a free-run entry');
  return {
    name: given.name ?? given.id,
    description: given.description ?? '',
    labels: given.labels ?? {},
    schedule: given.schedule,
    epsilon: epsilonOf(given, scheduleOf(given.schedule)),
    target: given.target,
    payload,
    retry: retryOf(given),
    missed: given.missed ?? ('all' as const),
    overlap: given.overlap ?? ('allow' as const),
    pauseAfter: pauseAfterOf(given),
    deleteAfterEnd: given.deleteAfterEnd ?? false,
  };
};

/** Made so that the fields of both come in one order. */
const sameFields = (a: object, b: object, names: readonly string[]): boolean => {
  const text = (record: object): string =>
    JSON.stringify(names.map((name) => record[name as keyof typeof record]));
  return text(a) === text(b);
};

/** A change of a trigger, which may be none. */
export interface TriggerChange {
  readonly trigger: EventTrigger;
  readonly changed: boolean;
}

const changeOf = (
  known: EventTrigger | undefined,
  next: EventTrigger,
  now: number,
  hasNewLogin = false,
): TriggerChange => {
  if (known !== undefined && !hasNewLogin && sameFields(known, next, Object.keys(next)))
    return { trigger: known, changed: false };
  // Another schedule, and a trigger that goes on, say nothing about the past.
  const isArmed = known?.schedule === next.schedule && known.on === next.on;
  const armedAt = isArmed ? known.armedAt : now;
  const endedAt = (): number | null =>
    nextAfter(next.schedule, armedAt) === undefined ? (known?.endedAt ?? now) : null;
  const revision = (known?.revision ?? 0) + 1;
  return {
    trigger: { ...next, armedAt, endedAt: isArmed ? next.endedAt : endedAt(), revision, updatedAt: now },
    changed: true,
  };
};

/**
 * What becomes of a trigger that a user puts at `now` (ms), new or in place of the known one. Putting what is there already
 * changes nothing. Throws INVALID_ARGUMENT, INVALID_SCHEDULE, UNFIT_VALUE.
 */
export const putTrigger = (
  known: EventTrigger | undefined,
  given: TriggerInput,
  now: number,
): TriggerChange => {
  const { owner, id } = given;
  const on = given.on ?? known?.on ?? true;
  const next = {
    owner,
    id,
    ...readInput(given),
    on,
    note: on ? null : (given.note ?? known?.note ?? null),
    secret: known?.secret ?? null,
    origin: given.origin ?? known?.origin ?? 'user',
    revision: known?.revision ?? 0,
    armedAt: known?.armedAt ?? now,
    endedAt: known?.endedAt ?? null,
    createdAt: known?.createdAt ?? now,
    updatedAt: known?.updatedAt ?? now,
  };
  return changeOf(known, next, now, given.hasNewLogin);
};

/** A trigger that a user pauses, with a note: nothing is planned any more. */
export const pauseTrigger = (known: EventTrigger, note: string | null, now: number): TriggerChange =>
  changeOf(known, { ...known, on: false, note }, now);

/** A trigger that goes on: nothing of the pause is made up for. */
export const resumeTrigger = (known: EventTrigger, now: number): TriggerChange =>
  changeOf(known, { ...known, on: true, note: null }, now);

/** A trigger whose messages a secret signs from now on, by the fingerprint of that; none when it is null. */
export const signTrigger = (known: EventTrigger, secret: string | null, now: number): TriggerChange =>
  changeOf(known, { ...known, secret }, now);

/** The last instant, ms, at which an attempt of what is due at an instant may begin. */
export const deadlineOf = ({ epsilon }: Pick<EventTrigger, 'epsilon'>, due: number): number => due + epsilon;
