import { handExecutionId } from '../../domain/event/execution.ts';
import type { TestedMessage } from '../../domain/event/execution.ts';
import { readTarget } from '../../domain/event/target.ts';
import { testedTrigger } from '../../domain/event/tested.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { CommandOf } from '../commands/command-table.ts';
import { existing, find, keyOf } from './change-trigger.ts';
import type { TriggerServices } from './change-trigger.ts';
import { perform } from './fire-by-hand.ts';
import type { Asked } from './fire-by-hand.ts';

/**
 * Has one attempt made to send what a trigger sends, or what is given, to its target or to that which is given: an execution
 * of its own, which says nothing about the trigger. Throws NOT_FOUND, INVALID_TARGET, INVALID_ARGUMENT.
 */
export const sendTest = async (
  services: TriggerServices,
  { target, payload, ...named }: CommandOf<'test-trigger'>,
  { cause, command }: Asked,
): Promise<JsonObject> => {
  services.events.planner.check();
  const trigger = keyOf(named);
  const tested: TestedMessage = {
    ...(target !== undefined && { target: readTarget(target) }),
    ...(payload !== undefined && { payload }),
  };
  const known = await find(services.shared.store, trigger);
  existing(trigger, testedTrigger(known, trigger, tested));
  const id = handExecutionId(trigger, command.id);
  const at = command.createdAt;
  return perform(services, { id, trigger, at, due: at, occasion: 'test', first: id, tested }, cause);
};
