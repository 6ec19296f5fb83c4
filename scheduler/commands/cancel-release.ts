import { eventTriggerSpec } from '../../db/event-collections.ts';
import { SynergyError } from '../../domain/errors.ts';
import { EVENTS, triggerOfEntry } from '../../domain/event/trigger.ts';
import { canUow } from '../../domain/machine/transition.ts';
import type { UowEvent } from '../../domain/machine/uow-machine.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import type { CommandRecord, UowRecord } from '../../domain/model/record.ts';
import type { Cause, UowChange } from '../../db/store.ts';
import { unreadableAdvice } from '../../domain/model/unreadable.ts';
import { ring, unitOf } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import type { SchedulerServices } from '../services.ts';
import { cancellation, uowChange } from '../engine/job-update.ts';
import { checkVersion } from './expected-version.ts';
import { hasUnreadableArguments } from '../unreadable.ts';

/** A command about one unit of work. */
interface Order {
  readonly uowId: string;
  readonly expectedVersion?: number;
  readonly cause: Cause;
  readonly command: CommandRecord;
}

/** Whether the unit's last change is this command's: carried out before, and its outcome lost. */
const isDone = async (
  { store }: SchedulerContext,
  { uowId, cause, command }: Order,
  event: UowEvent,
): Promise<boolean> => {
  const [last] = await store.journal({ entityId: uowId, limit: 1 });
  return last?.event === event && last.actor === cause.actor && last.at >= command.createdAt;
};

const change = async (
  { shared, turnLoop }: SchedulerServices,
  uow: UowRecord,
  write: UowChange,
  cause: Cause,
) => {
  const [outcome] = await shared.store.commit([{ cause, writes: [write] }]);
  if (outcome !== 'applied')
    throw new SynergyError('CONFLICT', `${uow.id} changed meanwhile: look again and repeat`);
  void turnLoop.report([uow.id]);
};

/** Cancels an unfinished unit. Throws NOT_FOUND, VERSION_CHANGED, CONFLICT. */
export const cancelUow = async (services: SchedulerServices, order: Order): Promise<JsonObject> => {
  const uow = await unitOf(services.shared.store, order.uowId);
  const isOpen = canUow(uow.state, 'cancel');
  if (!isOpen && (await isDone(services.shared, order, 'cancel'))) return { canceled: uow.id };
  checkVersion(uow.id, order.expectedVersion, uow.version);
  if (!isOpen)
    throw new SynergyError('CONFLICT', `${uow.id} is ${uow.state}: only an unfinished unit can be canceled`);
  await change(services, uow, cancellation(uow, order.cause), order.cause);
  return { canceled: uow.id };
};

/** Why no worker would take up a released unit; undefined when one would. */
const hindrance = async (
  { shared, freerun }: SchedulerServices,
  uow: UowRecord,
): Promise<string | undefined> => {
  const { processName, entryName } = uow;
  if (shared.context.processes.every(({ name }) => name !== processName))
    return `its process ${processName} is not registered any more: cancel it`;
  if (entryName === null)
    return shared.entries.get(processName)?.on ? undefined : `${processName} is off: switch it on first`;
  const trigger = processName === EVENTS ? triggerOfEntry(entryName) : undefined;
  if (trigger !== undefined) {
    const [found] = await shared.store.collection(eventTriggerSpec).getAll([trigger]);
    return found === undefined ? 'its trigger was deleted: cancel it' : undefined;
  }
  return freerun.isOff(processName, entryName)
    ? `${processName} ${entryName} is off: switch it on first`
    : undefined;
};

const releaseOf = (uow: UowRecord, at: number): UowChange =>
  uowChange(uow, 'repost', { crashes: 0, submittedAt: at, released: { attempt: uow.attempt, at } });

/**
 * Lets an INVALID unit, quarantined or waiting for its retry, begin anew: now, and as if it had never failed. Throws
 * NOT_FOUND, VERSION_CHANGED, CONFLICT, VALUE_UNREADABLE.
 */
export const releaseUow = async (services: SchedulerServices, order: Order): Promise<JsonObject> => {
  const { shared } = services;
  const uow = await unitOf(shared.store, order.uowId);
  const isInvalid = uow.state === 'INVALID';
  if (!isInvalid && (await isDone(shared, order, 'repost'))) return { released: uow.id };
  checkVersion(uow.id, order.expectedVersion, uow.version);
  if (!isInvalid) {
    throw new SynergyError(
      'CONFLICT',
      `${uow.id} is ${uow.state}: only an INVALID unit, quarantined or waiting for its retry, can be released`,
    );
  }
  const because = await hindrance(services, uow);
  if (because !== undefined) throw new SynergyError('CONFLICT', `${uow.id} cannot run: ${because}`);
  if (await hasUnreadableArguments(shared.store, uow.id)) {
    throw new SynergyError(
      'VALUE_UNREADABLE',
      `arguments of ${uow.id} cannot be read back: cancel it, or ${unreadableAdvice} and release it to let it run without`,
    );
  }
  await change(services, uow, releaseOf(uow, order.cause.at), order.cause);
  const process = shared.context.processes.find(({ name }) => name === uow.processName);
  if (process !== undefined) void ring(shared, workQueue(process), [uow.id]);
  return { released: uow.id };
};
