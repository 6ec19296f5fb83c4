import { SynergyError } from '../../domain/errors.ts';
import type { Cause } from '../../db/store.ts';
import { displayUrl, takeCredentials } from '../../domain/event/target-address.ts';
import { readTarget, secretsOf } from '../../domain/event/target.ts';
import type { TargetInput } from '../../domain/event/target.ts';
import { putTrigger, triggerEntry } from '../../domain/event/trigger.ts';
import type { EventTarget, EventTrigger, TriggerInput } from '../../domain/event/trigger.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import { commandRefusals } from '../commands/check-command.ts';
import type { CommandOf } from '../commands/command-table.ts';
import { checkVersion } from '../commands/expected-version.ts';
import { answerOf, change, keyOf, recordsOf } from './change-trigger.ts';
import type { Changed, TriggerServices } from './change-trigger.ts';

/** Schemes that workers have a courier for. */
const delivered = /^(?:https?|amqps?|kafka):/i;

/** What a target should be like that it is not: all who see a trigger see its target, and no secret is kept for it. */
const expectedOf = (target: EventTarget): string | undefined => {
  if (!delivered.test(target.url))
    return 'an address of http, https, amqp, amqps or kafka: no other is delivered to';
  if (takeCredentials(target.url).credentials !== undefined)
    return 'an address without a name and password, which all who see the trigger would see';
  return secretsOf(target).length === 0 ? undefined : 'headers without {{secret:…}}: there is no such secret';
};

/** The target that a user gives. Throws INVALID_TARGET. */
export const targetOf = (given: TargetInput): EventTarget => {
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
