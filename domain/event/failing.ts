import { isUowFinished } from '../machine/transition.ts';
import type { UowRecord } from '../model/record.ts';
import { plural } from '../plural.ts';
import { executionOf } from './execution.ts';
import type { EventTrigger } from './trigger.ts';

/** What of a unit of work tells whether its delivery failed. */
type Seen = Pick<
  UowRecord,
  'id' | 'processName' | 'entryName' | 'arguments' | 'state' | 'attempt' | 'createdAt'
>;

/** Executions that tell something of the target: it was asked, since the trigger was last armed, and by no test. */
const isTelling = (uow: Seen, armedAt: number): boolean =>
  isUowFinished(uow.state) &&
  uow.attempt > 0 &&
  uow.createdAt >= armedAt &&
  executionOf(uow)?.occasion !== 'test';

/** Why a trigger is to be paused, by its latest executions, the newest first; undefined when it goes on. */
export const whyPause = (
  { pauseAfter, armedAt, on }: Pick<EventTrigger, 'pauseAfter' | 'armedAt' | 'on'>,
  executions: readonly Seen[],
): string | undefined => {
  if (!on || pauseAfter === null) return undefined;
  const telling = executions.filter((uow) => isTelling(uow, armedAt)).slice(0, pauseAfter);
  const isFailing = telling.length === pauseAfter && telling.every(({ state }) => state === 'CANCELED');
  return isFailing ? `${plural(pauseAfter, 'execution')} in a row failed` : undefined;
};
