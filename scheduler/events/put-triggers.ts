import { SynergyError } from '../../domain/errors.ts';
import type { Cause } from '../../db/store.ts';
import { placesOfTarget } from '../../domain/event/secret.ts';
import {
  KEPT_CREDENTIALS,
  hasKeptCredentials,
  userinfoOf,
  withUserinfo,
} from '../../domain/event/target-address.ts';
import { readTarget } from '../../domain/event/target.ts';
import { putTrigger, triggerEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger, TriggerChange, TriggerInput } from '../../domain/event/trigger.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import { commandRefusals } from '../commands/check-command.ts';
import type { CommandOf } from '../commands/command-table.ts';
import { giveWay } from '../../lib/sleep.ts';
import { checkVersion } from '../commands/expected-version.ts';
import { answerOf, change, find, keyOf, recordsOf } from './change-trigger.ts';
import type { Changed, TriggerServices } from './change-trigger.ts';
import { openRoom } from './quota.ts';
import { checkSecrets, dropLogin, hasNewLogin, keepLogin, keptSecrets } from './secrets.ts';
import type { KeptSecrets, SecretInput } from './secrets.ts';

type Input = TriggerInput & SecretInput;

/** What a user says of a trigger; the name and password in the address of its target, sealed, stand beside it. */
const inputOf = ({ owner, triggerId, target, ...given }: GivenLine): Input => {
  const read = readTarget(target);
  const userinfo = userinfoOf(read.url);
  return {
    ...given,
    owner,
    id: triggerId,
    target: { ...read, url: withUserinfo(read.url, KEPT_CREDENTIALS) },
    login: userinfo === KEPT_CREDENTIALS ? undefined : userinfo,
  };
};

/** What becomes of a trigger that is put. Throws INVALID_TARGET for secrets that are not there. */
const putWith = (
  known: EventTrigger | undefined,
  input: Input,
  { kept, at }: { readonly kept: KeptSecrets; readonly at: number },
): TriggerChange => {
  checkSecrets(input, kept);
  return putTrigger(known, { ...input, hasNewLogin: hasNewLogin(input, kept) }, at);
};

/** A put that is about to be stored, and what there is of it at `at`, ms. */
interface Put {
  readonly input: Input;
  readonly known: EventTrigger | undefined;
  readonly kept: KeptSecrets;
  readonly at: number;
  /** Revision that the user looked at. */
  readonly expectedVersion?: number | undefined;
}

/** Stores a trigger with its secrets. Throws VERSION_CHANGED, and what `putTrigger` throws. */
const store = async (services: TriggerServices, put: Put): Promise<TriggerChange> => {
  const { input, known, expectedVersion } = put;
  const changed: Changed = (before) => {
    const next = putWith(before, input, put);
    // One that is past the version expected, and as it is to be, was changed before, and the answer was lost.
    if (next.changed)
      checkVersion(`event trigger ${triggerEntry(input)}`, expectedVersion, before?.revision ?? 0);
    return next;
  };
  if (input.login === undefined && !hasKeptCredentials(known?.target.url ?? ''))
    return change(services, input, changed, known);
  // Nothing is kept of what is refused. What a trigger needs is kept before it needs it.
  changed(known);
  await keepLogin(services.shared.store, input, put);
  const next = await change(services, input, changed, known);
  await dropLogin(services.shared.store, known, next.trigger);
  return next;
};

/** The same, by what is stored now. */
const putAnew = async (
  services: TriggerServices,
  input: Input,
  asked: Pick<Put, 'at' | 'expectedVersion'>,
): Promise<TriggerChange> => {
  const known = await find(services.shared.store, input);
  const kept = await keptSecrets(services.shared.store, placesOfTarget(input));
  const { trigger } = putWith(known, input, { kept, at: asked.at });
  (await openRoom(services))(known, trigger);
  return store(services, { input, known, kept, ...asked });
};

/** New, or in place of the one that there is. Throws VERSION_CHANGED, and what `putTrigger` throws. */
export const putOne = async (
  services: TriggerServices,
  { expectedVersion, ...given }: CommandOf<'put-trigger'>,
  { at }: Cause,
): Promise<JsonObject> => {
  services.events.planner.check();
  return answerOf(await putAnew(services, inputOf(given), { at, expectedVersion }));
};

type GivenLine = CommandOf<'put-triggers'>['triggers'][number];

/** One of many triggers that are put, from 1. */
interface Line {
  readonly line: number;
  readonly input: Input;
}

/** Why one of many triggers is not put. */
interface RefusedLine {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** Triggers that are read, and written, together: firings come in between, whatever is imported. */
const GROUP = 100;

/** Those of many that will do, and why the others will not. */
const sorted = async <T extends { readonly line: number }, U>(given: readonly T[], read: (one: T) => U) => {
  const taken: U[] = [];
  const refused: RefusedLine[] = [];
  for (const [i, one] of given.entries()) {
    if (i % GROUP === GROUP - 1) await giveWay();
    try {
      taken.push(read(one));
    } catch (error) {
      if (!(error instanceof SynergyError) || !commandRefusals.includes(error.code)) throw error;
      refused.push({ line: one.line, code: error.code, message: error.message });
    }
  }
  return { taken, refused };
};

/** Reads many, and what is stored of them. */
const readMany = async (services: TriggerServices, triggers: readonly GivenLine[], at: number) => {
  const { shared } = services;
  const takeRoom = await openRoom(services);
  const found = await recordsOf(shared.store).getAll(triggers.map(keyOf));
  const byEntry = new Map(found.map((trigger) => [triggerEntry(trigger), trigger]));
  const given = triggers.map((trigger, i) => ({ line: i + 1, trigger }));
  const read = await sorted(given, ({ line, trigger }): Line => ({ line, input: inputOf(trigger) }));
  const kept = await keptSecrets(
    shared.store,
    read.taken.flatMap(({ input }) => placesOfTarget(input)),
  );
  const tried = await sorted(read.taken, ({ line, input }) => {
    const known = byEntry.get(triggerEntry(input));
    takeRoom(known, putWith(known, input, { kept, at }).trigger);
    return { line, input, known };
  });
  const refused = [...read.refused, ...tried.refused].sort((a, b) => a.line - b.line);
  return { kept, taken: tried.taken, refused: refused.map((line) => ({ ...line })) };
};

/** Puts many, those that will do, or none when one will not and `atomic` is asked for; answers the counts, and what was refused, by lines from 1. */
export const putMany = async (
  services: TriggerServices,
  { triggers, atomic = false }: CommandOf<'put-triggers'>,
  { at }: Cause,
): Promise<JsonObject> => {
  services.events.planner.check();
  const { kept, taken, refused } = await readMany(services, triggers, at);
  const counts = { created: 0, changed: 0, unchanged: 0 };
  if (atomic && refused.length > 0) return { ...counts, refused };
  // The last line of a trigger counts; one after another, since each stands on the one before.
  const isRepeated = new Set(taken.map(({ input }) => triggerEntry(input))).size < taken.length;
  const put = async ({ input, known }: (typeof taken)[number]): Promise<void> => {
    const next = isRepeated
      ? await putAnew(services, input, { at })
      : await store(services, { input, known, kept, at });
    counts[next.changed ? (next.trigger.revision === 1 ? 'created' : 'changed') : 'unchanged']++;
  };
  if (isRepeated) for (const line of taken) await put(line);
  else
    for (let from = 0; from < taken.length; from += GROUP)
      await Promise.all(taken.slice(from, from + GROUP).map(put));
  return { ...counts, refused };
};
