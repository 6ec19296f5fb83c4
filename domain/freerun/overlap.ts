import { isUowHolding } from '../machine/transition.ts';
import type { UowState } from '../machine/uow-machine.ts';
import type { OverlapPolicy } from '../model/process.ts';

/** What an overlap policy says to a firing. */
export type OverlapRuling =
  /** Publish a new unit of work. */
  | { readonly do: 'fire' }
  /** No worker has taken the last unit yet: ring its queue again. */
  | { readonly do: 'ring' }
  | { readonly do: 'drop'; readonly because: string }
  /** Owe one firing until the last unit has finished. */
  | { readonly do: 'buffer' }
  /** Cancel the last unit and publish a new one. */
  | { readonly do: 'cancel-and-fire' };

/** Whether units of an entry may wait and run beside each other. */
export const runsBeside = (overlap: OverlapPolicy): boolean => overlap === 'allow';

/**
 * What becomes of a firing, given the state of the entry's last unit of work (undefined before the first) and whether a
 * firing is owed already. Only a unit that waits for a worker or runs in one is in the way: an INVALID one must not hold
 * a schedule up until its retry.
 */
export const ruleOverlap = (
  overlap: OverlapPolicy,
  last: UowState | undefined,
  buffered: boolean,
): OverlapRuling => {
  if (last === undefined || !isUowHolding(last)) return { do: 'fire' };
  switch (overlap) {
    case 'allow':
      return { do: 'fire' };
    case 'cancel-other':
      return { do: 'cancel-and-fire' };
    case 'buffer-one':
      return buffered ? { do: 'drop', because: 'one firing is owed already' } : { do: 'buffer' };
    case 'skip':
      return last === 'REQUESTED' ? { do: 'ring' } : { do: 'drop', because: 'the last one is still running' };
  }
};
