import { commandSpec, finishCommand } from '../../db/collections.ts';
import { SynergyError } from '../../domain/errors.ts';
import { EVENTS } from '../../domain/event/trigger.ts';
import { freshEntry } from '../../domain/model/entity.ts';
import { isName, nameRule } from '../../domain/model/name.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { CommandRecord, FreerunEntryRecord } from '../../domain/model/record.ts';
import { levelOf } from '../../domain/timetable/timetable.ts';
import { userActor } from '../../domain/model/actor.ts';
import type { Cause } from '../../db/store.ts';
import { isTriggerKind } from './command-table.ts';
import type { Command, CommandKind, CommandOf } from './command-table.ts';
import { carryOutCascade } from './reprocess-skip.ts';
import { checkSame, commandOf, commandRecord, commandRefusals } from './check-command.ts';
import type { CommandRequest } from './check-command.ts';
import { causeOf } from '../context.ts';
import { changeManagedEntry } from '../engine/managed-entries.ts';
import type { ManagedEntry } from '../engine/managed-entries.ts';
import type { SchedulerServices } from '../services.ts';
import { pause, resume } from '../events/change-trigger.ts';
import { fire, resend } from '../events/fire-by-hand.ts';
import { putMany, putOne } from '../events/put-triggers.ts';
import { removeByCommand } from '../events/remove-trigger.ts';
import { resendRange } from '../events/resend-range.ts';
import { sendTest } from '../events/test-trigger.ts';
import * as secrets from '../events/secrets.ts';
import { refuseUnreadable } from '../unreadable.ts';
import { sealSecrets } from './seal-secrets.ts';
import { cancelUow, releaseUow } from './cancel-release.ts';

type Execute<C> = (
  services: SchedulerServices,
  request: C,
  cause: Cause,
  command: CommandRecord,
) => JsonObject | Promise<JsonObject>;

const entryOf = ({ shared }: SchedulerServices, processName: string): ManagedEntry =>
  shared.entries.get(levelOf(shared.timetable, processName).process.name) as ManagedEntry;

/** What a user may change of a freerun entry. */
const settable = ['on', 'trigger', 'arguments', 'overlap', 'missed', 'description'] as const;

const executors: { readonly [K in CommandKind]: Execute<CommandOf<K>> } = {
  reprocess: carryOutCascade,
  skip: carryOutCascade,
  'set-managed': async (services, request, cause) => {
    const { shared, turnLoop } = services;
    const { processName } = request;
    const entry = entryOf(services, processName);
    const next = await changeManagedEntry(shared.store, entry, request, cause.at);
    shared.entries.set(processName, next);
    services.rearm(processName);
    turnLoop.tick(levelOf(shared.timetable, processName));
    return { on: next.on, trigger: next.trigger, arguments: next.arguments };
  },
  'fire-managed': (services, request) => {
    const level = levelOf(services.shared.timetable, request.processName);
    if (!entryOf(services, request.processName).on) {
      throw new SynergyError('CONFLICT', `${request.processName} is off: switch it on first`);
    }
    services.turnLoop.tick(level);
    return { fired: request.processName };
  },
  'add-freerun': async ({ freerun }, request, cause) => {
    freerun.process(request.processName);
    if (request.processName === EVENTS) {
      throw new SynergyError(
        'INVALID_ARGUMENT',
        `${EVENTS} has no entries but event triggers: put one instead`,
      );
    }
    if (!isName(request.entryName)) {
      throw new SynergyError(
        'INVALID_ARGUMENT',
        `freerun entry '${request.entryName}' has no usable name: expected ${nameRule}`,
      );
    }
    if (freerun.has(request.processName, request.entryName)) {
      throw new SynergyError(
        'CONFLICT',
        `freerun entry ${request.processName} ${request.entryName} exists: remove it first or choose another name`,
      );
    }
    const record: FreerunEntryRecord = {
      ...freshEntry,
      processName: request.processName,
      entryName: request.entryName,
      trigger: request.trigger,
      arguments: request.arguments ?? {},
      on: true,
      overlap: request.overlap ?? 'skip',
      missed: request.missed ?? 'last',
      description: request.description ?? '',
      origin: 'user',
      createdAt: cause.at,
      updatedAt: cause.at,
    };
    await freerun.add(record, cause);
    return { added: request.entryName };
  },
  'set-freerun': async ({ freerun }, request, cause) => {
    const given = settable.filter((name) => request[name] !== undefined);
    const set = Object.fromEntries(given.map((name) => [name, request[name]]));
    await freerun.change(request, { ...set, updatedAt: cause.at }, cause);
    return { changed: request.entryName };
  },
  'remove-freerun': async ({ freerun }, request, cause) => {
    const record = await freerun.get(request.processName, request.entryName);
    if (record.origin === 'context') {
      throw new SynergyError(
        'CONFLICT',
        `freerun entry ${request.entryName} comes from the context: switch it off, or remove it there`,
      );
    }
    await freerun.remove(request, cause);
    return { removed: request.entryName };
  },
  'fire-freerun': async ({ freerun }, request, cause, command) => {
    const asked = { ...cause, reason: cause.reason ?? 'fired by hand' };
    const firing = await freerun.fire(request, command.id, asked);
    const uow = firing.entry.record.relatedUow;
    return { outcome: firing.do, uow, ...(firing.do === 'drop' ? { because: firing.because } : {}) };
  },
  'put-trigger': putOne,
  'put-triggers': putMany,
  'remove-trigger': (services, request, _, command) => removeByCommand(services, request, command),
  'pause-trigger': pause,
  'resume-trigger': resume,
  'rotate-secret': secrets.rotate,
  'unsign-trigger': secrets.unsign,
  'put-secret': secrets.put,
  'remove-secret': secrets.remove,
  'fire-trigger': (services, request, cause, command) => fire(services, request, { cause, command }),
  'test-trigger': (services, request, cause, command) => sendTest(services, request, { cause, command }),
  'resend-executions': (services, request, cause, command) =>
    resendRange(services, request, { cause, command }),
  'resend-execution': (services, request, cause, command) => resend(services, request, { cause, command }),
  'cancel-uow': (services, request, cause, command) => cancelUow(services, { ...request, cause, command }),
  'release-uow': (services, request, cause, command) => releaseUow(services, { ...request, cause, command }),
};

/** A command that has ended, and why if it was refused. */
interface Ended {
  readonly record: CommandRecord;
  readonly refusal?: SynergyError;
}

/** Carries a stored command out and stores what came of it. One that rejects left it open. */
const perform = async (services: SchedulerServices, record: CommandRecord): Promise<Ended> => {
  const { store, clock } = services.shared;
  const end = async (state: 'done' | 'refused', result: JsonObject): Promise<CommandRecord> => {
    const outcome = { state, result, finishedAt: clock.now() };
    await finishCommand(store, record.id, outcome);
    return { ...record, ...outcome };
  };
  let result: JsonObject;
  try {
    const request = commandOf(record);
    const cause = { ...causeOf(services.shared, userActor(record.actor)), reason: record.reason };
    const execute = executors[request.kind] as Execute<Command>;
    result = await execute(services, request, cause, record);
  } catch (error) {
    if (!(error instanceof SynergyError) || !commandRefusals.includes(error.code)) throw error;
    const refused = await end('refused', { code: error.code, message: error.message });
    return { record: refused, refusal: error };
  }
  return { record: await end('done', result) };
};

/**
 * Runs what carries a command out between two turns; what changes event triggers, and no timetable, beside them. A firing asks for its turn itself, together with all others that are
 * due: a burst of them would else take a turn and three commits each.
 */
const inTurn = <T>(
  { turnLoop, events }: SchedulerServices,
  kind: string,
  task: () => Promise<T>,
): Promise<T> => {
  if (isTriggerKind(kind)) return events.alone(task);
  return kind === 'fire-freerun' ? task() : turnLoop.exclusive(task);
};

/** Carries a command out. One whose id is known is answered with its stored outcome; throws `CONFLICT` when it is another. */
export const executeCommand = async (
  services: SchedulerServices,
  request: CommandRequest,
  actor: string,
): Promise<CommandRecord> => {
  const { store, seal, clock } = services.shared;
  const record = commandRecord(await sealSecrets(request, seal), { actor, now: clock.now() });
  return inTurn(services, record.kind, async () => {
    const known = (await store.collection(commandSpec).insertNew(record))
      ? record
      : await store.collection(commandSpec).get({ id: record.id });
    if (known !== undefined) checkSame(known, record);
    if (known !== undefined && known.state !== 'open') return known;
    const { record: ended, refusal } = await perform(services, known ?? record);
    if (refusal !== undefined) throw refusal;
    return ended;
  });
};

/** Undefined for one that cannot be carried out, which is refused. */
const storedCommand = async (
  { shared }: SchedulerServices,
  id: string,
): Promise<CommandRecord | undefined> => {
  try {
    return await shared.store.collection(commandSpec).get({ id });
  } catch (error) {
    if (!(error instanceof SynergyError) || error.code !== 'VALUE_UNREADABLE') throw error;
    await refuseUnreadable(shared.store, id, shared.clock.now());
    return undefined;
  }
};

/** Carries out a command that another process stored (the CLI), unless that was done; refusals are its result. */
export const executeStored = async (services: SchedulerServices, id: string): Promise<void> => {
  const stored = await storedCommand(services, id);
  if (stored?.state !== 'open') return;
  await inTurn(services, stored.kind, async () => {
    // It may have been carried out while it waited for its turn.
    const record = await storedCommand(services, id);
    if (record?.state === 'open') await perform(services, record);
  });
};
