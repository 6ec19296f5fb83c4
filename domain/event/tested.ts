import type { TestedMessage } from './execution.ts';
import { putTrigger } from './trigger.ts';
import type { EventTrigger, TriggerKey } from './trigger.ts';

/** Of a trigger that is not there: a test needs none. */
const ANY_SCHEDULE = 'every 1h';

/**
 * The trigger by which a test is sent: the one that there is, if any, with what is to be sent otherwise. Undefined where there
 * is neither a trigger nor a target. Throws INVALID_ARGUMENT and UNFIT_VALUE as putting it would.
 */
export const testedTrigger = (
  known: EventTrigger | undefined,
  { owner, id }: TriggerKey,
  { target = known?.target, payload = known?.payload ?? null }: TestedMessage,
): EventTrigger | undefined => {
  if (target === undefined) return undefined;
  const asPut = putTrigger(undefined, { owner, id, schedule: ANY_SCHEDULE, target, payload }, 0).trigger;
  return { ...(known ?? asPut), target, payload };
};
