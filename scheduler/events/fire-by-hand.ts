import { SynergyError } from '../../domain/errors.ts';
import type { Cause } from '../../db/store.ts';
import { executionOf, executionUow, handExecutionId } from '../../domain/event/execution.ts';
import type { Execution } from '../../domain/event/execution.ts';
import { EXECUTION_QUEUE } from '../../domain/event/process.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { CommandOf } from '../commands/command-table.ts';
import { ring, unitOf } from '../context.ts';
import { existing, find, keyOf } from './change-trigger.ts';
import type { TriggerServices } from './change-trigger.ts';

/** By what an execution is made that a user asks for. */
export interface Asked {
  readonly cause: Cause;
  readonly command: CommandRecord;
}

/** Makes an execution, and rings for it. */
export const perform = async (
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
  { cause, command }: Asked,
): Promise<JsonObject> => {
  services.events.planner.check();
  const trigger = keyOf(request);
  existing(trigger, await find(services.shared.store, trigger));
  const id = handExecutionId(trigger, command.id);
  const due = command.createdAt;
  return perform(services, { id, trigger, at: request.at ?? due, due, occasion: 'hand', first: id }, cause);
};

/** Sends what an execution sent again: the same message of the same planned instant. Throws NOT_FOUND, CONFLICT. */
export const resend = async (
  services: TriggerServices,
  { uowId }: CommandOf<'resend-execution'>,
  { cause, command }: Asked,
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
  const { trigger, at, occasion, first } = before;
  if (occasion === 'test')
    throw new SynergyError('CONFLICT', `${uowId} is a test: send another test instead`);
  existing(trigger, await find(services.shared.store, trigger));
  const id = handExecutionId(trigger, command.id);
  return perform(services, { id, trigger, at, due: command.createdAt, occasion: 'hand', first }, cause);
};
