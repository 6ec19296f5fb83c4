import { isUowHolding } from '../machine/transition.ts';
import type { UowState } from '../machine/uow-machine.ts';
import type { OverlapPolicy } from '../model/process.ts';
import type { UowRecord } from '../model/record.ts';

/**
 * A firing with nothing in its way is prepared so long before its planned instant, ms: its unit is written, rung and
 * claimed ahead, and begins on the instant. No worker waits longer, however far its clock is behind.
 */
export const FIRING_LEAD = 50;

/**
 * When a unit claimed at `now` begins, ms: at once, unless it was prepared ahead of the instant that it was created for.
 * The embedded store says the same in SQL.
 */
export const startOf = (
  { createdAt, submittedAt }: Pick<UowRecord, 'createdAt' | 'submittedAt'>,
  now: number,
): number => (createdAt > submittedAt ? Math.max(now, Math.min(createdAt, now + FIRING_LEAD)) : now);

/** What becomes of a firing of a freerun entry. */
export type Firing =
  /** Publish a new unit of work. */
  | { readonly do: 'fire' }
  /** No worker has taken the last unit yet: ring its queue again. */
  | { readonly do: 'ring' }
  | { readonly do: 'drop'; readonly because: string }
  /** Owe one firing until the last unit has finished. */
  | { readonly do: 'buffer' }
  /** Cancel the last unit and publish a new one. */
  | { readonly do: 'cancel-and-fire' };

/**
 * Decides about a firing of a freerun entry, given the state of the entry's last unit of work (undefined
 * before the first) and whether a firing is owed already; pure. Only a unit that waits for a worker or runs in
 * one is in the way: an INVALID one must not hold a schedule up until its retry.
 */
export const freerun = (overlap: OverlapPolicy, uow: UowState | undefined, buffered: boolean): Firing => {
  if (uow === undefined || !isUowHolding(uow)) return { do: 'fire' };
  switch (overlap) {
    case 'allow':
      return { do: 'fire' };
    case 'cancel-other':
      return { do: 'cancel-and-fire' };
    case 'buffer-one':
      return buffered ? { do: 'drop', because: 'one firing is owed already' } : { do: 'buffer' };
    case 'skip':
      return uow === 'REQUESTED' ? { do: 'ring' } : { do: 'drop', because: 'the last one is still running' };
  }
};
