import { SynergyError } from '../../domain/errors.ts';
import { finishCommand } from '../../db/collections.ts';
import { eventTriggerSpec } from '../../db/event-collections.ts';
import type { TriggerStore } from '../../db/event-collections.ts';
import type { Cause } from '../../db/store.ts';
import { displayUrl, takeCredentials } from '../../domain/event/target-address.ts';
import { readTarget, secretsOf } from '../../domain/event/target.ts';
import type { TargetInput } from '../../domain/event/target.ts';
import { executionOf, executionUow, handExecutionId } from '../../domain/event/execution.ts';
import type { Execution } from '../../domain/event/execution.ts';
import { EXECUTION_QUEUE } from '../../domain/event/process.ts';
import { EVENTS, pauseTrigger, putTrigger, resumeTrigger, triggerEntry } from '../../domain/event/trigger.ts';
import type {
  EventTarget,
  EventTrigger,
  TriggerChange,
  TriggerInput,
  TriggerKey,
} from '../../domain/event/trigger.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import { causeOf, ring, unitOf } from '../context.ts';
import type { SchedulerServices } from '../services.ts';
import type { CommandOf } from '../commands/command-table.ts';
import { commandRefusals } from '../commands/check-command.ts';
import { checkVersion } from '../commands/expected-version.ts';
import { cancellation } from '../engine/job-update.ts';

/** Units that are canceled at a time. */
const PAGE = 500;

/** What changes of triggers stand on. */
type TriggerServices = Pick<SchedulerServices, 'shared' | 'turnLoop' | 'events'>;

type Changed = (known: EventTrigger | undefined) => TriggerChange;

/** Says of which trigger a command is. */
type Named = Readonly<{ owner: string; triggerId: string }>;

const keyOf = ({ owner, triggerId }: Named): TriggerKey => ({ owner, id: triggerId });

const unknownTrigger = (key: TriggerKey): SynergyError =>
  new SynergyError('NOT_FOUND', `no event trigger is named '${triggerEntry(key)}'`);

const existing = (key: TriggerKey, known: EventTrigger | undefined): EventTrigger => {
  if (known === undefined) throw unknownTrigger(key);
  return known;
};

const recordsOf = (store: TriggerStore) => store.collection(eventTriggerSpec);

const find = async (store: TriggerStore, key: TriggerKey): Promise<EventTrigger | undefined> =>
  (await recordsOf(store).getAll([key]))[0];

/** Stores a change, and has the planner follow it; a trigger that another writer was faster to change is read again. */
const change = async (
  { shared, events }: TriggerServices,
  key: TriggerKey,
  changed: Changed,
  known?: EventTrigger,
): Promise<TriggerChange> => {
  const triggers = recordsOf(shared.store);
  for (let before = known ?? (await find(shared.store, key)); ; before = await find(shared.store, key)) {
    const next = changed(before);
    if (!next.changed) return next;
    const isWritten =
      before === undefined
        ? await triggers.insertNew(next.trigger)
        : await triggers.compareAndSet(key, { revision: before.revision }, next.trigger);
    if (!isWritten) continue;
    events.planner.put(next.trigger);
    return next;
  }
};

const answerOf = ({ changed, trigger }: TriggerChange): JsonObject => ({
  trigger: triggerEntry(trigger),
  changed,
  revision: trigger.revision,
});

/** Schemes that workers have a courier for. */
const delivered = /^(?:http|amqp)s?:/i;

/** What a target should be like that it is not: all who see a trigger see its target, and no secret is kept for it. */
const expectedOf = (target: EventTarget): string | undefined => {
  if (!delivered.test(target.url))
    return 'an address of http, https, amqp or amqps: no other is delivered to';
  if (takeCredentials(target.url).credentials !== undefined)
    return 'an address without a name and password, which all who see the trigger would see';
  return secretsOf(target).length === 0 ? undefined : 'headers without {{secret:…}}: there is no such secret';
};

/** The target that a user gives. Throws INVALID_TARGET. */
const targetOf = (given: TargetInput): EventTarget => {
  const target = readTarget(given);
  const expected = expectedOf(target);
  if (expected === undefined) return target;
  throw new SynergyError('INVALID_TARGET', `target, url '${displayUrl(target.url)}': expected ${expected}`);
};

/** What a user says of a trigger. */
const inputOf = ({ owner, triggerId, target, ...given }: GivenLine): TriggerInput => ({
  ...given,
  owner,
  id: triggerId,
  target: targetOf(target),
});

/** New, or in place of the one that there is. Throws VERSION_CHANGED, and what `putTrigger` throws. */
export const putOne = async (
  services: TriggerServices,
  { expectedVersion, ...given }: CommandOf<'put-trigger'>,
  { at }: Cause,
): Promise<JsonObject> => {
  services.events.planner.check();
  const input = inputOf(given);
  const changed: Changed = (known) => {
    const next = putTrigger(known, input, at);
    // One that is past the version expected, and as it is to be, was changed before, and the answer was lost.
    if (next.changed)
      checkVersion(`event trigger ${triggerEntry(input)}`, expectedVersion, known?.revision ?? 0);
    return next;
  };
  return answerOf(await change(services, input, changed));
};

/** One of many triggers that are put. */
interface Line {
  readonly line: number;
  readonly input: TriggerInput;
  readonly known: EventTrigger | undefined;
}

/** Why one of many triggers is not put. */
interface RefusedLine {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

type GivenLine = CommandOf<'put-triggers'>['triggers'][number];

const readLine = (
  given: GivenLine,
  { line, known, at }: { readonly line: number; readonly known: Line['known']; readonly at: number },
): Line | RefusedLine => {
  try {
    const input = inputOf(given);
    putTrigger(known, input, at);
    return { line, input, known };
  } catch (error) {
    if (!(error instanceof SynergyError) || !commandRefusals.includes(error.code)) throw error;
    return { line, code: error.code, message: error.message };
  }
};

/** Puts many, those that will do, or none when one will not and `atomic` is asked for; answers the counts, and what was refused, by lines from 1. */
export const putMany = async (
  services: TriggerServices,
  { triggers, atomic = false }: CommandOf<'put-triggers'>,
  { at }: Cause,
): Promise<JsonObject> => {
  services.events.planner.check();
  const found = await recordsOf(services.shared.store).getAll(triggers.map(keyOf));
  const byEntry = new Map(found.map((trigger) => [triggerEntry(trigger), trigger]));
  const lines = triggers.map((given, i) =>
    readLine(given, { line: i + 1, known: byEntry.get(triggerEntry(keyOf(given))), at }),
  );
  const refused = lines.flatMap((line) => ('code' in line ? [{ ...line }] : []));
  const taken = lines.flatMap((line) => ('code' in line ? [] : [line]));
  const counts = { created: 0, changed: 0, unchanged: 0 };
  if (atomic && refused.length > 0) return { ...counts, refused };
  // The last line of a trigger counts; one after another, since each stands on the one before.
  const isRepeated = new Set(taken.map(({ input }) => triggerEntry(input))).size < taken.length;
  const put = async ({ input, known }: Line): Promise<void> => {
    const next = await change(
      services,
      input,
      (before) => putTrigger(before, input, at),
      isRepeated ? undefined : known,
    );
    counts[next.changed ? (next.trigger.revision === 1 ? 'created' : 'changed') : 'unchanged']++;
  };
  if (isRepeated) for (const line of taken) await put(line);
  else await Promise.all(taken.map(put));
  return { ...counts, refused };
};

/** Pauses a trigger: nothing is planned any more. Throws NOT_FOUND. */
export const pause = async (
  services: TriggerServices,
  request: CommandOf<'pause-trigger'>,
  { at }: Cause,
): Promise<JsonObject> => {
  const key = keyOf(request);
  const { note = null } = request;
  return answerOf(await change(services, key, (known) => pauseTrigger(existing(key, known), note, at)));
};

/** Lets a trigger go on; nothing of the pause is made up for. Throws NOT_FOUND. */
export const resume = async (
  services: TriggerServices,
  request: CommandOf<'resume-trigger'>,
  { at }: Cause,
): Promise<JsonObject> => {
  const key = keyOf(request);
  return answerOf(await change(services, key, (known) => resumeTrigger(existing(key, known), at)));
};

/** Cancels what waits of a trigger that is deleted. */
const cancelWaiting = async ({ shared, turnLoop }: TriggerServices, key: TriggerKey): Promise<number> => {
  const cause = causeOf(shared, 'scheduler', 'its trigger was deleted');
  const states = ['REQUESTED', 'INVALID'] as const;
  const query = { processName: EVENTS, entryName: triggerEntry(key), states, limit: PAGE };
  let canceled = 0;
  for (;;) {
    const waiting = await shared.store.findUows(query);
    if (waiting.length === 0) return canceled;
    const groups = waiting.map((uow) => ({ cause, writes: [cancellation(uow, cause)] }));
    const outcomes = await shared.store.commit(groups);
    canceled += outcomes.filter((outcome) => outcome === 'applied').length;
    void turnLoop.report(waiting.map(({ id }) => id));
  }
};

/** Deletes a trigger; its executions stay until retention takes them, and those that wait are canceled. */
const remove = async (services: TriggerServices, key: TriggerKey): Promise<JsonObject> => {
  await services.events.planner.drop(key);
  const canceled = await cancelWaiting(services, key);
  await recordsOf(services.shared.store).remove(key);
  return { removed: triggerEntry(key), canceled };
};

/** The same for a user. One that was begun is taken to its end. Throws NOT_FOUND. */
export const removeByCommand = async (
  services: TriggerServices,
  request: CommandOf<'remove-trigger'>,
  { id, result }: CommandRecord,
): Promise<JsonObject> => {
  const { store } = services.shared;
  const key = keyOf(request);
  if (result === null) existing(key, await find(store, key));
  await finishCommand(store, id, { state: 'open', result: { removed: triggerEntry(key) }, finishedAt: null });
  return remove(services, key);
};

const perform = async (
  { shared }: TriggerServices,
  execution: Execution,
  cause: Cause,
): Promise<JsonObject> => {
  const uow = executionUow(execution, { now: shared.clock.now(), ahead: 0 });
  // Taken already when the command is carried out again.
  await shared.store.commit([{ cause, writes: [{ kind: 'uow-insert', uow }] }]);
  await ring(shared, EXECUTION_QUEUE, [uow.id]);
  return { execution: uow.id };
};

/** Makes an execution now, for the instant given or for now. Throws NOT_FOUND. */
export const fire = async (
  services: TriggerServices,
  request: CommandOf<'fire-trigger'>,
  { cause, command }: { readonly cause: Cause; readonly command: CommandRecord },
): Promise<JsonObject> => {
  services.events.planner.check();
  const trigger = keyOf(request);
  existing(trigger, await find(services.shared.store, trigger));
  const id = handExecutionId(trigger, command.id);
  const due = command.createdAt;
  return perform(services, { id, trigger, at: request.at ?? due, due, isByHand: true, first: id }, cause);
};

/** Sends what an execution sent again: the same message of the same planned instant. Throws NOT_FOUND, CONFLICT. */
export const resend = async (
  services: TriggerServices,
  { uowId }: CommandOf<'resend-execution'>,
  { cause, command }: { readonly cause: Cause; readonly command: CommandRecord },
): Promise<JsonObject> => {
  services.events.planner.check();
  const uow = await unitOf(services.shared.store, uowId);
  const before = executionOf(uow);
  if (before === undefined)
    throw new SynergyError(
      'CONFLICT',
      `${uowId} is no execution of an event trigger: nothing can be sent again`,
    );
  if (!isUowFinished(uow.state))
    throw new SynergyError(
      'CONFLICT',
      `${uowId} is ${uow.state}: only an execution that has ended is sent again`,
    );
  const { trigger, at, first } = before;
  existing(trigger, await find(services.shared.store, trigger));
  const id = handExecutionId(trigger, command.id);
  return perform(services, { id, trigger, at, due: command.createdAt, isByHand: true, first }, cause);
};

/** Deletes triggers that are to go once they have ended, and whose last execution has ended. */
export const removeEnded = async (services: TriggerServices): Promise<void> => {
  const { shared, events } = services;
  for (const key of events.planner.leaving())
    await events.alone(async () => {
      const states = ['REQUESTED', 'IN_PROGRESS', 'INVALID'] as const;
      const query = { processName: EVENTS, entryName: triggerEntry(key), states, limit: 1 };
      if ((await shared.store.findUows(query)).length > 0 || !events.planner.isLeaving(key)) return;
      await remove(services, key);
    });
};
